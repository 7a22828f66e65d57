"""Folding: what every detector looks at instead of the original text (6.2 b).

One table of code points brings width, compatibility forms (NFKC), case and Traditional Chinese to one form.
It is strictly 1:1, so a span in the folded text is the same span in the original. Characters that nobody sees
(zero width, bidi controls, variation selectors) become ``INVISIBLE``; the keyword matcher drops that sign when it
looks for words that were spelled apart. Characters that expand under NFKC (``ﬁ``, ``㎏``) stay as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["FOLD_VERSION", "INVISIBLE", "TextBatch", "fold", "fold_table"]

FOLD_VERSION = f"fold-1/unicode-{unicodedata.unidata_version}"
INVISIBLE = "\u200b"
UNDETERMINED = "text:und"
REPLACEMENT = 0xFFFD

Points = NDArray[np.uint32]
Bounds = NDArray[np.int64]

# Only these ranges hold characters that NFKC or case folding changes to one other character (a test proves it).
_FOLDABLE = (
    (0x00, 0x3400), (0xA640, 0xAC00), (0xF900, 0x10000), (0x10400, 0x10600), (0x10780, 0x107C0), (0x10C80, 0x10D90),
    (0x118A0, 0x118E0), (0x16E40, 0x16EC0), (0x1CCD0, 0x1CD00), (0x1D400, 0x1D800), (0x1DF00, 0x1E100), (0x1E900, 0x1F300),
    (0x1FBF0, 0x1FC00), (0x2F800, 0x2FA20),
)  # fmt: skip
_INVISIBLE = (
    (0xAD, 0xAE), (0x34F, 0x350), (0x61C, 0x61D), (0x115F, 0x1161), (0x180B, 0x1810), (0x200B, 0x2010), (0x202A, 0x202F),
    (0x2060, 0x2070), (0x3164, 0x3165), (0xFE00, 0xFE10), (0xFEFF, 0xFF00), (0xFFA0, 0xFFA1), (0xFFF9, 0xFFFC),
    (0x1D173, 0x1D17B), (0xE0000, 0xE1000),
)  # fmt: skip


def _one_to_one(character: str) -> str:
    """NFKC and case folding of one character, as far as each result is one character."""
    for _ in range(4):
        before = character
        composed = unicodedata.normalize("NFKC", character)
        character = composed if len(composed) == 1 else character
        lowered = character.casefold()
        character = lowered if len(lowered) == 1 else character
        if character == before:
            break
    return character


def _traditional() -> Iterator[tuple[int, int]]:
    text = files("dataset_safety.preprocessing").joinpath("data/traditional.txt").read_text(encoding="utf-8")
    return ((ord(line[0]), ord(line[1])) for line in text.splitlines() if not line.startswith("#"))


@lru_cache(maxsize=1)
def fold_table() -> Points:
    """The table of all code points, built once in a process."""
    table = np.arange(0x110000, dtype=np.uint32)
    for first, last in _FOLDABLE:
        table[first:last] = [ord(_one_to_one(chr(point))) for point in range(first, last)]
    pairs = np.array(list(_traditional()), dtype=np.uint32)
    simplified = np.arange(0x110000, dtype=np.uint32)
    simplified[pairs[:, 0]] = pairs[:, 1]
    table = simplified[simplified[table]]
    table[0xD800:0xE000] = REPLACEMENT  # lone surrogates: legal in str, not in UTF-8
    for first, last in _INVISIBLE:
        table[first:last] = ord(INVISIBLE)
    table.setflags(write=False)
    return table


def fold(text: str) -> str:
    """One text folded; the same number of code points as ``text``."""
    return _decoded(fold_table()[_points(text)])


def _points(text: str) -> Points:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _decoded(points: Points) -> str:
    return points.tobytes().decode("utf-32-le")


class TextBatch:
    """Texts folded once, in every shape that a detector needs.

    ``texts`` are the originals, ``folded`` the folded texts (1:1), ``points`` the folded code points of all texts
    joined without separators, ``bounds`` their borders (text i is ``points[bounds[i]:bounds[i + 1]]``),
    ``data_types`` one data type a text, such as ``text:zh``.
    """

    __slots__ = ("__dict__", "bounds", "data_types", "points", "texts")

    def __init__(self, texts: list[str], points: Points, bounds: Bounds, data_types: list[str]) -> None:
        self.texts = texts
        self.points = points
        self.bounds = bounds
        self.data_types = data_types

    @classmethod
    def of(cls, texts: Sequence[str], data_types: Sequence[str] | None = None) -> TextBatch:
        """Fold ``texts``; without ``data_types`` the language of every text is undetermined."""
        originals = list(texts)
        types = [UNDETERMINED] * len(originals) if data_types is None else list(data_types)
        if len(types) != len(originals):
            raise ValueError(f"{len(originals)} texts, but {len(types)} data types")
        bounds = np.zeros(len(originals) + 1, dtype=np.int64)
        np.cumsum([len(text) for text in originals], out=bounds[1:])
        table = fold_table()
        points = np.empty(int(bounds[-1]), dtype=np.uint32)
        for first in range(0, len(originals), _BLOCK):  # blocks stay in the processor's cache
            last = min(first + _BLOCK, len(originals))
            block = _points("".join(originals[first:last]))
            np.take(table, block, out=points[bounds[first] : bounds[last]], mode="clip")
        return cls(originals, points, bounds, types)

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def folded(self) -> list[str]:
        """Folded texts; each has as many code points as its original."""
        made: list[str] = []
        bounds = self.bounds.tolist()
        for first in range(0, len(self.texts), _BLOCK):
            borders = bounds[first : min(first + _BLOCK, len(self.texts)) + 1]
            joined = _decoded(self.points[borders[0] : borders[-1]])
            made += [joined[start - borders[0] : end - borders[0]] for start, end in pairwise(borders)]
        return made

    @cached_property
    def column(self) -> pl.Series:
        """Folded texts as a polars column."""
        return pl.Series("folded", self.folded, dtype=pl.String)

    def points_of(self, row: int) -> Points:
        """Folded code points of one text."""
        return self.points[self.bounds[row] : self.bounds[row + 1]]


_BLOCK = 128
