"""Finding many words in many texts: polars over whole columns, pyahocorasick over single texts.

Over a column, polars says in one pass where words begin; only there Python reads which words they are. Over a single
text, pyahocorasick runs on UTF-8 read as Latin-1: its nodes search their children one after another, and UTF-8 bytes
keep them few, which makes Chinese several times faster than scanning code points. Tests hold both to the same findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import ahocorasick
import numpy as np
import polars as pl


class WordFinder:
    """Finds every occurrence of a fixed set of words."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(dict.fromkeys(words))
        self._automaton = ahocorasick.Automaton()
        for index, word in enumerate(self.words):
            key = word.encode().decode("latin-1")
            self._automaton.add_word(key, (index, len(key)))
        if self.words:
            self._automaton.make_automaton()
        self._patterns = list(self.words)
        self._index = {word: index for index, word in enumerate(self.words)}
        lengths: dict[str, set[int]] = {}
        for word in self.words:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: sorted(sizes) for first, sizes in lengths.items()}

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

    def rows_with_any(self, column: pl.Series) -> Sequence[int]:
        """Rows in which a word stands."""
        if not self.words:
            return []
        return column.str.contains_any(self._patterns, ascii_case_insensitive=False).fill_null(False).arg_true().to_list()

    def found_rows(self, column: pl.Series) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """Rows with their occurrences, rows without any left out; one pass of polars over the column.

        Polars says at which bytes words begin; which words those are is read from the text.
        """
        if not self.words:
            return
        begins = column.str.find_many(self._patterns, ascii_case_insensitive=False, overlapping=True)
        for row in (begins.list.len().fill_null(0) > 0).arg_true().to_list():
            text = column[row]
            offsets = sorted(set(begins[row].to_list()))
            if not text.isascii():
                firsts = np.flatnonzero(np.frombuffer(text.encode(), dtype=np.int8) >= -64)
                offsets = np.searchsorted(firsts, offsets).tolist()
            yield row, [found for start in offsets for found in self._words_at(text, start)]

    def _words_at(self, text: str, start: int) -> Iterator[tuple[int, int, int]]:
        for length in self._lengths[text[start]]:
            index = self._index.get(text[start : start + length])
            if index is not None and start + length <= len(text):
                yield index, start, start + length
