"""Assessment report: one self-contained HTML file a release."""

import dagster as dg

from dataset_safety.defs.artifacts import key, stage_asset
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard.stages import Stage
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release


def build(stage: Stage) -> dg.Definitions:
    """The report of a stage."""
    return dg.Definitions(
        assets=[
            stage_asset(
                stage,
                "assessment_report",
                _write,
                deps=[key(stage, "evaluation_verdicts")],
                kinds={"html"},
                description="Verdicts, sources, draws, accounting and limits, for a person who has never seen the tool.",
            )
        ]
    )


def _write(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    from dataset_safety.report.writing import write

    path = write(store, release.release_id)
    return {"report": dg.MetadataValue.path(str(path.relative_to(store.home.root))), "bytes": path.stat().st_size}
