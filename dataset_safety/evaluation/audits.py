"""What the technical audit's arm has found, as stored: which samples of a draw people are asked about (8.2.3 b 4)."""

from __future__ import annotations

import json

from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import Artifact
from dataset_safety.store.facade import Store

KIND = "technical_audit"


def stored_audits(store: Store, draw_id: str) -> list[Artifact]:
    """Every scan of a draw, by whatever version of the arm, oldest first."""
    with store.database.read() as connection:
        return [found for found in artifacts.versions(connection, KIND) if found.facts["draw"] == draw_id and found.object]


def flagged(store: Store, audited: Artifact) -> tuple[str, ...]:
    """Ids of the samples that the arm flagged in one scan."""
    return tuple(json.loads(store.objects.read_bytes(str(audited.object))))


def newest_flagged(store: Store, draw_id: str) -> tuple[str, ...]:
    """What the newest scan of a draw flagged; nothing while it was not scanned."""
    audits = stored_audits(store, draw_id)
    return flagged(store, audits[-1]) if audits else ()
