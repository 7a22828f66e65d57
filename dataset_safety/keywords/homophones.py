"""Keywords written with other Chinese characters of the same reading (pinyin without tone).

Four syllables in a row are looked up at every position of a batch at once, over code points and without Python per text; what
is found is compared with the whole reading. At least half of the characters must stand as they are, and a hit always waits
for a person, whatever the keyword does where it is spelled out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dataset_safety.keywords.boundaries import is_excepted, stands_well
from dataset_safety.keywords.entries import Entry, EntryEffect
from dataset_safety.preprocessing.folding import TextBatch

DISGUISE = "homophone"
LEAST = 4
"""Characters of the shortest keyword that is looked for, and syllables of one look-up."""
BLOCK = 1 << 16
_BITS = 9  # of a syllable: there are 410
_SLOTS = 20  # bits of the table of look-ups
_FACTORS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F)


@lru_cache(maxsize=1)
def readings() -> NDArray[np.uint16]:
    """The syllable of each code point below 0x10000, 0 for what has none; built once in a process."""
    text = files("dataset_safety.keywords").joinpath("data/readings.txt").read_text(encoding="utf-8")
    table = np.zeros(0x10000, dtype=np.uint16)
    lines = (line.split(" ") for line in text.splitlines() if not line.startswith("#"))
    for number, (_, characters) in enumerate(lines, 1):
        table[np.frombuffer(characters.encode("utf-16-le"), dtype=np.uint16)] = number
    table[0xFFFF] = 0  # stands for everything above
    return table


@dataclass(frozen=True, slots=True)
class _Sought:
    """A keyword by its code points and syllables."""

    points: NDArray[np.uint32]
    syllables: NDArray[np.uint16]
    entry: Entry


class HomophoneFinder:
    """Looks for the single Chinese keywords of a library by their sound."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_key: defaultdict[int, list[_Sought]] = defaultdict(list)
        self._table = np.zeros(1 << _SLOTS, dtype=np.bool_)
        for entry in entries:
            points = np.frombuffer(entry.parts[0].encode("utf-32-le"), dtype=np.uint32)
            syllables = _syllables(points)
            if len(entry.parts) > 1 or points.size < LEAST or not syllables.all() or entry.effect is EntryEffect.CONTEXT:
                continue
            key = int(_keys(syllables, np.zeros(1, dtype=np.int64))[0])
            self._by_key[key].append(_Sought(points, syllables, replace(entry, effect=EntryEffect.REVIEW)))
            self._table[_slots(syllables[:LEAST])] = True
        self._keys = np.array(sorted(self._by_key), dtype=np.int64)

    def find(self, batch: TextBatch) -> Iterator[tuple[int, int, int, Entry, str]]:
        """Row, start, end, entry and disguise of each keyword that is written by its sound."""
        if not self._keys.size:
            return
        for first in range(0, batch.points.size, BLOCK):  # blocks stay in the processor's cache
            syllables = _syllables(batch.points[first : first + BLOCK + LEAST - 1])
            if syllables.size < LEAST:
                return
            places = np.flatnonzero(np.take(self._table, _slots(syllables)))
            keys = _keys(syllables, places)
            known = self._keys[np.minimum(np.searchsorted(self._keys, keys), self._keys.size - 1)] == keys
            for place, key in zip(places[known].tolist(), keys[known].tolist(), strict=True):
                yield from self._shown(batch, first + place, self._by_key[key])

    def _shown(self, batch: TextBatch, place: int, sought: Iterable[_Sought]) -> Iterator[tuple[int, int, int, Entry, str]]:
        row = int(np.searchsorted(batch.bounds, place, side="right")) - 1
        first, last = int(batch.bounds[row]), int(batch.bounds[row + 1])
        for one in sought:
            end = place + one.points.size
            here = batch.points[place:end]
            other = int((here != one.points).sum()) if end <= last else 0
            if not 0 < 2 * other <= one.points.size or not (_syllables(here) == one.syllables).all():
                continue
            span = (place - first, end - first)
            if _may_stand(batch.folded[row], *span, one.entry):
                yield row, *span, one.entry, DISGUISE


def _may_stand(text: str, start: int, end: int, entry: Entry) -> bool:
    """Whether the keyword might stand there if it were spelled out: borders, and exceptions that win."""
    spelled = text[:start] + entry.parts[0] + text[end:]
    return stands_well(spelled, start, end, entry.match) and not is_excepted(spelled, start, end, entry.exceptions)


def _syllables(points: NDArray[np.uint32]) -> NDArray[np.uint16]:
    return np.take(readings(), points, mode="clip")


def _keys(syllables: NDArray[np.uint16], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The four syllables from each place on as one number."""
    keys = np.zeros(places.size, dtype=np.int64)
    for offset in range(LEAST):
        keys = (keys << _BITS) | syllables[places + offset]
    return keys


def _slots(syllables: NDArray[np.uint16]) -> NDArray[np.uint32]:
    """Where the four syllables from every place on are looked up."""
    size = syllables.size - LEAST + 1
    wide = syllables.astype(np.uint32)
    mixed = wide[:size] * np.uint32(_FACTORS[0])
    for offset in range(1, LEAST):
        mixed += wide[offset : offset + size] * np.uint32(_FACTORS[offset])
    slots: NDArray[np.uint32] = mixed >> np.uint32(32 - _SLOTS)
    return slots
