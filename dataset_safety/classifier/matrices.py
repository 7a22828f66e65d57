"""Feature matrices for training, made of the very blocks that serving looks up (B.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from dataset_safety.classifier.features import BUCKETS, Ints, blocks_of
from dataset_safety.classifier.windows import shared_odds, windows_of
from dataset_safety.preprocessing.folding import TextBatch

__all__ = ["WindowMatrix", "fold_of", "text_scores", "window_matrix"]

Matrix = Any  # scipy.sparse.csr_matrix; scipy has no types


@dataclass(frozen=True, slots=True)
class WindowMatrix:
    """One line a window: counts of buckets divided by the root of their number; ``rows`` the text of each."""

    matrix: Matrix
    rows: Ints


def window_matrix(texts: Sequence[str], *, batch_texts: int = 4096) -> WindowMatrix:
    """Windows of all texts, as serving sees them."""
    parts: list[Matrix] = []
    rows: list[Ints] = []
    for begin in range(0, len(texts), batch_texts):
        for blocks in blocks_of(TextBatch.of(texts[begin : begin + batch_texts])):
            for windows in windows_of(blocks, batch_blocks=4096):
                parts.append(_lines(windows.buckets, windows.first, windows.last, windows.norms))
                rows.append(windows.rows + begin)
    if not parts:
        return WindowMatrix(sparse.csr_matrix((0, BUCKETS), dtype=np.float32), np.zeros(0, dtype=np.int64))
    return WindowMatrix(sparse.vstack(parts, format="csr"), np.concatenate(rows))


def _lines(buckets: NDArray[np.int32], first: Ints, last: Ints, norms: NDArray[np.float32]) -> Matrix:
    places, cells = np.nonzero(buckets)
    by_block = sparse.csr_matrix(
        (np.ones(len(places), dtype=np.float32), (places, buckets[places, cells])), shape=(len(buckets), BUCKETS)
    )
    lengths = last - first
    window = np.repeat(np.arange(len(first)), lengths)
    block = np.arange(len(window)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first[window]
    chosen = sparse.csr_matrix((1 / norms[window], (window, block)), shape=(len(first), len(buckets)), dtype=np.float32)
    return (chosen @ by_block).tocsr()


def text_scores(values: NDArray[Any], rows: Ints, texts: int) -> NDArray[Any]:
    """Score of each text from the logits of its windows, as serving makes it; every text has a window."""
    if not texts:
        return values[:0]
    borders = np.searchsorted(rows, np.arange(texts))
    strongest = np.maximum.reduceat(values, borders)
    return shared_odds(1 / (1 + np.exp(-np.clip(strongest, -60, 60))), np.bincount(rows, minlength=texts))


def fold_of(group: str, folds: int) -> int:
    """Fold of a group, the same on every machine."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % folds
