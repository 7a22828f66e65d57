"""Words spelled apart or in disguise: separators between characters, leetspeak, lookalike letters, entities.

A cheap test over all code points of a batch finds the places that look like it. Only there a *skeleton* of the
text (separators dropped, lookalikes brought back, repeats collapsed) is searched, and what is found must be
shown by a strict pattern on the text itself: nearly all characters apart, or letters truly replaced. Characters
taken to pieces are not looked for; ``homophones`` looks for what is written by its sound.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from dataset_safety.keywords.automaton import WordFinder
from dataset_safety.keywords.boundaries import is_excepted, placements
from dataset_safety.keywords.disguises import Disguised, disguised_spans, is_long_enough
from dataset_safety.keywords.entries import Entry, MatchMode
from dataset_safety.keywords.groups import is_group
from dataset_safety.keywords.skeletons import BORDER, decoded, skeleton
from dataset_safety.keywords.suspicion import suspicious_windows
from dataset_safety.preprocessing.folding import TextBatch

WINDOWS_AT_ONCE = 256
_SIGN_IN_WORD = re.compile(r"[a-z][@$!|+€¢]+[a-z0-9]")
Searched = Mapping[str, Sequence[tuple[Entry, int]]]


@dataclass(frozen=True, slots=True)
class _Window:
    """Part of a folded text with entities decoded; ``starts`` and ``ends`` lead back to the text."""

    text: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    is_decoded: bool


class EvasionFinder:
    """Looks for the words of a library where a text seems to hide words."""

    def __init__(self, searched: Searched) -> None:
        self._words: dict[str, list[str]] = {}
        self._searched = searched
        words = [
            word for word, users in searched.items() if is_long_enough(word) or any(len(entry.parts) > 1 for entry, _ in users)
        ]
        forms = (skeleton(BORDER.join(words), signs=signs).split(BORDER)[: len(words)] for signs in (False, True))
        for word, *both in zip(words, *forms, strict=True):
            for form in set(both):
                if len(form) > 1:
                    self._words.setdefault(form, []).append(word)
        self._finder = WordFinder(self._words)

    def find(self, batch: TextBatch) -> Iterator[tuple[int, int, int, Entry, str]]:
        """Row, start, end, entry and disguise of each hidden occurrence."""
        places = suspicious_windows(batch.points, batch.bounds)
        while chunk := list(islice(places, WINDOWS_AT_ONCE)):
            windows = [_window(batch.folded[row][first:last], first) for row, first, last in chunk]
            for index, words in sorted(self._candidates(windows).items()):
                yield from ((chunk[index][0], *found) for found in self._shown(windows[index], sorted(words)))

    def _shown(self, window: _Window, words: Sequence[str]) -> Iterator[tuple[int, int, Entry, str]]:
        seen: set[tuple[str, int]] = set()
        for word in words:
            for entry, anchor in self._searched[word]:
                for start, end, disguise in _hidden(window, entry, anchor):
                    if (entry.id, start) not in seen:
                        seen.add((entry.id, start))
                        yield start, end, entry, disguise

    def _candidates(self, windows: Sequence[_Window]) -> dict[int, set[str]]:
        """Words whose skeleton stands in the skeleton of a window, by window."""
        texts = [window.text.replace(BORDER, " ") for window in windows]  # a text may hold any character
        signed = BORDER.join(text if _SIGN_IN_WORD.search(text) else "" for text in texts)
        found: dict[int, set[str]] = {}
        for form in (skeleton(BORDER.join(texts)), skeleton(signed, signs=True)):
            borders = np.flatnonzero(np.frombuffer(form.encode("utf-32-le"), dtype=np.uint32) == ord(BORDER))
            for index, start, _ in self._finder.positions(form):
                found.setdefault(int(np.searchsorted(borders, start)), set()).update(self._words[self._finder.words[index]])
        return found


def _window(text: str, offset: int) -> _Window:
    plain, starts, ends = decoded(text)
    return _Window(plain, starts + offset, ends + offset, len(plain) != len(text))


def _hidden(window: _Window, entry: Entry, anchor: int) -> Iterator[tuple[int, int, str]]:
    for place in disguised_spans(window.text, entry.parts[anchor], entry.match):
        spans = [place, *_other_parts(window.text, entry, anchor, place)]
        if len(spans) < len(entry.parts):
            continue
        start, end = min(span.start for span in spans), max(span.end for span in spans)
        first, last = int(window.starts[start]), int(window.ends[end - 1])
        is_entity = window.is_decoded and last - first != end - start
        disguise = _agreed(spans, is_entity)
        if disguise and not any(is_excepted(window.text, span.start, span.end, entry.exceptions) for span in spans):
            yield first, last, disguise


def _other_parts(text: str, entry: Entry, anchor: int, place: Disguised) -> Iterator[Disguised]:
    """The nearest occurrence of each other part; what was put in between does not count as distance."""
    for index, part in enumerate(entry.parts):
        if index == anchor:
            continue
        near = [
            span
            for span in _part_spans(text, part, entry.match)
            if (span.start >= place.end or span.end <= place.start) and _characters_between(text, span, place) <= entry.within
        ]
        if not near:
            return
        yield min(near, key=lambda span: abs(span.start - place.start))


def _part_spans(text: str, part: str, match: MatchMode) -> list[Disguised]:
    if is_group(part):
        return [Disguised(start, end, 0, 0, False, False, "") for start, end in placements(text, part, 0, len(text), match)]
    return disguised_spans(text, part, match)


def _characters_between(text: str, one: Disguised, other: Disguised) -> int:
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    if not (one.apart or other.apart or one.disguise or other.disguise):
        return len(between)
    signs = Counter(character for character in between if not character.isalnum())
    return len(between) - (signs.most_common(1)[0][1] if signs else 0)


def _agreed(spans: Sequence[Disguised], is_entity: bool) -> str:
    """How the entry was hidden; empty when it was not, or not convincingly."""
    gaps, apart = sum(span.gaps for span in spans), sum(span.apart for span in spans)
    if apart and not _is_spread(gaps, apart, any(span.is_latin for span in spans)):
        return "over a line break" if all(span.is_wrapped or not span.apart for span in spans) else ""
    if apart:
        return "spelled apart"
    reasons = [span.disguise for span in spans if span.disguise]
    return reasons[0] if reasons else ("in character entities" if is_entity else "")


def _is_spread(gaps: int, apart: int, is_latin: bool) -> bool:
    return apart >= (3 if is_latin else 2) and 10 * apart >= 6 * gaps
