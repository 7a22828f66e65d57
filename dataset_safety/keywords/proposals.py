"""Terms that separate confirmed risk from cleared text: proposals for a person, never entries by themselves (B.1 c).

Terms are pieces of Chinese of two to six characters and English phrases of one to three words, counted once a text.
They are ranked by the log-odds of standing in a confirmed text against the neutral texts of the package and the cleared
ones; what the library finds already, what the lint refuses and what a longer term explains is left out. A term has to stand in
three confirmed texts of two sources, and nothing that looks like personal data (numbers, addresses) becomes one.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dataset_safety.keywords.entries import Entry, EntryEffect, entry_id, normalised, usual_match
from dataset_safety.keywords.impact import gold_sets
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.lint import Severity, entry_problems
from dataset_safety.store import audit
from dataset_safety.store.facade import Store

LEAST_CONFIRMED, LEAST_SOURCES = 3, 2
LONGEST_UNSPACED, LONGEST_WORDS = 6, 3
_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_WORDS = re.compile(r"[a-z][a-z']+(?: [a-z][a-z']+)*")
_ADDRESSES = re.compile(r"(?:https?://|www\.)[\x21-\x7e]+|[\w.%+-]*@[\w.@-]*|[!-~]*\d[!-~]*", re.ASCII)
_NUMERALS = re.compile(r"[〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖]{3,}")


@dataclass(frozen=True, slots=True)
class ConfirmedText:
    """A text that people confirmed as risk, and the source that it comes from."""

    text: str
    source: str


def of_file(texts: Iterable[str]) -> list[ConfirmedText]:
    """Confirmed texts of a file; it names no sources, so each text counts as one of its own."""
    return [ConfirmedText(text, f"text {number}") for number, text in enumerate(texts, 1)]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A term, the texts of each kind that hold it, and how strongly it separates them."""

    term: str
    confirmed: int
    cleared: int
    score: float


def propose(
    confirmed: Sequence[ConfirmedText], cleared: Sequence[str], library: Library, *, risk: str, language: str, most: int = 100
) -> list[Proposal]:
    """The terms that separate best, at most ``most``; the same text of several samples counts once."""
    neutral = [*dict.fromkeys(cleared), *(text for _, texts in gold_sets() for text in texts)]
    wanted = _common(confirmed, language)
    other = Counter(term for text in neutral for term in _terms(text, language) if term in wanted)
    size = len({one.text for one in confirmed})
    found = [Proposal(term, n, other[term], _score(n, size, other[term], len(neutral))) for term, n in wanted.items()]
    known = [entry.parts[0] for entry in library.active if len(entry.parts) == 1 and entry.language == language]
    fresh = _Known(known)
    clear = (p for p in found if p.score > 0 and p.cleared * 20 <= p.confirmed)
    ranked = sorted(clear, key=lambda p: (-p.score, -len(p.term), p.term))
    return list(_distinct((p for p in ranked if not fresh.covers(p.term) and _is_sound(p.term, risk, language)), most))


def draft_lines(found: Iterable[Proposal], author: str, remarks: Iterable[str] = ()) -> str:
    """A draft file for a person to edit: each term for review, with its counts in a comment above."""
    lines = [f"# author: {author}", "# default: @review", "# delete what you would not defend; combine what is too broad"]
    lines += [f"# {remark}" for remark in remarks]
    for one in found:
        lines += [f"# in {one.confirmed} confirmed and {one.cleared} cleared or neutral texts", one.term]
    return "\n".join(lines) + "\n"


def record(store: Store, risk: str, language: str, *, terms: int, remarks: Sequence[str]) -> None:
    """Write to the audit log that terms were proposed, and from how many texts of which kind."""
    with store.database.write() as connection:
        audit.append(connection, "keywords.propose", risk, language=language, terms=terms, mined=list(remarks))


class _Known:
    """Single keywords of the library, to see whether a term holds one already."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)

    def covers(self, term: str) -> bool:
        """Whether a piece of ``term`` is a keyword."""
        return any(term[i:j] in self._words for i in range(len(term)) for j in range(i + 2, len(term) + 1))


def _common(confirmed: Sequence[ConfirmedText], language: str) -> dict[str, int]:
    """Terms that stand in enough confirmed texts of enough sources: in how many texts."""
    texts: Counter[str] = Counter()
    sources: defaultdict[str, set[str]] = defaultdict(set)
    found = {one.text: _terms(one.text, language) for one in confirmed}
    for terms in found.values():
        texts.update(terms)
    for one in confirmed:
        for term in found[one.text]:
            if texts[term] >= LEAST_CONFIRMED and len(sources[term]) < LEAST_SOURCES:
                sources[term].add(one.source)
    return {term: texts[term] for term, named in sources.items() if len(named) >= LEAST_SOURCES}


def _terms(text: str, language: str) -> set[str]:
    folded = _ADDRESSES.sub("\n", normalised(text))
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
    if _NUMERALS.search(term):
        return False  # a number in Chinese figures
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
