"""``python -m dataset_safety_tests.benchmarks.relabelling``: what a delta re-label of 200 new entries costs (issue 3).

Prints CPU seconds of a full scan with all detectors, of a full scan with keywords alone, and of the delta re-label.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl

from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.keywords.stored import difference
from dataset_safety.preprocessing.identification import identification_records
from dataset_safety.preprocessing.recipes import DetectorSources, build_detectors
from dataset_safety.preprocessing.relabelling import Update, updated_records
from dataset_safety.shipping import bundled_model
from dataset_safety_tests.benchmarks.neutral import documents
from dataset_safety_tests.benchmarks.scan import cpu
from dataset_safety_tests.keywords.bundled import bundled_library
from dataset_safety_tests.keywords.stored import stored_generation

NEW = 200


def main() -> None:
    """One run, side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=3000)
    texts = documents(parser.parse_args().documents)
    library = bundled_library()
    step = len(library.entries) // NEW
    chosen = {entry.id for entry in library.active[::step][:NEW]}
    old = Library.of(entry for entry in library.entries if entry.id not in chosen)
    with tempfile.TemporaryDirectory() as folder:
        paths = [stored_generation(Path(folder), one) for one in (old, library)]
        compare(texts, old, library, [DetectorSources((path,), (bundled_model(),)) for path in paths])


def compare(texts: list[str], old: Library, new: Library, sources: list[DetectorSources]) -> None:
    """The full scans and the delta, with the same records."""
    ids = [str(number) for number in range(len(texts))]
    types, generated = ["text:zh"] * len(ids), [False] * len(ids)
    samples = pl.DataFrame({"sample_id": ids, "content_sha256": ids, "data_type": types, "text": texts, "generated": generated})
    labels = identification_records(samples, build_detectors(sources[0]), "old")
    detectors = build_detectors(sources[1])
    alone = build_detectors(replace(sources[1], detectors=("keyword",)))
    full, expected = cpu(lambda: identification_records(samples, detectors, "new"))
    keywords, _ = cpu(lambda: identification_records(samples, alone, "new"))
    differs = difference(old, new)
    update = Update(differs.added, frozenset(), KeywordDetector(old).version, KeywordDetector(new).version)
    delta, found = cpu(lambda: updated_records(samples, labels, update, sources[1], "new"))
    print(f"{len(texts)} documents, {len(differs.added)} new entries; same records as a full scan: {found.equals(expected)}")
    print(f"full scan {full:.2f} s CPU, keywords alone {keywords:.2f} s, delta {delta:.2f} s")
    print(f"delta costs {delta / full:.0%} of a full scan, {delta / keywords:.0%} of a scan with keywords alone")


if __name__ == "__main__":
    main()
