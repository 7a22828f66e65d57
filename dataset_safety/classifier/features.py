"""Features of the bundled model (B.2): hashed units of writing, the same function in training and in serving.

A unit is a word where words are written apart (Latin, Cyrillic, Arabic …) and one character elsewhere (Han, kana,
hangul, Thai, punctuation, signs). Every unit gives ``LOOKUPS`` buckets of one table: the unit, the unit with the one
after it, and the first five letters of a longer word. Digits count as 0, apostrophes and invisible signs as nothing,
white space only parts words, so that characters spelled apart stay neighbours.

Units are packed into blocks of ``BLOCK_UNITS``, in which each bucket counts once (a refrain says no more than one line of
it); windows of a text are runs of blocks, so that overlapping windows cost nothing more. All arithmetic is modulo 2**64 on
whole arrays: bit-equal everywhere (a golden file holds it).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dataset_safety.preprocessing.folding import FOLD_VERSION, INVISIBLE, TextBatch

__all__ = ["BLOCK_UNITS", "BUCKETS", "FEATURES_VERSION", "LOOKUPS", "Blocks", "blocks_of"]

FEATURES_VERSION = f"units-2+{FOLD_VERSION}"
BUCKETS = 1 << 17
LOOKUPS = 3
BLOCK_UNITS = 32
PIECE_POINTS = 8192
"""A longer text is looked at in pieces of this many code points."""
CHUNK_POINTS = 1 << 16
"""Code points taken together; arrays of this length stay in the processor's cache."""

_SEPARATOR, _WORD, _OWN, _NOTHING = range(4)
_UNSPACED = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1100, 0x1200), (0x1780, 0x1800), (0x2E80, 0xA000), (0xA960, 0xA980),
    (0xAC00, 0xD800), (0xF900, 0xFB00),
)  # fmt: skip
_LETTERS = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Mn", "Mc")
_LISTED = ((0x0, 0x3400), (0xA000, 0xAC00), (0xF900, 0x11000))
_BASE = 0x9E3779B97F4A7C15
_SPREAD, _STIR = np.uint64(0xD6E8FEB86659FD93), np.uint64(0xBF58476D1CE4E5B9)
_ONE, _FIRST, _SECOND, _PREFIX = (
    np.uint64(0xA24BAED4963EE407), np.uint64(0x9FB21C651E98DF25), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xF1357AEA2E62A9C5),
)  # fmt: skip
_BUCKET_SHIFT = np.uint64(64 - 17)
_PREFIX_LETTERS = 5

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of the pieces of some texts, in order.

    ``buckets`` [blocks, BLOCK_UNITS * LOOKUPS], each once, with 0 for nothing; ``lookups`` how many of them are filled;
    ``starts`` and ``ends`` the code points that a block covers in its text; ``pieces`` the first block of each piece
    (one more at the end) and ``rows`` the text of each piece.
    """

    buckets: NDArray[np.int32]
    lookups: Ints
    starts: Ints
    ends: Ints
    pieces: Ints
    rows: Ints


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    table = np.full(0x110000, _OWN, dtype=np.uint8)
    for first, last in _LISTED:
        for point in range(first, last):
            category = unicodedata.category(chr(point))
            if category in _LETTERS:
                table[point] = _WORD
            elif category[0] in "ZC":
                table[point] = _SEPARATOR
    for first, last in _UNSPACED:
        part = table[first:last]
        part[part == _WORD] = _OWN
    table[[ord(INVISIBLE), ord("'"), ord("’"), ord("`")]] = _NOTHING
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1)
def _powers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Powers of the base and of its inverse modulo 2**64, for one chunk."""
    length = CHUNK_POINTS + PIECE_POINTS + 1
    up, down = np.full(length, _BASE, dtype=np.uint64), np.full(length, pow(_BASE, -1, 2**64), dtype=np.uint64)
    up[0] = down[0] = 1
    return np.cumprod(up, dtype=np.uint64), np.cumprod(down, dtype=np.uint64)


def blocks_of(batch: TextBatch) -> Iterator[Blocks]:
    """Blocks of all texts of the batch, some pieces at a time, in the order of the texts."""
    rows, firsts, lasts = _pieces(batch.bounds)
    begin = 0
    while begin < len(rows):
        reach = firsts[begin] + CHUNK_POINTS
        end = max(begin + 1, int(np.searchsorted(lasts, reach, side="right")))
        yield _chunk(batch, rows[begin:end], firsts[begin:end], lasts[begin:end])
        begin = end


def _pieces(bounds: Ints) -> tuple[Ints, Ints, Ints]:
    counts = np.maximum(1, -(-np.diff(bounds) // PIECE_POINTS))
    rows = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    firsts = bounds[rows] + within * PIECE_POINTS
    return rows, firsts, np.minimum(firsts + PIECE_POINTS, bounds[rows + 1])


def _chunk(batch: TextBatch, rows: Ints, firsts: Ints, lasts: Ints) -> Blocks:
    origin = int(firsts[0])
    points = batch.points[origin : int(lasts[-1])]
    borders = np.append(firsts, lasts[-1]) - origin
    classes = _classes()[points]
    kept = np.flatnonzero(classes != _NOTHING)
    if len(kept) < len(points):
        borders = np.searchsorted(kept, borders)
        points, classes = points[kept], classes[kept]
    starts, ends = _units(classes, borders)
    units, prefixes = _hashes(points, starts, ends)
    piece = np.searchsorted(borders, starts, side="right") - 1
    buckets = _buckets(units, prefixes, piece)
    text_start = batch.bounds[rows[piece]] - origin
    return _packed(buckets, piece, kept[starts] - text_start, kept[ends - 1] + 1 - text_start, rows)


def _units(classes: NDArray[np.uint8], borders: Ints) -> tuple[Ints, Ints]:
    """Start and end of each unit; no word runs over the border of a piece."""
    own, word = classes == _OWN, classes == _WORD
    before, after = np.zeros_like(word), np.zeros_like(word)
    before[1:], after[:-1] = word[:-1], word[1:]
    inner = borders[(borders > 0) & (borders < len(classes))]
    before[inner] = False
    after[inner - 1] = False
    return np.flatnonzero(own | (word & ~before)), np.flatnonzero(own | (word & ~after)) + 1


def _hashes(points: NDArray[np.uint32], starts: Ints, ends: Ints) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Hash of each unit, and of the first letters of longer ones (0 for the others)."""
    up, down = _powers()
    letters = np.where((points >= 48) & (points < 58), 48, points).astype(np.uint64) + np.uint64(1)
    letters *= _SPREAD
    letters ^= letters >> np.uint64(32)
    sums = np.zeros(len(points) + 1, dtype=np.uint64)
    np.cumsum(letters * up[: len(points)], out=sums[1:])
    units = (sums[ends] - sums[starts]) * down[starts]
    units ^= units >> np.uint64(29)
    units *= _STIR
    units ^= units >> np.uint64(32)
    prefixes = (sums[np.minimum(ends, starts + _PREFIX_LETTERS)] - sums[starts]) * down[starts]
    prefixes[ends - starts <= _PREFIX_LETTERS] = 0
    return units, prefixes


def _buckets(units: NDArray[np.uint64], prefixes: NDArray[np.uint64], piece: Ints) -> NDArray[np.int32]:
    """``LOOKUPS`` buckets a unit; 0 where there is nothing, so a real bucket 0 moves to 1."""
    found = np.zeros((len(units), LOOKUPS), dtype=np.int32)
    found[:, 0] = np.maximum((units * _ONE) >> _BUCKET_SHIFT, np.uint64(1))
    pairs = np.maximum((units[:-1] * _FIRST + units[1:] * _SECOND) >> _BUCKET_SHIFT, np.uint64(1))
    found[:-1, 1] = np.where(piece[:-1] == piece[1:], pairs, np.uint64(0))
    found[:, 2] = np.where(prefixes != 0, np.maximum((prefixes * _PREFIX) >> _BUCKET_SHIFT, np.uint64(1)), np.uint64(0))
    return found


def _packed(buckets: NDArray[np.int32], piece: Ints, starts: Ints, ends: Ints, rows: Ints) -> Blocks:
    """Units of each piece in whole blocks."""
    pieces = len(rows)
    units = np.bincount(piece, minlength=pieces)
    blocks = np.maximum(1, -(-units // BLOCK_UNITS))
    first = np.zeros(pieces + 1, dtype=np.int64)
    np.cumsum(blocks, out=first[1:])
    shift = first[:-1] * BLOCK_UNITS - (np.cumsum(units) - units)
    place = np.arange(len(piece)) + shift[piece]
    packed = np.zeros((int(first[-1]) * BLOCK_UNITS, LOOKUPS), dtype=np.int32)
    packed[place] = buckets
    table = packed.reshape(-1, BLOCK_UNITS * LOOKUPS)
    table.sort(axis=1)
    table[:, 1:][table[:, 1:] == table[:, :-1]] = 0
    block = place // BLOCK_UNITS
    block_starts, block_ends = np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=np.int64)
    block_starts[block[::-1]] = starts[::-1]  # the first unit of a block writes last
    block_ends[block] = ends
    return Blocks(table, np.count_nonzero(table, axis=1).astype(np.int64), block_starts, block_ends, first, rows)
