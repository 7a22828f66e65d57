"""Training export: only when every gate of the stage is met for exactly this population; outside the assess jobs."""

import dagster as dg

from dataset_safety.defs.artifacts import key, stage_asset
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard.stages import Stage
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release


def build(stage: Stage) -> dg.Definitions:
    """The gated export of a stage."""
    return dg.Definitions(
        assets=[
            stage_asset(
                stage,
                "training_export",
                _export,
                deps=[key(stage, "evaluation_verdicts"), key(stage, "filtered_corpus")],
                kinds={"parquet"},
                description="Clauses 6.3, 7.3: P2 for training; refuses while any stored verdict closes a gate.",
            )
        ]
    )


def _export(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    from dataset_safety.usage.export import export

    made = export(store, release)
    return {"population": made.population, "dagster/row_count": made.samples, "files": len(made.files)}
