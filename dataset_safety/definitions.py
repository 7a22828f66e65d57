"""What Dagster loads: the definitions of every artifact, merged."""

import dagster as dg

from dataset_safety.defs import (
    alerts,
    annotated_shards,
    assessment_report,
    classification_model,
    classifier_training,
    evaluation_verdicts,
    filtered_corpus,
    general_safeguards,
    jobs,
    keyword_impact,
    keyword_library,
    review_decisions,
    review_draws,
    risk_labels,
    source_ledger,
    training_export,
)
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard.stages import Stage

OF_EACH_STAGE = (
    source_ledger,
    annotated_shards,
    risk_labels,
    filtered_corpus,
    review_draws,
    review_decisions,
    evaluation_verdicts,
    assessment_report,
    training_export,
    jobs,
)
SHARED = (keyword_library, keyword_impact, classification_model, classifier_training, general_safeguards, alerts)

defs = dg.Definitions.merge(
    *(module.build(stage) for stage in Stage for module in OF_EACH_STAGE),
    *(module.build() for module in SHARED),
    dg.Definitions(resources={"workspace": Workspace()}, executor=dg.in_process_executor),
)
