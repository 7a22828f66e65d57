"""Verification of the audit log (R.5.e, 8.1 b 5): hashes, predecessors and sequence."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection

from dataset_safety.store.audit import GENESIS, AuditEvent, events


@dataclass(frozen=True, slots=True)
class ChainState:
    """What a walk over the whole chain found. ``head`` is the last hash; keep it elsewhere to notice truncation."""

    events: int
    head: str
    broken_at: int | None = None
    problem: str = ""

    @property
    def intact(self) -> bool:
        """No event was changed, removed from the middle or inserted."""
        return self.broken_at is None


def verify_chain(connection: Connection) -> ChainState:
    """Walk the log from its first event; stop at the first one that does not fit."""
    head, count = GENESIS, 0
    with closing(events(connection)) as log:
        for event in log:
            count += 1
            problem = _problem(event, count, head)
            if problem:
                return ChainState(count, head, event.seq, problem)
            head = event.hash
    return ChainState(count, head)


def _problem(event: AuditEvent, expected_seq: int, head: str) -> str:
    """What is wrong with the next event of a chain that ends in ``head``."""
    if event.seq != expected_seq:
        return f"event {expected_seq} is missing"
    if event.previous != head:
        return "it does not follow the event before it"
    return "its content was changed" if event.hash != event.expected_hash() else ""
