"""The detector of personal information (6.2 b, 6.3 a, 6.3 b; risks A.4.e and A.4.f).

polars looks through the folded column for runs of at least seven digits, dotted quads, plates, messenger labels and
the sign @. Python looks only near those, with the same shapes and judges that a search of the whole text would use;
a test proves that both find the same. What is found is a note: whether the text may be used is decided by the legal
basis on record. Names, postal addresses and statements about health or belief are not attempted: no pattern finds
them with the precision that a removal needs, the classifier and the manual draw look for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version

from dataset_safety.preprocessing.folding import FOLD_VERSION, INVISIBLE, TextBatch
from dataset_safety.privacy import accounts, identity, networks, phones
from dataset_safety.privacy.classes import CLASSES
from dataset_safety.privacy.recognisers import Passage, Place, without_overlaps
from dataset_safety.records import Effect, Finding, Method

__all__ = ["NUMBERS", "RANK", "SIGNS", "PersonalInformationDetector"]

PATTERN_VERSION = "personal-1"

NUMBERS = (*identity.RECOGNISERS, *accounts.RECOGNISERS, *phones.RECOGNISERS, networks.IPV4, networks.IPV6)
"""Recognisers whose places hold seven digits, at most three separators apart, or are addresses in a net."""

SIGNS = (identity.PLATE, accounts.WECHAT)
"""Recognisers whose places start with a sign or word of their own."""

RANK = {name: rank for rank, name in enumerate(CLASSES)}
"""Where places overlap, the class that stands first in ``CLASSES`` is the more specific one."""

_DIGIT_RUN = "[0-9](?:[ .()\\-‐‑–\u200b]{0,3}[0-9]){6,}"
_QUAD = "[0-9]{1,3}(?:\\.[0-9]{1,3}){3}"
_SIX_GROUPS = "[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{0,4}:"
_GATES = "|".join((_DIGIT_RUN, _QUAD, identity.PLATE_GATE, accounts.WECHAT_GATE, _SIX_GROUPS))

_GATES_AGAIN = re.compile(_GATES)

_BACK = 48  # no shape reaches further in front of its first seven digits
_START = re.compile("(?<![0-9a-z])(?=[+(]|[a-z]{0,3}[0-9]|[a-f]{1,4}:)")  # where a shape of a number may start
_NUMBER = frozenset("0123456789abcdef")


class PersonalInformationDetector:
    """Patterns with validators; a pure object without state."""

    name = "pattern"

    def __init__(self) -> None:
        parts = (PATTERN_VERSION, FOLD_VERSION, f"stdnum-{version('python-stdnum')}", f"phonenumbers-{version('phonenumbers')}")
        self.version = "/".join(parts)

    def find(self, batch: TextBatch) -> list[Finding]:
        """Findings of all texts of the batch, ordered by row and position."""
        return [self._finding(row, place) for row, places in self.places(batch) for place in places]

    def places(self, batch: TextBatch) -> Iterator[tuple[int, list[Place]]]:
        """Rows that hold personal information, with the places that count."""
        column = batch.column
        runs = column.str.extract_all(_GATES)
        hit = (runs.list.len() > 0) | column.str.contains("@", literal=True)
        rows = hit.arg_true()
        for row, found in zip(rows.to_list(), runs.gather(rows).to_list(), strict=True):
            places = without_overlaps(_text_places(Passage(column[row], batch.texts[row]), found), RANK)
            if places:
                yield row, places

    def _finding(self, row: int, place: Place) -> Finding:
        return Finding(
            row=row,
            risk=CLASSES[place.category].risk,
            method=Method.PATTERN,
            version=self.version,
            start=place.start,
            end=place.end,
            score=place.score,
            effect=Effect.NOTE,
            explanation=place.explanation,
            category=place.category,
        )


def _text_places(passage: Passage, runs: list[str]) -> Iterator[Place]:
    """Places of one text; signs that nobody sees are taken out first, so that they hide nothing."""
    if INVISIBLE not in passage.folded:
        yield from _places(passage, runs)
        return
    seen, positions = passage.visible()
    for place in _places(seen, _GATES_AGAIN.findall(seen.folded)):
        yield replace(place, start=positions[place.start], end=positions[place.end - 1] + 1)


def _places(passage: Passage, runs: list[str]) -> Iterator[Place]:
    """All places of one text, overlapping ones too.

    The gates match without looking around, so the first occurrence of a run behind the one before is its own.
    """
    yield from networks.emails(passage)
    cursor = looked = 0
    for run in runs:
        start = passage.folded.index(run, cursor)
        cursor = start + len(run)
        if run[0] in _NUMBER:
            yield from _numbers(passage, max(looked, start - _BACK), cursor)
            looked = cursor
        else:
            yield from _signs(passage, start, cursor)


def _numbers(passage: Passage, first: int, last: int) -> Iterator[Place]:
    """Places of numbers that start between two positions."""
    for start in [match.start() for match in _START.finditer(passage.folded, first, last)]:
        for recogniser in NUMBERS:
            match = recogniser.pattern.match(passage.folded, start)
            place = match and recogniser.judge(passage, *match.span(1))
            if place:
                yield place


def _signs(passage: Passage, first: int, last: int) -> Iterator[Place]:
    """Places that start with a sign or a word, between two positions."""
    for start in range(first, last):
        for recogniser in SIGNS:
            match = recogniser.pattern.match(passage.folded, start)
            place = match and recogniser.judge(passage, *match.span(1))
            if place:
                yield place
