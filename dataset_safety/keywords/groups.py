"""Groups of words that a combination may name as ``%region`` or ``%forge`` instead of listing their members.

One entry ``%region + …`` stands for one derogatory idea, whoever it is said about, and ``%forge + …`` for one act, whatever
verb it is said by; neither is multiplied into one entry for each word, and a group never stands alone.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.resources import files

from dataset_safety.keywords.scripts import is_spaced_letter

MARK = "%"


def is_group(part: str) -> bool:
    """Whether a part of a combination is the name of a group."""
    return part.startswith(MARK)


def _source() -> bytes:
    return files("dataset_safety.keywords").joinpath("data/groups.txt").read_bytes()


@lru_cache(maxsize=1)
def groups_version() -> str:
    """Changes with the words of the groups; a part of the version of every scan."""
    return hashlib.sha256(_source()).hexdigest()[:8]


@lru_cache(maxsize=1)
def group_names() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """Patterns of the names of each group, in scripts without and with spaces, by its own name with the mark."""
    return {name: (_pattern(found, spaced=False), _pattern(found, spaced=True)) for name, found in _members().items()}


@lru_cache(maxsize=1)
def _members() -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    current: list[str] = []
    for line in _source().decode().splitlines():
        if line.startswith("## "):
            current = words.setdefault(MARK + line[3:].strip(), [])
        elif not line.startswith("#"):
            current += [word.replace("_", " ") for word in line.split()]
    return words


@lru_cache(maxsize=256)
def longest(part: str) -> int:
    """Characters of a part, of the longest name where it is a group."""
    return max(map(len, _members()[part])) if is_group(part) else len(part)


def _pattern(members: list[str], *, spaced: bool) -> re.Pattern[str]:
    """Alternatives, longest first; names in scripts with spaces are whole words."""
    kept = sorted({word for word in members if is_spaced_letter(word[0]) == spaced}, key=lambda word: (-len(word), word))
    body = "|".join(map(re.escape, kept)) or "(?!)"
    return re.compile(rf"(?<![a-z])(?:{body})(?![a-z])" if spaced else body)


def group_spans(part: str, text: str, first: int, last: int, *, spaced: bool) -> list[tuple[int, int]]:
    """Where names of the group stand in ``text[first:last]``; ``spaced`` looks at names of Latin script too."""
    plain, words = group_names()[part]
    spans = [found.span() for found in plain.finditer(text, first, last)]
    if spaced:  # one letter further, for a word that ends at ``last`` may go on there
        spans += [found.span() for found in words.finditer(text, first, last + 1) if found.end() <= last]
    return spans
