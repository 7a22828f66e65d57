"""Showing that a word stands in a text in disguise: a strict pattern for the word, and what it matched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from dataset_safety.keywords.entries import MatchMode
from dataset_safety.keywords.scripts import count_spaced_letters, count_unspaced, is_spaced_letter
from dataset_safety.keywords.skeletons import LEET_DIGITS, LEET_SIGNS, LOOKALIKES
from dataset_safety.preprocessing.folding import INVISIBLE

_HEXADECIMAL = re.compile(r"[0-9a-f]+")  # parts of digests and UUIDs
_GAP = r"[\W_]{0,6}?"
_WRAP = re.compile(r"[ \t\r]*\n[ \t\r]*")
_SPACED_WORDS = re.compile(r"[\s_*-]{1,4}")
LEAST_UNSPACED = 3
LEAST_LETTERS = 4
LEAST_WRAPPED = 4


@dataclass(frozen=True, slots=True)
class Disguised:
    """One occurrence of a word: ``gaps`` between its characters, how many of them hold separators, what else is odd."""

    start: int
    end: int
    gaps: int
    apart: int
    is_wrapped: bool
    is_latin: bool
    disguise: str
    separator: str = ""


def is_long_enough(word: str) -> bool:
    """Words shorter than this are only looked for as they stand."""
    return count_unspaced(word) >= LEAST_UNSPACED or count_spaced_letters(word) >= LEAST_LETTERS


@lru_cache(maxsize=4096)
def _pattern(word: str) -> tuple[re.Pattern[str], tuple[str, ...], tuple[bool, ...]]:
    """Pattern with a group for each character and each gap; the characters; whether a space belongs into each gap."""
    characters = tuple(character for character in word if character != " ")
    spaced = [False] * (len(characters) - 1)
    index = -1
    for character in word:
        if character == " ":
            spaced[index] = True
        else:
            index += 1
    source = f"({_GAP})".join(f"({_forms(character)})" for character in characters)
    return re.compile(source), characters, tuple(spaced)


def _forms(character: str) -> str:
    if not ("a" <= character <= "z"):
        return re.escape(character)
    forms = "".join(table.get(character, "") for table in (LOOKALIKES, LEET_DIGITS, LEET_SIGNS))
    forms += "1" if character == "l" else ""
    one = f"[{re.escape(character + forms)}]"
    return f"{one}(?:{re.escape(character)}{{2,}})?"


def disguised_spans(text: str, word: str, match: MatchMode) -> list[Disguised]:
    """Occurrences of ``word`` in ``text``, disguised or not, each with what speaks for a disguise."""
    pattern, characters, spaced = _pattern(word)
    spans = (_judged(found, characters, spaced) for found in pattern.finditer(text))
    return [span for span in spans if span is not None and _bordered(text, span, match)]


def _bordered(text: str, span: Disguised, match: MatchMode) -> bool:
    if match is MatchMode.SUBSTRING:
        return True
    before = span.start > 0 and is_spaced_letter(text[span.start]) and is_spaced_letter(text[span.start - 1])
    after = span.end < len(text) and is_spaced_letter(text[span.end - 1]) and is_spaced_letter(text[span.end])
    return not before and not after and not (span.is_latin and span.separator and _inside_spread_word(text, span))


def _inside_spread_word(text: str, span: Disguised) -> bool:
    """Whether letters spelled apart in the same way go on before or after the occurrence."""
    size = len(span.separator)
    after, before = text[span.end : span.end + 2 * size + 1], text[max(0, span.start - 2 * size - 1) : span.start]
    return any(
        len(piece) == 2 * size + 1 and piece[:size] == piece[size + 1 :] == span.separator and is_spaced_letter(piece[size])
        for piece in (after, before)
    )


def _judged(found: re.Match[str], characters: tuple[str, ...], spaced: tuple[bool, ...]) -> Disguised | None:
    groups = found.groups()
    written, gaps = groups[::2], groups[1::2]
    inner = [gap for gap, is_space in zip(gaps, spaced, strict=True) if not is_space]
    between_words = [gap for gap, is_space in zip(gaps, spaced, strict=True) if is_space]
    apart = [gap for gap in inner if gap.strip(INVISIBLE)]
    if not apart and not all(_SPACED_WORDS.fullmatch(gap.replace(INVISIBLE, "") or " ") for gap in between_words):
        return None
    if not apart and any(not gap for gap in between_words):
        return None
    replaced = sum(form[0] != character for form, character in zip(written, characters, strict=True))
    if replaced and not (_is_believable(characters, replaced) and not _HEXADECIMAL.fullmatch(found.group())):
        return None
    repeated = any(len(form) > 2 for form in written)
    hidden = any(INVISIBLE in gap for gap in gaps)
    reasons = ((hidden, "with invisible characters"), (replaced, "with replaced letters"), (repeated, "with repeated letters"))
    disguise = next((reason for holds, reason in reasons if holds), "")
    wrapped = bool(apart) and len(apart) == 1 and len(characters) >= LEAST_WRAPPED and _WRAP.fullmatch(apart[0]) is not None
    hidden_gaps = apart or [gap for gap in inner if gap]
    is_latin = count_spaced_letters("".join(characters)) * 2 > len(characters)
    if is_latin and apart and max(map(len, apart)) - min(map(len, apart)) > 1:
        return None
    separator = max(hidden_gaps, key=hidden_gaps.count) if hidden_gaps else ""
    return Disguised(found.start(), found.end(), len(inner), len(apart), wrapped and not is_latin, is_latin, disguise, separator)


def _is_believable(characters: tuple[str, ...], replaced: int) -> bool:
    """At least a third of the letters must stand as they are: digits alone are no word."""
    return len(characters) >= LEAST_LETTERS and 3 * (len(characters) - replaced) >= len(characters)
