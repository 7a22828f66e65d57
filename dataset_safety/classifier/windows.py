"""Windows of long texts (B.2): a text is as risky as its strongest window, whose place is the finding's span.

In a long text some window scores high by chance alone: the more windows, the more. So the odds of a window are divided by
the number of windows of its text (the prior that it is just this one); thresholds then mean the same for a comment and for a
book, and are calibrated on whole documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_safety.classifier.features import BLOCK_UNITS, Blocks, Ints

__all__ = [
    "STRIDE_BLOCKS",
    "WINDOW_BLOCKS",
    "WINDOW_UNITS",
    "Scores",
    "WindowScores",
    "Windows",
    "discounted",
    "shared_odds",
    "windows_of",
]

WINDOW_BLOCKS = 2
STRIDE_BLOCKS = 1
WINDOW_UNITS = WINDOW_BLOCKS * BLOCK_UNITS
BATCH_BLOCKS = 512
"""Blocks that the graph takes at a time: what it gathers stays in the processor's cache."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows over some blocks: ``first`` and ``last`` block (end exclusive), root of the number of lookups, row and span."""

    buckets: NDArray[np.int32]
    first: Ints
    last: Ints
    norms: Floats
    rows: Ints
    starts: Ints
    ends: Ints


@dataclass(frozen=True, slots=True)
class WindowScores:
    """One row of outputs for each window, ordered by text."""

    values: Floats
    rows: Ints
    starts: Ints
    ends: Ints

    @classmethod
    def joined(cls, parts: Sequence[WindowScores], width: int) -> WindowScores:
        """The parts one after the other; ``width`` outputs where there is none."""
        if not parts:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(np.zeros((0, width), dtype=np.float32), nothing, nothing, nothing)
        return cls(
            *(np.concatenate(column) for column in zip(*((p.values, p.rows, p.starts, p.ends) for p in parts), strict=True))
        )


class Scores:
    """Scores of each text and output: the maximum over its windows."""

    def __init__(self, windows: WindowScores, texts: int) -> None:
        self._windows = windows
        self._borders = np.searchsorted(windows.rows, np.arange(texts + 1))
        seen = np.flatnonzero(np.diff(self._borders))
        self.values: Floats = np.zeros((texts, windows.values.shape[1]), dtype=np.float32)
        if len(seen):
            self.values[seen] = np.maximum.reduceat(windows.values, self._borders[seen], axis=0)

    def span(self, row: int, output: int) -> tuple[int, int]:
        """Code points of the strongest window of one text for one output."""
        first, last = self._borders[row], self._borders[row + 1]
        best = first + int(np.argmax(self._windows.values[first:last, output]))
        return int(self._windows.starts[best]), int(self._windows.ends[best])


def shared_odds(probability: NDArray[Any], windows: NDArray[Any]) -> NDArray[Any]:
    """Probabilities whose odds are divided by the number of windows of the text."""
    shared: NDArray[Any] = probability / (probability + (1 - probability) * windows)
    return shared


def discounted(scores: WindowScores) -> WindowScores:
    """The same windows, the odds of each divided by the number of windows of its text."""
    if not len(scores.rows):
        return scores
    windows = np.bincount(scores.rows)[scores.rows].astype(np.float32)[:, None]
    return WindowScores(shared_odds(scores.values, windows), scores.rows, scores.starts, scores.ends)


def windows_of(blocks: Blocks, *, batch_blocks: int = BATCH_BLOCKS) -> Iterator[Windows]:
    """Windows of all pieces, about ``batch_blocks`` blocks at a time."""
    pieces = blocks.pieces
    begin = 0
    while begin < len(blocks.rows):
        end = max(begin + 1, int(np.searchsorted(pieces, pieces[begin] + batch_blocks, side="right")) - 1)
        yield _windows(blocks, begin, end)
        begin = end


def _windows(blocks: Blocks, begin: int, end: int) -> Windows:
    origin, past = int(blocks.pieces[begin]), int(blocks.pieces[end])
    lengths = np.diff(blocks.pieces[begin : end + 1])
    counts = 1 + np.maximum(0, -(-(lengths - WINDOW_BLOCKS) // STRIDE_BLOCKS))
    piece = np.repeat(np.arange(len(lengths)), counts)
    within = np.arange(len(piece)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = blocks.pieces[begin:end][piece] - origin + within * STRIDE_BLOCKS
    last = np.minimum(first + WINDOW_BLOCKS, blocks.pieces[begin + 1 : end + 1][piece] - origin)
    lookups = np.zeros(past - origin + 1, dtype=np.int64)
    np.cumsum(blocks.lookups[origin:past], out=lookups[1:])
    norms = np.sqrt(np.maximum(lookups[last] - lookups[first], 1)).astype(np.float32)
    starts, ends = blocks.starts[origin:past], blocks.ends[origin:past]
    return Windows(blocks.buckets[origin:past], first, last, norms, blocks.rows[begin:end][piece], starts[first], ends[last - 1])
