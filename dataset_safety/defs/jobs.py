"""The two jobs that take a release from its ledger to its verdicts and report."""

import dagster as dg

from dataset_safety.defs.artifacts import CLASSIFICATION_MODEL, KEYWORD_LIBRARY, key
from dataset_safety.defs.keyword_impact import KEYWORD_IMPACT
from dataset_safety.standard.stages import Stage

ARTIFACTS = (
    "source_ledger",
    "annotated_shards",
    "risk_labels",
    "filtered_corpus",
    "review_draws",
    "evaluation_verdicts",
    "assessment_report",
)


def build(stage: Stage) -> dg.Definitions:
    """``assess_<stage>``: everything but the training export, checks included."""
    keys = [KEYWORD_LIBRARY, KEYWORD_IMPACT, CLASSIFICATION_MODEL, *(key(stage, artifact) for artifact in ARTIFACTS)]
    job = dg.define_asset_job(
        f"assess_{stage.value}",
        selection=dg.AssetSelection.assets(*keys),
        executor_def=dg.in_process_executor,
        description=f"Sections 6 to 8 for {stage.value.replace('_', '-')} data: one release from ledger to verdicts and report.",
    )
    return dg.Definitions(jobs=[job])
