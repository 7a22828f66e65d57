"""``python -m dataset_safety_tests.benchmarks.scan``: the scan path against a plain use of the same packages.

Prints CPU seconds of one run side by side. The plain pipeline folds with ``str.translate``, runs pyahocorasick on str
over every row and seven ``re`` patterns one after another, in Python row by row.
"""

from __future__ import annotations

import argparse
import importlib
import re
import resource
import time
from collections.abc import Callable
from typing import Any

import ahocorasick

from dataset_safety.keywords.boundaries import stands_well
from dataset_safety.keywords.files import library_of, read_store
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.preprocessing.folding import TextBatch, fold_table
from dataset_safety_tests.benchmarks.neutral import documents, library
from dataset_safety_tests.keywords.bundled import STORE

PATTERNS = [
    r"(?<!\d)\d{17}[\dx](?!\d)", r"(?<!\d)1[3-9]\d{9}(?!\d)", r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)", r"(?<!\d)\d{16,19}(?!\d)",
    r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}", r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", r"(?<![a-z0-9])[eg]\d{8}(?!\d)",
]  # fmt: skip


class PlainPipeline:
    """Plain use of the base packages."""

    def __init__(self, entries: Library) -> None:
        table = fold_table()
        self._map = {point: int(table[point]) for point in range(0x110000) if table[point] != point}
        self._automaton = ahocorasick.Automaton()
        for entry in entries.active:
            self._automaton.add_word(entry.parts[0], entry)
        self._automaton.make_automaton()
        self._patterns = [re.compile(pattern) for pattern in PATTERNS]

    def keywords(self, texts: list[str]) -> set[tuple[int, int, int, str]]:
        """Row, start, end and entry of every hit."""
        found = set()
        for row, text in enumerate(texts):
            folded = text.translate(self._map).replace("\n", " ")
            for last, entry in self._automaton.iter(folded):
                start = last + 1 - len(entry.parts[0])
                if stands_well(folded, start, last + 1, entry.match):
                    found.add((row, start, last + 1, entry.id))
        return found

    def patterns(self, texts: list[str]) -> set[int]:
        """Rows with personal information."""
        folded = (text.translate(self._map) for text in texts)
        return {row for row, text in enumerate(folded) if any(pattern.search(text) for pattern in self._patterns)}


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of one call, and its result."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def optional_detector(module: str, name: str) -> Any:
    """A detector of another room, if it is there."""
    try:
        return getattr(importlib.import_module(module), name)()
    except ImportError:
        return None


def compare(texts: list[str], entries: Library) -> None:
    """The whole scan and keywords alone, with the same findings."""
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    plain, detector = PlainPipeline(entries), KeywordDetector(entries)
    detector.find(TextBatch.of(texts[:300]))
    ours, hits = cpu(lambda: detector.hits(TextBatch.of(texts)))
    naive, expected = cpu(lambda: plain.keywords(texts))
    mine = {(row, hit.start, hit.end, hit.entry.id) for row, found in hits.items() for hit in found if not hit.disguise}
    excused = expected - mine
    print(f"{megabytes:.1f} MB, {len(texts)} documents, {len(entries.active)} neutral entries, {len(hits) / len(texts):.1%} hit")
    print(f"keywords   ours {megabytes / ours:6.1f} MB/CPU-s   plain {megabytes / naive:6.1f}   ratio {naive / ours:.1f}")
    print(f"           findings {len(mine)}, plain {len(expected)}; only ours {len(mine - expected)}, only quoted {len(excused)}")
    personal = optional_detector("dataset_safety.privacy.detection", "PersonalInformationDetector")
    if personal is not None:
        ours_all, _ = cpu(lambda: _scan(texts, detector, personal))
        naive_all, _ = cpu(lambda: (plain.keywords(texts), plain.patterns(texts)))
        speeds = f"ours {megabytes / ours_all:6.1f} MB/CPU-s   plain {megabytes / naive_all:6.1f}"
        print(f"and personal information   {speeds}   ratio {naive_all / ours_all:.1f}")


def _scan(texts: list[str], *detectors: Any) -> None:
    batch = TextBatch.of(texts)
    for detector in detectors:
        detector.find(batch)


def exact(texts: list[str], entries: Library) -> None:
    """B.1: the full library against plain pyahocorasick on the same folded text, each given it in its own form.

    Ours reads the code points that folding leaves, plain the folded strings; the second ratio counts the making of the
    code points from the strings as well.
    """
    detector, batch = KeywordDetector(entries, evasion=False), TextBatch.of(texts)
    folded = [text.replace("\n", " ") for text in batch.folded]
    automaton = ahocorasick.Automaton()
    for word in detector.searched_words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    megabytes = sum(len(text.encode()) for text in folded) / 1e6
    detector.plain_hits(TextBatch.of(texts[:500]))
    ours, hits = cpu(lambda: detector.plain_hits(batch))
    plain, count = cpu(lambda: sum(1 for text in folded for _ in automaton.iter(text)))
    refolded, _ = cpu(lambda: TextBatch.of(folded))
    words = len(detector.searched_words)
    print(f"full library, {len(entries.active)} entries, {words} words searched, {megabytes:.1f} MB of Chinese")
    print(f"gate and exact {megabytes / ours:.1f} MB/CPU-s   plain {megabytes / plain:.1f}")
    print(f"           ratio {plain / ours:.1f}; with folding counted on our side only {plain / (ours + refolded):.1f}")
    print(f"           rows hit {len(hits) / len(texts):.1%}, occurrences of words {count}")


def main() -> None:
    """Run both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=12000)
    count = parser.parse_args().documents
    texts = documents(count)
    compare(texts, library(10_000, texts))
    library_of.cache_clear()
    load, store = cpu(lambda: read_store(STORE))
    print(f"library load {load:.2f} s CPU")
    exact(documents(count, seed=4, chinese=1.0), store)
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
