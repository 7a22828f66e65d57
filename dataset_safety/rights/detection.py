"""The detector of notices of rights (6.2 c; risks A.3.a and A.3.c).

It finds what a text says about rights in itself: copyright notices, licences, marks of secrecy, marks of publishers
and trial editions, refusals of training. What it finds is a note; the record of 6.2 c says ``identified`` and a
person or the source's agreement clears it. polars looks through the folded column once; Python reads hit rows only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from dataset_safety.preprocessing.folding import FOLD_VERSION, TextBatch
from dataset_safety.records import Effect, Finding, Method
from dataset_safety.rights.notices import GATE, NOTICES, REACH, Notice

__all__ = ["RightsDetector"]

NOTICE_VERSION = "notices-1"
MOST = 20  # findings of one kind in one text; more would only say the same


class RightsDetector:
    """Notices of rights; a pure object without state."""

    name = "rights"

    def __init__(self) -> None:
        self.version = f"{NOTICE_VERSION}/{FOLD_VERSION}"

    def find(self, batch: TextBatch) -> list[Finding]:
        """Findings of all texts of the batch, ordered by row and position."""
        column = batch.column
        rows = column.str.contains_any(list(GATE)).arg_true().to_list()
        return [self._finding(row, notice, match) for row in rows for notice, match in _notices(column[row])]

    def _finding(self, row: int, notice: Notice, match: re.Match[str]) -> Finding:
        return Finding(
            row=row,
            risk=notice.risk,
            method=Method.PATTERN,
            version=self.version,
            start=match.start(),
            end=match.end(),
            score=notice.score,
            effect=Effect.NOTE,
            explanation=notice.explanation,
            category=notice.kind,
        )


def _notices(folded: str) -> Iterator[tuple[Notice, re.Match[str]]]:
    """Notices of one text in order of position."""
    found: list[tuple[Notice, re.Match[str]]] = []
    for notice in NOTICES:
        matches = (match for first, last in _windows(folded, notice) for match in notice.pattern.finditer(folded, first, last))
        found += [(notice, match) for match in islice(matches, MOST)]
    yield from sorted(found, key=lambda one: (one[1].start(), one[1].end(), one[0].kind))


def _windows(folded: str, notice: Notice) -> Iterator[tuple[int, int]]:
    """Stretches around the words of the gate, in order and apart from each other."""
    positions: list[int] = []
    for word in notice.gate:
        position = folded.find(word)
        while position >= 0:
            positions.append(position)
            position = folded.find(word, position + len(word))
    first = last = -1
    for position in sorted(positions):
        if position - REACH > last:
            if last >= 0:
                yield first, last
            first = max(0, position - REACH)
        last = position + REACH
    if last >= 0:
        yield first, last
