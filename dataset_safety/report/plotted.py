"""What the plots show, as plain data: plans with what was observed, review progress, verdicts of earlier releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dataset_safety.standard import VerdictValue


@dataclass(frozen=True, slots=True)
class Plan:
    """An acceptance plan of 8.2.3 b 4: ``n`` drawn pass with at most ``accept`` bad; ``interval`` once all are judged."""

    check: str
    method: str
    n: int
    accept: int
    limit: float
    k: int
    settled: bool
    census: bool
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class DrawProgress:
    """Where people stand with one draw; a sample is disputed while its people differ or doubt."""

    purpose: str
    draw_id: str
    drawn: int
    answered: int
    disputed: int
    doubly: int
    doubly_needed: int

    @property
    def open(self) -> int:
        """Samples without any usable answer."""
        return self.drawn - self.answered - self.disputed


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person who judged samples of this release."""

    name: str
    role: str
    samples: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class HistoryColumn:
    """The verdicts of one release of the same stage, by expected result."""

    release: str
    at: str
    values: Mapping[str, VerdictValue]
    this: bool
