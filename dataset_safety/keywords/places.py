"""Where words may begin in many texts: prefixes looked up in small tables, for all code points of a block at once.

A place is kept while the first 2, 3, 4, 6, 8 and 12 characters that stand there begin a word, each looked up by its hash in a
table that stays in the processor's cache. Hashes may meet, so a place is only a candidate; none where a word begins is lost.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dataset_safety.keywords.scripts import is_spaced_letter

LEVELS = (2, 3, 4, 6, 8, 12)
BLOCK = 128
_BITS = 20
_SHIFT = np.uint32(32 - _BITS)
_FACTORS = np.array(
    [2654435769, 2246822519, 3266489917, 668265263, 374761393, 1274126177, 2149583361, 3935559001, 1540483477, 3432918353,
     461845907, 2869860233], dtype=np.uint32,
)  # fmt: skip
_ENDS, _GOES_ON = 1, 2
"""Bits of a table: a word may end before the next level; a word goes on to it. Shifted by two: words at word borders only."""
_ANYWHERE, _AT_BORDERS = _ENDS | _GOES_ON, (_ENDS | _GOES_ON) << 2
_SPACED_END = 0x3000
"""Letters from here on are not told apart: words that begin with one are looked for everywhere."""
_NEWLINE, _SPACE = np.uint32(ord("\n")), np.uint32(ord(" "))

Points = NDArray[np.uint32]
Places = NDArray[np.int64]


@lru_cache(maxsize=1)
def _letters() -> NDArray[np.uint8]:
    """1 for letters of scripts that put spaces between words."""
    table = np.zeros(0x110000, dtype=np.uint8)
    table[:_SPACED_END] = [is_spaced_letter(chr(point)) for point in range(_SPACED_END)]
    return table


class PlaceFinder:
    """Finds where words of a fixed set may begin; those of ``at_borders`` are not looked for inside other words."""

    def __init__(self, words: Iterable[str], at_borders: frozenset[str] = frozenset()) -> None:
        known = list(words)
        sizes = np.array([len(word) for word in known], dtype=np.int64)
        shifts = np.array([2 * (word in at_borders and ord(word[0]) < _SPACED_END) for word in known], dtype=np.uint8)
        beginnings = "".join(word[: LEVELS[-1]].ljust(LEVELS[-1], "\0") for word in known)
        points: Points = np.frombuffer(beginnings.encode("utf-32-le"), dtype=np.uint32)
        places = np.arange(len(known), dtype=np.int64) * LEVELS[-1]
        self._tables = {level: np.zeros(1 << _BITS, dtype=np.uint8) for level in LEVELS}
        for level, following in zip(LEVELS, (*LEVELS[1:], sys.maxsize), strict=True):
            here = sizes >= level
            kinds = np.where(sizes[here] >= following, _GOES_ON, _ENDS).astype(np.uint8) << shifts[here]
            np.bitwise_or.at(self._tables[level], _hashes(points, places[here], level), kinds)
        self._single = np.zeros(0x110000, dtype=np.bool_)
        self._single[points[places[sizes == 1]]] = True
        self._has_single = bool(self._single.any())

    def find(self, points: Points, bounds: Places) -> Iterator[tuple[Places, Places]]:
        """Rows and starts (in the text) of the candidates, block by block, ordered; line breaks count as spaces."""
        for first in range(0, bounds.size - 1, BLOCK):  # blocks stay in the processor's cache
            borders = bounds[first : min(first + BLOCK, bounds.size - 1) + 1]
            here = points[borders[0] : borders[-1]]
            if here.size:
                places = self._in_block(np.where(here == _NEWLINE, _SPACE, here), borders[:-1] - borders[0])
                rows = np.searchsorted(borders, places + borders[0], side="right") - 1
                yield rows + first, places + borders[0] - borders[rows]

    def _in_block(self, points: Points, begins: Places) -> Places:
        """Candidates among the joined texts of a block, which begin at ``begins``."""
        padded = np.concatenate([points, np.zeros(LEVELS[-1], dtype=np.uint32)])
        mixed = padded[: points.size] * _FACTORS[0]
        mixed += padded[1 : points.size + 1] * _FACTORS[1]
        mixed >>= _SHIFT
        seen = np.take(self._tables[2], mixed)
        letters = np.take(_letters(), points)
        inside = np.zeros(points.size + 1, dtype=np.uint8)
        inside[1:-1] = letters[1:] & letters[:-1]
        inside[begins] = 0  # the end of the text before is no part of a word
        seen &= np.uint8(_ANYWHERE | _AT_BORDERS) - inside[:-1] * np.uint8(_AT_BORDERS)
        places: Places = np.flatnonzero(seen)
        found = [self._followed(padded, places, seen[places])]
        if self._has_single:
            found.append(np.flatnonzero(np.take(self._single, points)))
        return np.unique(np.concatenate(found))

    def _followed(self, points: Points, places: Places, seen: NDArray[np.uint8]) -> Places:
        """Of the places that begin like a word those that go on like one; both kinds of words are followed together."""
        kept = []
        for level in LEVELS[1:]:
            kept.append(places[(seen & (_ENDS | _ENDS << 2)) > 0])
            going = (seen & (_GOES_ON | _GOES_ON << 2)) > 0
            places, kinds = places[going], (seen[going] >> np.uint8(1)) & np.uint8(_ENDS | _ENDS << 2)
            known: NDArray[np.uint8] = np.take(self._tables[level], _hashes(points, places, level)) & kinds * np.uint8(_ANYWHERE)
            alive = known > 0
            places, seen = places[alive], known[alive]
        return np.concatenate([*kept, places])


def _hashes(points: Points, places: Places, level: int) -> NDArray[np.uint32]:
    """Hash of the ``level`` code points from each place on."""
    mixed: Points = points[places] * _FACTORS[0]
    for step in range(1, level):
        mixed += points[places + step] * _FACTORS[step]
    mixed >>= _SHIFT
    return mixed
