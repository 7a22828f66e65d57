"""The source ledger (6.1, 7.1): sources, agreements, authorisations, reviews and the list of shards, frozen."""

import dagster as dg

from dataset_safety.defs.artifacts import explained, stage_asset
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard.stages import Stage
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release


def build(stage: Stage) -> dg.Definitions:
    """The ledger asset of a stage, the job that freezes what the inbox holds, and the sensors that start both."""
    from dataset_safety.defs.inbox import register_job, sensors

    ledger = stage_asset(
        stage,
        "source_ledger",
        _freeze,
        kinds={"python"},
        description="Clause 6.1: where every shard came from and under which agreement, frozen as one release (P0).",
    )
    job = register_job(stage)
    return dg.Definitions(assets=[ledger], jobs=[job], sensors=sensors(stage, job))


def _freeze(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    with explained():
        return {
            "release": release.release_id,
            "ledger_digest": release.ledger_digest,
            "sources": len(release.sources),
            "shards": len(release.shards),
            "bytes": sum(shard.size_bytes for shard in release.shards),
        }
