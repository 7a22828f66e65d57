"""The ledger of stored releases as people read it: sources, sizes and missing facts."""

from __future__ import annotations

from typing import Any

from dataset_safety.standard.stages import Stage
from dataset_safety.store import releases
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.usage.sources import recorded_source, source_gaps


def chosen_releases(store: Store, name: str | None, stage: str | None) -> list[Release]:
    """The release named, or the newest of each stage (or of the stage stated)."""
    wanted = [Stage(stage)] if stage else list(Stage)
    with store.database.read() as connection:
        if name:
            return [releases.load(connection, name, Stage(stage) if stage else None)]
        found = [releases.latest(connection, one) for one in wanted]
    return [one for one in found if one is not None]


def ledger_rows(store: Store, name: str | None, stage: str | None) -> list[dict[str, Any]]:
    """Ledgers with every source and its gaps, ready for JSON."""
    return [
        {
            "stage": release.stage.value,
            "release": release.release_id,
            "label": release.label,
            "sources": [_source(release, source_id) for source_id in sorted(release.sources)],
        }
        for release in chosen_releases(store, name, stage)
    ]


def _source(release: Release, source_id: str) -> dict[str, Any]:
    record = recorded_source(release, source_id)
    shards = [shard for shard in release.shards if shard.source_id == source_id]
    gaps = source_gaps(release, source_id)
    return {
        "source_id": source_id,
        "kind": record.kind.value,
        "title": record.title or "",
        "shards": len(shards),
        "bytes": sum(shard.size_bytes for shard in shards),
        "missing": [{"clause": gap.clause, "key": gap.key, "remedy": gap.remedy} for gap in gaps],
    }
