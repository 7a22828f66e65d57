"""What a recogniser of personal information is (6.3 a, 6.3 b): a shape, and a judge that looks at one place of that shape.

A shape is looked for at every position on its own (zero width), so one place that only looks right can never hide
another one that overlaps it. Whether a place counts depends on the text around it alone: that is what allows the
detector to look near runs of digits only and still find what a search of the whole text would find.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dataset_safety.preprocessing.folding import INVISIBLE

__all__ = ["LEFT", "RIGHT", "SEPARATOR", "Passage", "Place", "Recogniser", "digits_of", "shape", "without_overlaps"]

SEPARATOR = "[ \\-‐‑–]"
"""What stands between groups of digits in folded text."""

LEFT = r"(?<![0-9a-z])(?<![0-9]\.)"
RIGHT = r"(?![0-9a-z])(?!\.[0-9])"
_NO_DIGIT = re.compile("[^0-9]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """One text: folded, and as it was written; positions are the same in both."""

    folded: str
    original: str

    def visible(self) -> tuple[Passage, list[int]]:
        """The text without the signs that nobody sees, and where each remaining sign stood."""
        positions = [position for position, sign in enumerate(self.folded) if sign != INVISIBLE]
        folded = "".join(map(self.folded.__getitem__, positions))
        return Passage(folded, "".join(map(self.original.__getitem__, positions))), positions

    def before(self, start: int, width: int) -> str:
        """Folded text in front of a position."""
        return self.folded[max(0, start - width) : start]

    def after(self, end: int, width: int) -> str:
        """Folded text behind a position."""
        return self.folded[end : end + width]


@dataclass(frozen=True, slots=True)
class Place:
    """Personal information at one place of a text; ``explanation`` says what proved it, never what stands there."""

    start: int
    end: int
    category: str
    score: float
    explanation: str


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A shape (group 1 is the place) and its judge."""

    name: str
    pattern: re.Pattern[str]
    judge: Callable[[Passage, int, int], Place | None]


def shape(body: str, *, left: str = LEFT, right: str = RIGHT) -> re.Pattern[str]:
    """A pattern that matches at each position by itself, without consuming."""
    return re.compile(f"{left}(?=({body}){right})")


def digits_of(text: str) -> str:
    """Only the digits of folded text."""
    return _NO_DIGIT.sub("", text)


def without_overlaps(places: Iterable[Place], rank: dict[str, int]) -> list[Place]:
    """The places in order; where two overlap, the class of higher rank stands, then the longer, then the first."""
    chosen: list[Place] = []
    starts: list[int] = []
    ordered = sorted(places, key=lambda one: (rank[one.category], one.start - one.end, one.start, -one.score, one.explanation))
    for place in ordered:
        index = bisect_left(starts, place.end)  # the last chosen place that starts before this one ends
        if index and chosen[index - 1].end > place.start:
            continue
        starts.insert(index, place.start)
        chosen.insert(index, place)
    return chosen
