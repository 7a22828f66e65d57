"""Whether a hit stands where the entry may stand: word borders, segmentation, exceptions."""

from __future__ import annotations

from collections.abc import Sequence

import rjieba

from dataset_safety.keywords.entries import MatchMode
from dataset_safety.keywords.groups import group_spans, is_group
from dataset_safety.keywords.scripts import is_spaced_letter, is_unspaced

SEGMENT_WINDOW = 12
PLURAL_LETTERS = 4


def stands_well(text: str, start: int, end: int, match: MatchMode) -> bool:
    """Whether ``text[start:end]`` may count as a hit under ``match``."""
    if match is MatchMode.SUBSTRING:
        return True
    if match is MatchMode.WORD:
        return begins_word(text, start) and _ends_word(text, end, end - start)
    return is_on_segment_borders(text, start, end) if is_unspaced(text[start]) else True


def begins_word(text: str, start: int) -> bool:
    """Whether no letter of a script with spaces stands before the letter at ``start``."""
    return start == 0 or not (is_spaced_letter(text[start]) and is_spaced_letter(text[start - 1]))


def _ends_word(text: str, end: int, length: int) -> bool:
    size = len(text)
    if end == size or not (is_spaced_letter(text[end - 1]) and is_spaced_letter(text[end])):
        return True
    plural = text[end] == "s" and length >= PLURAL_LETTERS and text[end - 1].isalpha()
    return plural and (end + 1 == size or not is_spaced_letter(text[end + 1]))


def is_on_segment_borders(text: str, start: int, end: int) -> bool:
    """Whether both ends of the hit are borders of Chinese words in the window around it."""
    first = max(0, start - SEGMENT_WINDOW)
    position, begins = first, start == first
    for word in rjieba.cut(text[first : end + SEGMENT_WINDOW], False):
        position += len(word)
        begins = begins or position == start
        if position >= end:
            return begins and position == end
    return False


def is_excepted(text: str, start: int, end: int, exceptions: Sequence[str]) -> bool:
    """Whether a longer innocent phrase covers the hit."""
    for phrase in exceptions:
        spare = len(phrase) - (end - start)
        if spare > 0:
            found = text.find(phrase, max(0, start - spare), end + spare)
            if found >= 0:
                return True
    return False


def placements(text: str, part: str, first: int, last: int, match: MatchMode) -> list[tuple[int, int]]:
    """Spans of ``part`` (a keyword or the name of a group) inside ``text[first:last]`` that stand well."""
    if is_group(part):
        return group_spans(part, text, first, last, spaced=match is MatchMode.WORD)
    spans = []
    found = text.find(part, first, last)
    while found >= 0:
        end = found + len(part)
        if stands_well(text, found, end, match):
            spans.append((found, end))
        found = text.find(part, found + 1, last)
    return spans


def arrangements(spans: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[int, int, int]]:
    """Every arrangement of one span from each list, the one with the fewest characters between first: gap, start and end.

    Spans of an arrangement do not overlap.
    """
    chosen: list[list[tuple[int, int]]] = [[]]
    for options in spans:
        chosen = [[*taken, span] for taken in chosen for span in options[:8] if all(_apart(span, other) for other in taken)]
    found = []
    for arrangement in chosen:
        start, end = min(span[0] for span in arrangement), max(span[1] for span in arrangement)
        found.append((end - start - sum(span[1] - span[0] for span in arrangement), start, end))
    return sorted(found)


def _apart(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]
