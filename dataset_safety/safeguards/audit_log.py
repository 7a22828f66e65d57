"""Verification of the audit log (R.5.e, 8.1 b 5): hashes, predecessors and sequence."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from dataset_safety.store.audit import GENESIS, events


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
    for event in events(connection):
        count += 1
        if event.seq != count:
            return ChainState(count, head, event.seq, f"event {count} is missing")
        if event.previous != head:
            return ChainState(count, head, event.seq, "it does not follow the event before it")
        if event.hash != event.expected_hash():
            return ChainState(count, head, event.seq, "its content was changed")
        head = event.hash
    return ChainState(count, head)
