"""Terms that separate confirmed risk from cleared text: proposals for a person, never entries by themselves (B.1 c).

Terms are pieces of Chinese of two to six characters and English phrases of one to three words, counted once a text.
They are ranked by the log-odds of standing in a confirmed text against the neutral texts of the package and the cleared
ones; what the library finds already, what the lint refuses and what a longer term explains is left out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dataset_safety.keywords.entries import Entry, EntryEffect, entry_id, normalised, usual_match
from dataset_safety.keywords.impact import gold_sets
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.lint import Severity, entry_problems

LEAST_CONFIRMED = 3
LONGEST_UNSPACED, LONGEST_WORDS = 6, 3
_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_WORDS = re.compile(r"[a-z][a-z']+(?: [a-z][a-z']+)*")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A term, the texts of each kind that hold it, and how strongly it separates them."""

    term: str
    confirmed: int
    cleared: int
    score: float


def propose(
    confirmed: Sequence[str], cleared: Sequence[str], library: Library, *, risk: str, language: str, most: int = 100
) -> list[Proposal]:
    """The terms that separate best, at most ``most``."""
    neutral = [*cleared, *(text for _, texts in gold_sets() for text in texts)]
    wanted = {term: n for term, n in _counts(confirmed, language).items() if n >= LEAST_CONFIRMED}
    other = Counter(term for text in neutral for term in _terms(text, language) if term in wanted)
    found = [Proposal(term, n, other[term], _score(n, len(confirmed), other[term], len(neutral))) for term, n in wanted.items()]
    known = [entry.parts[0] for entry in library.active if len(entry.parts) == 1 and entry.language == language]
    fresh = _Known(known)
    clear = (p for p in found if p.score > 0 and p.cleared * 20 <= p.confirmed)
    ranked = sorted(clear, key=lambda p: (-p.score, -len(p.term), p.term))
    return list(_distinct((p for p in ranked if not fresh.covers(p.term) and _is_sound(p.term, risk, language)), most))


def draft_lines(found: Iterable[Proposal], author: str) -> str:
    """A draft file for a person to edit: each term for review, with its counts in a comment above."""
    lines = [f"# author: {author}", "# default: @review", "# delete what you would not defend; combine what is too broad"]
    for one in found:
        lines += [f"# in {one.confirmed} confirmed and {one.cleared} cleared or neutral texts", one.term]
    return "\n".join(lines) + "\n"


class _Known:
    """Single keywords of the library, to see whether a term holds one already."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)

    def covers(self, term: str) -> bool:
        """Whether a piece of ``term`` is a keyword."""
        return any(term[i:j] in self._words for i in range(len(term)) for j in range(i + 2, len(term) + 1))


def _counts(texts: Sequence[str], language: str) -> Counter[str]:
    return Counter(term for text in texts for term in _terms(text, language))


def _terms(text: str, language: str) -> set[str]:
    folded = normalised(text)
    return set(_pieces(folded) if language == "zh" else _phrases(folded))


def _pieces(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        for size in range(2, LONGEST_UNSPACED + 1):
            yield from (run[start : start + size] for start in range(len(run) - size + 1))


def _phrases(text: str) -> Iterator[str]:
    for run in _WORDS.findall(text):
        words = run.split(" ")
        for size in range(1, LONGEST_WORDS + 1):
            yield from (" ".join(words[start : start + size]) for start in range(len(words) - size + 1))


def _score(here: int, size: int, there: int, others: int) -> float:
    """Log-odds ratio with a half added to every count, less its standard error: rare terms must be clearer."""
    a, b, c, d = here + 0.5, size - here + 0.5, there + 0.5, others - there + 0.5
    return math.log(a * d / (b * c)) - 1.64 * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def _is_sound(term: str, risk: str, language: str) -> bool:
    parts = (term,)
    entry = Entry(entry_id(risk, language, parts), parts, (risk,), language, usual_match(parts), EntryEffect.REVIEW)
    return not any(problem.severity is Severity.ERROR for problem in entry_problems(entry))


def _distinct(ranked: Iterable[Proposal], most: int) -> Iterator[Proposal]:
    """Of terms that hold each other, the one that separates best."""
    kept: list[str] = []
    for one in ranked:
        if len(kept) == most:
            return
        if not any(one.term in term or term in one.term for term in kept):
            kept.append(one.term)
            yield one
