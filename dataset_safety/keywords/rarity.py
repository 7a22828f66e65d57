"""How rare a part of a combination is in ordinary text; the rarest part is the one that is searched for.

``data/frequencies.txt`` holds log frequencies of common characters (Chinese) and words (English), counted once in
public neutral text. What is not in it is rare.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from dataset_safety.keywords.groups import is_group
from dataset_safety.keywords.scripts import is_unspaced

_UNSEEN_CHARACTER = -10.5
_UNSEEN_WORD = -11.0


@lru_cache(maxsize=1)
def _frequencies() -> dict[str, float]:
    lines = files("dataset_safety.keywords").joinpath("data/frequencies.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.rsplit("\t", 1) for line in lines if not line.startswith("#"))
    return {unit: float(value) for unit, value in pairs}


@lru_cache(maxsize=1 << 16)
def log_frequency(part: str) -> float:
    """Estimated logarithm of the frequency of ``part``; the lower the rarer.

    A longer phrase is as rare as the product of its words, read from left to right by the longest known word.
    """
    known = _frequencies()
    total, position = 0.0, 0
    chinese = "".join(character for character in part if is_unspaced(character))
    while position < len(chinese):
        size = next((size for size in (4, 3, 2) if chinese[position : position + size] in known), 1)
        size = min(size, len(chinese) - position)
        total += known.get(chinese[position : position + size], _UNSEEN_CHARACTER)
        position += size
    words = "".join(" " if is_unspaced(character) else character for character in part).split()
    return total + sum(known.get(word, _UNSEEN_WORD) for word in words)


def rarest(parts: Sequence[str]) -> int:
    """Index of the part of a combination to search for; never the name of a group."""
    searched = [index for index, part in enumerate(parts) if not is_group(part)]
    return min(searched, key=lambda index: (log_frequency(parts[index]), -len(parts[index]), index))
