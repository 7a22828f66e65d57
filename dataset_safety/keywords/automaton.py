"""Finding many words: tables of prefixes over the code points of many texts, pyahocorasick over single texts.

Over a batch, :mod:`places` says where words may begin; only there Python reads which words they are. Over a single
text, pyahocorasick runs on UTF-8 read as Latin-1: its nodes search their children one after another, and UTF-8 bytes
keep them few, which makes Chinese several times faster than scanning code points. Tests hold both to the same findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise

import ahocorasick
import numpy as np

from dataset_safety.keywords.places import PlaceFinder
from dataset_safety.preprocessing.folding import TextBatch

BEGINNING = 4


class WordFinder:
    """Finds every occurrence of a fixed set of words; in a batch those of ``at_borders`` only where a word begins."""

    def __init__(self, words: Iterable[str], at_borders: frozenset[str] = frozenset()) -> None:
        self.words = tuple(dict.fromkeys(words))
        self._automaton = ahocorasick.Automaton()
        for index, word in enumerate(self.words):
            key = word.encode().decode("latin-1")
            self._automaton.add_word(key, (index, len(key)))
        if self.words:
            self._automaton.make_automaton()
        self._at_borders = at_borders
        self._beginning: dict[str, list[tuple[int, str]]] = {}
        for index, word in enumerate(self.words):
            self._beginning.setdefault(word[:BEGINNING], []).append((index, word))
        self._lengths = (*sorted({len(word) for word in self.words if len(word) < BEGINNING}), BEGINNING)

    @cached_property
    def _places(self) -> PlaceFinder:
        return PlaceFinder(self.words, self._at_borders)

    def positions(self, text: str) -> list[tuple[int, int, int]]:
        """Index of the word, start and end (code points) of every occurrence, overlapping ones too."""
        if not self.words:
            return []
        encoded = text.encode()
        found = list(self._automaton.iter(encoded.decode("latin-1")))
        if not found:
            return []
        if len(encoded) == len(text):
            return [(index, last + 1 - size, last + 1) for last, (index, size) in found]
        begins = np.flatnonzero((np.frombuffer(encoded, dtype=np.int8)) >= -64)
        ends = np.searchsorted(begins, [last + 1 for last, _ in found]).tolist()
        return [(index, end - len(self.words[index]), end) for (_, (index, _)), end in zip(found, ends, strict=True)]

    def found_rows(self, batch: TextBatch) -> Iterator[tuple[int, str, list[tuple[int, int, int]]]]:
        """Rows with their folded text, line breaks as spaces, and their occurrences; rows without any are left out.

        Occurrences of words of ``at_borders`` that begin inside another word are left out.
        """
        for rows, starts in self._places.find(batch.points, batch.bounds):
            borders = [0, *(np.flatnonzero(np.diff(rows)) + 1).tolist(), rows.size] if rows.size else []
            for first, last in pairwise(borders):
                row = int(rows[first])
                text = batch.folded[row].replace("\n", " ")
                found = self._words_at(text, starts[first:last].tolist())
                if found:
                    yield row, text, found

    def _words_at(self, text: str, starts: list[int]) -> list[tuple[int, int, int]]:
        """Occurrences that begin at these places."""
        found: list[tuple[int, int, int]] = []
        known = self._beginning.get
        for start in starts:
            for length in self._lengths:
                beginning = text[start : start + length]
                words = known(beginning)
                if words is not None and len(beginning) == length:
                    found += [(index, start, start + len(word)) for index, word in words if text.startswith(word, start)]
        return found
