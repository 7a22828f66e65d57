"""Skeletons: text with separators dropped, lookalike letters and leetspeak brought back, repeats collapsed.

Two different words may share a skeleton; it only proposes candidates.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dataset_safety.keywords.scripts import unspaced_ranges
from dataset_safety.preprocessing.folding import INVISIBLE, fold

# Letters of other scripts (folded) that look like a Latin letter.
LOOKALIKES = {
    "a": "аαɑ", "b": "вьβ", "c": "сϲ", "d": "ԁ", "e": "еєε", "f": "ғ", "g": "ɡ", "h": "һн", "i": "іιı", "j": "ј", "k": "кκ",
    "l": "ӏ", "m": "м", "n": "пηո", "o": "оοσօ", "p": "рρ", "q": "ԛ", "r": "гɾ", "s": "ѕ", "t": "тτ", "u": "υս", "v": "ѵν",
    "w": "ԝωш", "x": "хχ", "y": "уγү", "z": "ᴢ",
}  # fmt: skip
LEET_DIGITS = {"o": "0", "i": "1", "e": "3", "a": "4", "s": "5", "t": "7", "b": "8", "g": "69", "z": "2"}
LEET_SIGNS = {"a": "@", "s": "$", "i": "!|", "t": "+", "e": "€", "l": "|", "c": "¢"}
BORDER = "\x01"  # stands between texts whose skeletons are made in one go
_ENTITY = re.compile(r"&#(?:x[0-9a-f]{1,6}|[0-9]{1,7});?")


@lru_cache(maxsize=2)
def _table(signs: bool) -> NDArray[np.uint32]:
    """Code point to code point of the skeleton, 0 for what is dropped."""
    table = np.zeros(0x110000, dtype=np.uint32)
    for first, last in ((0x00, 0x3400), (0xA640, 0xAC00), (0xFB00, 0xFE00), (0x10000, 0x1F000)):
        kept = [point if unicodedata.category(chr(point))[0] in "LN" else 0 for point in range(first, last)]
        table[first:last] = kept
    for first, last in unspaced_ranges():
        table[first:last] = np.arange(first, last)
    table[0x3000:0x3005] = table[0x3008:0x3021] = 0
    maps = (LOOKALIKES, LEET_DIGITS, LEET_SIGNS) if signs else (LOOKALIKES, LEET_DIGITS)
    for mapping in maps:
        for letter, forms in mapping.items():
            table[[ord(form) for form in forms]] = ord(letter)
    table[[ord("l"), ord("|") if signs else ord("l"), ord("ӏ")]] = ord("i")
    table[ord(INVISIBLE)] = 0
    table[ord(BORDER)] = ord(BORDER)
    return table


def skeleton(text: str, *, signs: bool = False) -> str:
    """The skeleton of a folded text; ``signs`` reads signs such as @ and $ as letters instead of dropping them."""
    points = _table(signs)[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)]
    points = points[points > 0]
    if points.size > 1:
        repeats = (points[1:] == points[:-1]) & (points[1:] < 0x250) & (points[1:] != ord(BORDER))
        points = points[np.concatenate([[True], ~repeats])]
    return points.tobytes().decode("utf-32-le")


def decoded(text: str) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
    """Text with numeric character entities decoded and folded; start and end of each character in ``text``."""
    if "&#" not in text:
        starts = np.arange(len(text), dtype=np.int64)
        return text, starts, starts + 1
    pieces: list[str] = []
    begin: list[int] = []
    finish: list[int] = []
    last = 0
    for entity in [*_ENTITY.finditer(text), None]:
        until = len(text) if entity is None else entity.start()
        pieces.append(text[last:until])
        begin += range(last, until)
        finish += range(last + 1, until + 1)
        if entity is not None:
            character = fold(html.unescape(entity.group()))[:1] or INVISIBLE
            pieces.append(character)
            begin.append(entity.start())
            finish.append(entity.end())
            last = entity.end()
    return "".join(pieces), np.array(begin, dtype=np.int64), np.array(finish, dtype=np.int64)
