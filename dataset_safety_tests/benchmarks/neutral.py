"""Text and a neutral library that the project makes itself, for benchmarks."""

from __future__ import annotations

import math
import random
import re
from functools import lru_cache
from importlib.resources import files

import ahocorasick
import rjieba

from dataset_safety.keywords.automaton import WordFinder
from dataset_safety.keywords.entries import Entry, EntryEffect, entry_id, usual_match
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.preprocessing.folding import fold
from dataset_safety_tests.keywords.bundled import bundled_library

_SENTENCE = re.compile(r"(?<=[。！？!?.])\s*")
MEAN_BYTES = 1900
POOL = 30_000


def _sentences(language: str) -> list[str]:
    folder = files("dataset_safety.keywords").joinpath("gold")
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(f".{language}.txt"))
    text = "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)
    return [part for line in text.splitlines() for part in _SENTENCE.split(line) if part]


def _made_sentences(language: str, count: int, rng: random.Random) -> list[str]:
    """Sentences of words drawn by their frequency in ordinary text; they bring the many different words that texts have."""
    lines = files("dataset_safety.keywords").joinpath("data/frequencies.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    words = [word for word, _ in pairs if word.isascii() == (language == "en")]
    weights = [math.exp(float(value)) for word, value in pairs if word.isascii() == (language == "en")]
    joint, comma, stop = ("", "，", "。") if language == "zh" else (" ", ", ", ". ")
    clauses = (joint.join(rng.choices(words, weights, k=rng.randint(4, 9))) for _ in range(2 * count))
    return [f"{first}{comma}{second}{stop}" for first, second in zip(clauses, clauses, strict=True)]


@lru_cache(maxsize=1)
def _pools() -> dict[bool, tuple[list[str], list[str]]]:
    """Sentences to draw from, by whether they are Chinese: calm ones of the benign texts, and made ones."""
    rng = random.Random(7)
    finder = WordFinder(KeywordDetector(bundled_library(), evasion=False).searched_words)
    pools: dict[bool, tuple[list[str], list[str]]] = {}
    for language in ("zh", "en"):
        sentences = _sentences(language)
        calm = [text for text in sentences if not finder.positions(fold(text))]
        pools[language == "zh"] = (calm, _made_sentences(language, POOL, rng))
    return pools


def documents(count: int, seed: int = 3, chinese: float = 0.8) -> list[str]:
    """Documents of mean 1.9 kB, log-normal in length; a fifth of their sentences is from the project's benign texts.

    Those texts are full of risky words on purpose, so only sentences that pass the gate of the bundled library are taken.
    """
    rng = random.Random(seed)
    pools = _pools()
    made = []
    for _ in range(count):
        is_chinese, size = rng.random() < chinese, min(8000, max(400, rng.lognormvariate(7.4, 0.6)))
        parts: list[str] = []
        while size > 0:
            parts.append(rng.choice(pools[is_chinese][rng.random() < 0.8]))
            size -= len(parts[-1].encode())
        made.append("".join(parts) if is_chinese else " ".join(parts))
    return made


def library(count: int, texts: list[str], *, hit_share: float = 0.03, seed: int = 5) -> Library:
    """Neutral entries: pairs of ordinary words that stand in none of ``texts``, and a few that stand in some."""
    rng = random.Random(seed)
    cut = (word for line in _sentences("zh") for word in rjieba.cut(fold(line), False))
    chinese = sorted({word for word in cut if len(word) > 1 and word.isalpha()})
    english = sorted({word for line in _sentences("en") for word in re.findall(r"[a-z]{4,}", fold(line))})
    folded = [fold(text) for text in texts]
    wanted: dict[str, str] = {}
    while len(wanted) < 3 * count:
        words, joint, language = (chinese, "", "zh") if rng.random() < 0.65 else (english, " ", "en")
        wanted[joint.join(rng.sample(words, 2))] = language
    present = _rows_with(wanted, folded)
    absent = [word for word in wanted if word not in present][: count - 20]
    rows: set[int] = set()
    for word in present:
        if len(rows | present[word]) <= hit_share * len(texts):
            rows |= present[word]
            absent.append(word)
    return Library.of(_entry(word, wanted[word]) for word in absent[:count])


def _rows_with(words: dict[str, str], texts: list[str]) -> dict[str, set[int]]:
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    rows: dict[str, set[int]] = {}
    for row, text in enumerate(texts):
        for _, word in automaton.iter(text):
            rows.setdefault(word, set()).add(row)
    return rows


def _entry(word: str, language: str) -> Entry:
    return Entry(
        entry_id("A.3.e", language, (word,)), (word,), ("A.3.e",), language, usual_match((word,)), EntryEffect.REVIEW,
        topic="neutral", provenance="made for a benchmark", author="benchmark", added="2026-11-23",
    )  # fmt: skip
