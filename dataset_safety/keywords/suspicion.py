"""Where a batch of texts looks as if words were hidden: one pass over code points, no Python per text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dataset_safety.keywords.scripts import unspaced_ranges
from dataset_safety.keywords.skeletons import LEET_DIGITS, LEET_SIGNS, LOOKALIKES
from dataset_safety.preprocessing.folding import INVISIBLE

HAN, LATIN, LOOKALIKE, DIGIT, SIGN, SEPARATOR, UNSEEN = 1, 2, 3, 4, 5, 6, 7
WIDE, NARROW = 64, 16
BLOCK = 128
_NEWLINE, _AMPERSAND, _HASH, _W = ord("\n"), ord("&"), ord("#"), ord("w")

Flags = NDArray[np.bool_]


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    table = np.zeros(0x110000, dtype=np.uint8)
    for first, last in ((0x00, 0x3400), (0xFE00, 0x10000), (0x1F000, 0x1FB00)):
        table[first:last] = [SEPARATOR if unicodedata.category(chr(p))[0] in "ZPSCM" else 0 for p in range(first, last)]
    for first, last in unspaced_ranges():
        table[first:last] = HAN
    table[0x3000:0x3005] = table[0x3008:0x3021] = SEPARATOR
    table[0x61:0x7B] = LATIN
    table[0xE0:0x250][table[0xE0:0x250] == 0] = LATIN
    table[0x30:0x3A] = 0
    table[[ord(form) for forms in LEET_DIGITS.values() for form in forms]] = DIGIT
    table[[ord(form) for forms in LEET_SIGNS.values() for form in forms]] = SIGN
    table[[ord(form) for forms in LOOKALIKES.values() for form in forms if ord(form) > 0x24F]] = LOOKALIKE
    table[ord(INVISIBLE)] = UNSEEN
    return table


def suspicious_windows(points: NDArray[np.uint32], bounds: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Row, start and end (in the text) of the places to look at closely, merged where they meet."""
    for first in range(0, bounds.size - 1, BLOCK):  # blocks stay in the processor's cache
        block = bounds[first : min(first + BLOCK, bounds.size - 1) + 1]
        here = points[block[0] : block[-1]]
        if here.size > 2:
            yield from _windows_of_block(here, block - block[0], first)


def _windows_of_block(points: NDArray[np.uint32], bounds: NDArray[np.int64], first_row: int) -> Iterator[tuple[int, int, int]]:
    kinds = np.take(_classes(), points, mode="clip")
    wide = np.concatenate([_isolated(kinds), _replaced(kinds, points)])
    narrow = _wrapped(kinds, points)
    places = np.concatenate([wide, narrow])
    if not places.size:
        return
    reach = np.concatenate([np.full(wide.size, WIDE), np.full(narrow.size, NARROW)])
    order = np.argsort(places, kind="stable")
    places, reach = places[order], reach[order]
    rows = np.searchsorted(bounds, places, side="right") - 1
    firsts = np.maximum(places - reach, bounds[rows])
    lasts = np.minimum(places + reach + 1, bounds[rows + 1])
    for row, first, last in _merged(rows.tolist(), firsts.tolist(), lasts.tolist(), bounds):
        yield first_row + row, first, last


def _merged(rows: list[int], firsts: list[int], lasts: list[int], bounds: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    row, first, last = rows[0], firsts[0], lasts[0]
    for next_row, next_first, next_last in zip(rows[1:], firsts[1:], lasts[1:], strict=True):
        if next_row == row and next_first <= last:
            first, last = min(first, next_first), max(last, next_last)
            continue
        yield row, first - int(bounds[row]), last - int(bounds[row])
        row, first, last = next_row, next_first, next_last
    yield row, first - int(bounds[row]), last - int(bounds[row])


def _isolated(kinds: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Characters that stand alone between separators: Chinese with Chinese near, two or more letters in a row."""
    apart = kinds >= SIGN
    between = apart[:-2] & apart[2:]
    middle = kinds[1:-1]
    han = np.flatnonzero(between & (middle == HAN)) + 1
    if han.size:
        padded = np.pad(kinds, 6)
        near_left = np.any([padded[han + 6 - step] == HAN for step in range(2, 7)], axis=0)
        near_right = np.any([padded[han + 6 + step] == HAN for step in range(2, 7)], axis=0)
        han = han[near_left & near_right]
    letters = np.flatnonzero(between & ((middle == LATIN) | (middle == LOOKALIKE) | (middle == DIGIT))) + 1
    close = np.flatnonzero(np.diff(letters) <= 6)
    letters = letters[np.unique(np.concatenate([close, close + 1]))] if close.size else letters[:0]
    return np.concatenate([han, letters])


def _replaced(kinds: NDArray[np.uint8], points: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Signs inside words, mixed scripts, letters written three times, invisible characters, character entities."""
    latin = kinds == LATIN
    leet = (kinds == DIGIT) | (kinds == SIGN)
    next_but_one = np.append(latin[3:], False)
    inside = latin[:-2] & leet[1:-1] & (latin[2:] | (leet[2:] & next_but_one))
    unseen = (kinds[1:-1] == UNSEEN) & (kinds[:-2] < SIGN) & (kinds[2:] != SEPARATOR)
    triple = latin[:-2] & (points[:-2] == points[1:-1]) & (points[1:-1] == points[2:]) & (points[:-2] != _W)
    lookalike = kinds == LOOKALIKE
    mixed = (latin[:-1] & lookalike[1:]) | (lookalike[:-1] & latin[1:])
    entity = (points[:-1] == _AMPERSAND) & (points[1:] == _HASH)
    return np.concatenate([np.flatnonzero(inside | unseen | triple) + 1, np.flatnonzero(mixed | entity)])


def _wrapped(kinds: NDArray[np.uint8], points: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Line breaks between two Chinese characters."""
    broken = np.flatnonzero(points[1:-1] == _NEWLINE) + 1
    between: NDArray[np.int64] = broken[(kinds[broken - 1] == HAN) & (kinds[broken + 1] == HAN)]
    return between
