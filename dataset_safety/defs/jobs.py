"""The jobs that take a release from its ledger to its verdicts and report, and again when people have judged."""

import dagster as dg

from dataset_safety.defs.artifacts import CLASSIFICATION_MODEL, KEYWORD_LIBRARY, key
from dataset_safety.defs.filtered_corpus import PINNED
from dataset_safety.defs.keyword_impact import KEYWORD_IMPACT
from dataset_safety.standard.stages import Stage

ARTIFACTS = (
    "source_ledger",
    "annotated_shards",
    "risk_labels",
    "filtered_corpus",
    "review_draws",
    "review_decisions",
    "evaluation_verdicts",
    "assessment_report",
)


def build(stage: Stage) -> dg.Definitions:
    """``assess_<stage>``: everything but the training export, checks included. ``follow_review_<stage>``: from the filter on."""
    keys = [KEYWORD_LIBRARY, KEYWORD_IMPACT, CLASSIFICATION_MODEL, *(key(stage, artifact) for artifact in ARTIFACTS)]
    job = dg.define_asset_job(
        f"assess_{stage.value}",
        selection=dg.AssetSelection.assets(*keys),
        executor_def=dg.in_process_executor,
        description=f"Sections 6 to 8 for {stage.value.replace('_', '-')} data: one release from ledger to verdicts and report.",
    )
    later = ARTIFACTS[ARTIFACTS.index("filtered_corpus") :]
    follow = dg.define_asset_job(
        f"follow_review_{stage.value}",
        selection=dg.AssetSelection.assets(*(key(stage, artifact) for artifact in later)),
        executor_def=dg.in_process_executor,
        tags={PINNED: "true"},
        description="What people settled acts: filter to report again, with the library and models of the last filter.",
    )
    return dg.Definitions(jobs=[job, follow])
