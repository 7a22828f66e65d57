"""Which writing a character belongs to, as far as keyword matching cares (word boundaries, least length)."""

from __future__ import annotations

from bisect import bisect_right

# Scripts that write words without spaces between them: Thai to Burmese, Khmer, CJK with kana, Hangul.
_UNSPACED = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x2E80, 0x3000), (0x3005, 0x3008), (0x3040, 0x3130),
    (0x31F0, 0x3200), (0x3400, 0xA000), (0xAC00, 0xD7B0), (0xF900, 0xFB00), (0x20000, 0x32000),
)  # fmt: skip


def unspaced_ranges() -> tuple[tuple[int, int], ...]:
    """Code point ranges (end exclusive) of scripts without spaces between words."""
    return _UNSPACED


_BORDERS = [border for pair in _UNSPACED for border in pair]


def is_unspaced(character: str) -> bool:
    """Whether the character belongs to a script that puts no spaces between words."""
    return bisect_right(_BORDERS, ord(character)) % 2 == 1


def is_spaced_letter(character: str) -> bool:
    """Whether the character is part of a word that spaces delimit (Latin, Cyrillic, Greek, Arabic, digits)."""
    return character.isalnum() and not is_unspaced(character)


def count_unspaced(text: str) -> int:
    """Characters of scripts without spaces, such as Chinese."""
    return sum(map(is_unspaced, text))


def count_spaced_letters(text: str) -> int:
    """Letters and digits of scripts with spaces, such as Latin."""
    return sum(map(is_spaced_letter, text))
