"""Annotated shards (6.2 a, 7.2 b): P1, every sample with its metadata, unreadable units quarantined."""

import dagster as dg

from dataset_safety.defs.artifacts import key, stage_asset
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard.stages import Stage
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release


def build(stage: Stage) -> dg.Definitions:
    """The P1 asset of a stage."""
    return dg.Definitions(
        assets=[
            stage_asset(
                stage,
                "annotated_shards",
                _annotate,
                deps=[key(stage, "source_ledger")],
                kinds={"polars", "parquet"},
                description="Clauses 6.2 a, 7.2 b: every shard read unit by unit, every sample with its metadata (P1).",
            )
        ]
    )


def _annotate(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    from dataset_safety.preprocessing.releases import annotate_release

    p1 = annotate_release(store, release)
    found = list(p1.shards.values())
    return {
        "shards": len(found),
        "shards_read_now": p1.read_now,
        "units": sum(shard.units for shard in found),
        "dagster/row_count": sum(shard.samples for shard in found),
        "quarantined": sum(shard.quarantined for shard in found),
        "skipped": sum(sum(shard.skipped.values()) for shard in found),
        "parts": len(p1.parts()),
    }
