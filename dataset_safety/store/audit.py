"""The append-only, hash-chained log of what was collected, pre-processed, used and decided (R.5.e, 8.1 b 5).

Each event is appended inside the transaction of what it records, so neither can exist without the other.
"""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Collection, Generator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from dataset_safety import clock
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.tables import audit_event

GENESIS = "0" * 64
ACTOR_VARIABLE = "DATASET_SAFETY_ACTOR"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the log; ``hash`` covers every other field and the hash before it."""

    seq: int
    at: str
    actor: str
    run_id: str
    action: str
    subject: str
    detail: str
    previous: str
    hash: str

    def expected_hash(self) -> str:
        """What ``hash`` must be."""
        fields = [1, self.seq, self.at, self.actor, self.run_id, self.action, self.subject, self.detail, self.previous]
        return hashlib.sha256(canonical_json(fields).encode()).hexdigest()


def actor() -> str:
    """Who acts: ``DATASET_SAFETY_ACTOR`` or the account of the operating system."""
    stated = os.environ.get(ACTOR_VARIABLE)
    if stated:
        return stated[:128]
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def append(connection: Connection, action: str, subject: str, *, run_id: str = "", **detail: Any) -> AuditEvent:
    """Add an event to the chain. ``detail`` holds counts, ids and hashes, never text or personal data."""
    last = connection.execute(select(audit_event.c.seq, audit_event.c.hash).order_by(audit_event.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    draft = AuditEvent(
        seq, clock.now().isoformat(), actor(), run_id, action, subject[:256], canonical_json(detail), previous, hash=""
    )
    event = AuditEvent(**{**_fields(draft), "hash": draft.expected_hash()})
    connection.execute(insert(audit_event).values(**_fields(event)))
    return event


def events(connection: Connection) -> Generator[AuditEvent]:
    """The whole log in order; close it when you stop before its end."""
    with connection.execute(select(audit_event).order_by(audit_event.c.seq), execution_options={"yield_per": 2000}) as rows:
        for row in rows:
            yield AuditEvent(**row._mapping)


def hashes_at(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """Stored hashes of the events with these numbers, as far as the events are there."""
    query = select(audit_event.c.seq, audit_event.c.hash).order_by(audit_event.c.seq)
    wanted = sorted(numbers)
    found: dict[int, str] = {}
    for start in range(0, len(wanted), 500):
        rows = connection.execute(query.where(audit_event.c.seq.in_(wanted[start : start + 500])))
        found |= {row.seq: row.hash for row in rows}
    return found


def _fields(event: AuditEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in AuditEvent.__slots__}
