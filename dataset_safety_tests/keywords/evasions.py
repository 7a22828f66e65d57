"""Thirteen ways to hide a keyword, and the entries to which each applies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import groupby

from dataset_safety.keywords.scripts import count_spaced_letters, count_unspaced

LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"})
HOMOGLYPHS = str.maketrans({"a": "а", "e": "е", "o": "о", "c": "с", "i": "і"})


def _traditional() -> dict[int, str]:
    lines = files("dataset_safety.preprocessing").joinpath("data/traditional.txt").read_text(encoding="utf-8").splitlines()
    table: dict[int, str] = {}
    for line in lines:
        if not line.startswith("#"):
            table.setdefault(ord(line[1]), line[0])
    return table


TRADITIONAL = _traditional()


def _homophones() -> dict[str, str]:
    """Each Chinese character with the next one of its reading."""
    lines = files("dataset_safety.keywords").joinpath("data/readings.txt").read_text(encoding="utf-8").splitlines()
    groups = [line.split(" ")[1] for line in lines if not line.startswith("#")]
    return {one: other for group in groups for one, other in zip(group, group[1:] + group[:1], strict=True)}


HOMOPHONES = _homophones()


def _by_sound(word: str) -> str:
    return "".join(HOMOPHONES.get(c, c) if index % 2 else c for index, c in enumerate(word))


def _between(sign: str) -> Callable[[str], str]:
    return lambda word: sign.join(word)


def _wide(word: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word)


def _mixed(word: str) -> str:
    return "".join(c.upper() if index % 2 else c for index, c in enumerate(word))


def _repeated(word: str) -> str:
    runs = ["".join(group) for _, group in groupby(word)]
    middle = next((i for i, run in enumerate(runs) if run[0] in "aeiou"), len(runs) // 2)
    chosen = (i == middle and run[0].isascii() and run[0].isalpha() for i, run in enumerate(runs))
    return "".join(run + run[-1] * 3 if is_chosen else run for run, is_chosen in zip(runs, chosen, strict=True))


EVASIONS: dict[str, Callable[[str], str]] = {
    "full width": _wide,
    "zero width": _between("\u200b"),
    "spaces": _between(" "),
    "punctuation": _between("."),
    "traditional": lambda word: word.translate(TRADITIONAL),
    "mixed case": _mixed,
    "leetspeak": lambda word: word.translate(LEET),
    "homoglyph": lambda word: word.translate(HOMOGLYPHS),
    "line break": _between("\n"),
    "emoji": _between("🔥"),
    "entities": lambda word: "".join(f"&#{ord(c)};" for c in word),
    "repeated letters": _repeated,
    "homophone": _by_sound,
}
SPREAD = ("zero width", "spaces", "punctuation", "line break", "emoji", "entities")


def applies(name: str, parts: Sequence[str]) -> bool:
    """Whether the transformation changes the entry, and every part is long enough to be found when spread."""
    if all(EVASIONS[name](part) == part for part in parts):
        return False
    if name == "homophone":
        return len(parts) == 1 and len(parts[0]) >= 4 and all(c in HOMOPHONES for c in parts[0])
    letters = [count_spaced_letters(part) for part in parts]
    if name in ("leetspeak", "homoglyph", "repeated letters"):
        return all(count >= 4 for count in letters)
    if name in SPREAD:
        return all(count_unspaced(part) >= 3 or count_spaced_letters(part) >= 4 for part in parts)
    return True


def sentence(parts: Sequence[str], language: str) -> str:
    """A neutral sentence around the parts of an entry."""
    return f"昨天看到 {'，'.join(parts)} 这样的话。" if language == "zh" else f"Yesterday: {', '.join(parts)} on a page."
