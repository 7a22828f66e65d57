"""What two runs over the same inbox must agree in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.store import audit, tables
from dataset_safety.store.facade import open_store

ONCE = ("collect.freeze", "preprocess.annotate", "preprocess.identify", "use.filter", "review.draw", "evaluate.verdicts")


def lasting_state(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that counts, without times and keys: rows by their logical digests."""
    with open_store(home) as store, store.database.read() as connection:
        assert verify_chain(connection).intact
        events = Counter((event.action, event.subject) for event in audit.events(connection) if event.action in ONCE)
        assert set(events.values()) <= {1}
        rows = {
            "releases": select(tables.release.c.release_id, tables.release.c.stage),
            "parts": select(tables.annotation_part.c.shard_key, tables.annotation_part.c.digest),
            "labels": select(tables.labelling.c.digest, tables.labelling.c.recipe),
            "corpora": select(tables.corpus.c.corpus_id, tables.corpus.c.population, tables.corpus.c.kept),
            "counts": select(
                tables.corpus_shard.c.name, tables.corpus_shard.c.units, tables.corpus_shard.c.kept, tables.corpus_shard.c.held,
                tables.corpus_shard.c.removed, tables.corpus_shard.c.quarantined,
            ),
            "draws": select(tables.draw.c.purpose, tables.draw.c.draw_id),
            "verdicts": select(tables.verdict.c.release_id, tables.verdict.c.clause, tables.verdict.c.value),
        }  # fmt: skip
        return {name: sorted(map(tuple, connection.execute(query))) for name, query in rows.items()}
