"""The honest count: entries made by exchanging one word in a pattern, and entries that another one covers, count once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dataset_safety.keywords.entries import Entry, EntryEffect, MatchMode
from dataset_safety.keywords.scripts import count_unspaced

MANY = 6
LONGEST_SLOT = 3
_STRENGTH = {EntryEffect.CONTEXT: 0, EntryEffect.REVIEW: 1, EntryEffect.REJECT: 2}


def honest_entries(entries: Sequence[Entry]) -> list[Entry]:
    """Entries that count: of those sharing a skeleton with at least ``MANY`` only the first, of covered ones none."""
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    covers = _Covers(entries)
    open_entries = [index for index, entry in enumerate(entries) if not covers.covered(entry)]
    for index in open_entries:
        entry = entries[index]
        for frame in set(_frames(entry)):
            groups[(entry.risks[0], *frame)].append(index)
    dropped: set[int] = set()
    for members in groups.values():
        if len(members) >= MANY:
            dropped.update(members[1:])
    return [entries[index] for index in open_entries if index not in dropped]


def _frames(entry: Entry) -> Iterator[tuple[str, ...]]:
    """What remains when one slot is taken out; at least two thirds of the entry must remain."""
    units: Sequence[str] = entry.text if count_unspaced(entry.text) else entry.text.split(" ")
    size = len(units)
    for width in range(1, LONGEST_SLOT + 1):
        if 3 * width > size or size - width < 3:
            break
        for start in range(size - width + 1):
            joint = "" if isinstance(units, str) else " "
            yield joint.join(units[:start]), joint.join(units[start + width :])


class _Covers:
    """Single keywords of any position that make longer entries of the same risk superfluous."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._short: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
        for entry in entries:
            if len(entry.parts) == 1 and entry.match is MatchMode.SUBSTRING and not entry.exceptions:
                self._short[entry.risks[0]][entry.parts[0]] = entry

    def covered(self, entry: Entry) -> bool:
        """Whether a shorter keyword hits everything that ``entry`` hits, with at least its effect."""
        known = self._short[entry.risks[0]]
        for part in entry.parts:
            for start in range(len(part) - 1):
                for end in range(start + 2, min(len(part), start + 8) + 1):
                    other = known.get(part[start:end])
                    if other is not None and other is not entry and _STRENGTH[other.effect] >= _STRENGTH[entry.effect]:
                        return True
        return False
