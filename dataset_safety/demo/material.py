"""The material that the demo corpus is made of: harmless bilingual sentences with slots, and risk texts to plant.

Both are files beside this module, written by hand. Sentences are combined by seeded choice, so texts differ.
"""

from __future__ import annotations

import csv
import random
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
LANGUAGES = ("zh", "en")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(slots=True)
class Topic:
    """Questions and statements of one field of everyday knowledge."""

    questions: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RiskText:
    """One text to plant; a finding of any of ``risks`` counts as found."""

    risks: tuple[str, ...]
    language: str
    text: str


@cache
def topics(language: str) -> tuple[dict[str, list[str]], dict[str, Topic]]:
    """Slots and topics of the filler of one language."""
    slots: dict[str, list[str]] = {}
    found: dict[str, Topic] = {}
    topic = Topic()
    for line in (DATA / f"filler.{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            topic = found.setdefault(line[3:].strip(), Topic())
        elif line.startswith("@"):
            name, _, words = line[1:].partition("=")
            slots[name.strip()] = words.strip().split("|")
        elif line.startswith("? "):
            topic.questions.append(line[2:])
        elif line and not line.startswith("#"):
            topic.sentences.append(line)
    return slots, found


@cache
def risk_texts() -> tuple[RiskText, ...]:
    """All texts to plant."""
    with (DATA / "risks.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(RiskText(tuple(row["risks"].split("|")), row["language"], row["text"]) for row in rows)


class Composer:
    """Makes filler of one language; it never makes the same text twice."""

    def __init__(self, language: str, choice: random.Random) -> None:
        self.language = language
        self._choice = choice
        self._slots, self._topics = topics(language)
        self._names = sorted(self._topics)
        self._made: set[str] = set()
        self._space = "" if language == "zh" else " "

    def text(self, least: int = 4, most: int = 9, *, topic: str | None = None, breaks: bool = True) -> str:
        """A short text of one topic, in paragraphs of three sentences unless it has to stay on one line."""
        while True:
            name = topic or self._choice.choice(self._names)
            sentences = self._topics[name].sentences
            chosen = self._choice.sample(sentences, self._choice.randint(least, most))
            filled = [self._filled(sentence) for sentence in chosen]
            paragraphs = [self._space.join(filled[start : start + 3]) for start in range(0, len(filled), 3)]
            made = ("\n" if breaks else self._space).join(paragraphs)
            if made not in self._made:
                self._made.add(made)
                return made

    def question(self) -> tuple[str, str]:
        """A topic and a question about it."""
        name = self._choice.choice(self._names)
        return name, self._filled(self._choice.choice(self._topics[name].questions))

    def around(self, text: str) -> str:
        """The text as it is, or between sentences of filler, as often as not."""
        before, after = self._choice.choice(((0, 0), (0, 0), (1, 0), (0, 2), (1, 1)))
        parts = [self.sentence() for _ in range(before)] + [text] + [self.sentence() for _ in range(after)]
        return self.joined(*parts)

    def joined(self, *parts: str) -> str:
        """Sentences one after another, as the language writes them."""
        return self._space.join(parts)

    def sentence(self) -> str:
        """One sentence."""
        return self._filled(self._choice.choice(self._topics[self._choice.choice(self._names)].sentences))

    def _filled(self, sentence: str) -> str:
        filled = _SLOT.sub(lambda slot: self._choice.choice(self._slots[slot[1]]), sentence)
        return filled[:1].upper() + filled[1:]
