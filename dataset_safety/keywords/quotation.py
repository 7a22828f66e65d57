"""Mention is not use: what a text quotes and keeps its distance from is not its own word (design 1, counter-speech).

A hit in or at quotation marks does not count when the text says near by that it reports or rejects the quoted words,
or when the quotation is a small part of a longer text; without quotation marks two such words are needed. Entries of
effect ``reject`` are never excused this way.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from importlib.resources import files

import numpy as np

from dataset_safety.keywords.entries import normalised
from dataset_safety.keywords.scripts import is_spaced_letter
from dataset_safety.keywords.skeletons import decoded

REACH = 80
LONGEST_QUOTE = 80
LONGER_TEXT = 60
TIMES_LONGER = 3
CUES_WITHOUT_QUOTES = 2
_SINGLE_SPACE = re.compile(r"(?<! ) (?! )|(?<=  ) | (?=  )")
_PAIRS = (("“", "”"), ("「", "」"), ("『", "』"), ("‘", "’"), ('"', '"'))
_QUOTES = '“”「」『』‘’"'


@lru_cache(maxsize=1)
def _distancing() -> re.Pattern[str]:
    lines = files("dataset_safety.keywords").joinpath("data/distancing.txt").read_text(encoding="utf-8").splitlines()
    words = [normalised(line) for line in lines if line and not line.startswith("#")]
    return re.compile("|".join(rf"\b{re.escape(word)}\b" if is_spaced_letter(word[0]) else re.escape(word) for word in words))


def is_mentioned(text: str, start: int, end: int) -> bool:
    """Whether the hit is quoted by a text that keeps its distance; ``text`` is folded."""
    quote = _quote_around(text, start, start + 1) or _quote_around(text, end - 1, end)
    if quote is None:
        around = text[max(0, start - REACH) : start], text[end : end + REACH]
        return len({cue for side in around for cue in _distancing().findall(side)}) >= CUES_WITHOUT_QUOTES
    length = quote[1] - quote[0]
    if len(text) - length >= max(LONGER_TEXT, TIMES_LONGER * length):
        return True
    before, after = text[max(0, quote[0] - REACH) : quote[0]], text[quote[1] : quote[1] + REACH]
    return _distancing().search(before) is not None or _distancing().search(after) is not None


def reassembled(text: str, start: int, end: int) -> tuple[str, int, int]:
    """A text that was spelled apart as a whole, put together again as far as quotations go; the span moves along.

    Entities are decoded, and the separator that stands most often is dropped where it makes up a quarter of the text.
    """
    plain, starts, _ = decoded(text)
    start, end = int(np.searchsorted(starts, start)), int(np.searchsorted(starts, end))
    counts = Counter(character for character in plain if not character.isalnum() and character not in _QUOTES)
    if not counts or 4 * counts.most_common(1)[0][1] < len(plain):
        return plain, start, end
    separator = counts.most_common(1)[0][0]
    if separator == " ":
        return _without_single_spaces(plain, start, end)
    dropped = [plain.count(separator, 0, position) for position in (start, end)]
    return plain.replace(separator, ""), start - dropped[0], end - dropped[1]


def _without_single_spaces(text: str, start: int, end: int) -> tuple[str, int, int]:
    """Spaces between letters go; a run of three stands for a space that was there before."""
    pieces = [_SINGLE_SPACE.sub("", piece) for piece in (text[:start], text[start:end], text[end:])]
    return "".join(pieces), len(pieces[0]), len(pieces[0]) + len(pieces[1])


def _quote_around(text: str, start: int, end: int) -> tuple[int, int] | None:
    for opening, closing in _PAIRS:
        begin = text.rfind(opening, max(0, start - LONGEST_QUOTE), start)
        if begin < 0 or (opening != closing and closing in text[begin + 1 : start]):
            continue
        finish = text.find(closing, end, end + LONGEST_QUOTE)
        if finish < 0 or (opening == closing and text.count(opening, 0, begin) % 2):
            continue
        return begin, finish + 1
    return None
