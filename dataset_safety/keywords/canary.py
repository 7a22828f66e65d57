"""The gate of a candidate generation (B.1 c): lint, floors, gold sets, and a canary on a sample of the corpus.

Shares are compared as integers. Every limit that is broken is named; one is enough to refuse. A floor of B.1 that
the active generation misses already is shown, and refuses only a candidate that makes it worse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataset_safety.keywords.entries import EntryEffect
from dataset_safety.keywords.errors import CandidateRefused
from dataset_safety.keywords.impact import TEXTS_AT_ONCE, gold_sets, measure_impact
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.lint import Severity, problems_of
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.keywords.settings import CanaryLimits
from dataset_safety.keywords.stored import Difference, difference
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.standard import load_edition

SHARE = 10_000
LEAST_SOURCE = 100


@dataclass(frozen=True, slots=True)
class Document:
    """One text of the sample, with the source that it came from."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate saw: reasons to refuse, and counts for people and for the signed statement."""

    refusals: tuple[str, ...]
    facts: Mapping[str, Any]

    def insist(self) -> None:
        """Refuse a candidate that breaks a limit."""
        if self.refusals:
            message = f"the candidate is refused: {'; '.join(self.refusals)}."
            hint = "take the named entries out or make them combinations, then run `dataset-safety keywords refresh` again."
            raise CandidateRefused(message, hint=hint, reasons=self.refusals)


def examine(old: Library, new: Library, sample: Sequence[Document], limits: CanaryLimits, *, homophones: bool = False) -> Gate:
    """All tests of the gate; nothing is changed."""
    changes = difference(old, new)
    if not new.active or not changes.changes:
        return Gate(("it holds no entries" if not new.active else "it changes nothing",), {"added": 0, "withdrawn": 0})
    before, after = (KeywordDetector(library, homophones=homophones) for library in (old, new))
    gold, gold_reasons = _gold(before, after, limits)
    canary, canary_reasons = _canary(before, after, changes, sample, limits)
    reasons = (*_lint_reasons(old, new, changes), *_floor_reasons(old, new), *gold_reasons, *canary_reasons)
    facts = {"added": len(changes.added), "withdrawn": len(changes.withdrawn), "gold": gold, "canary": canary}
    return Gate(reasons, facts)


def _lint_reasons(old: Library, new: Library, changes: Difference) -> Iterator[str]:
    errors = [problem for problem in problems_of(changes.added, new.active) if problem.severity is Severity.ERROR]
    known = {(problem.entry.id, problem.rule) for problem in problems_of((), old.active)} if errors else set()
    found = [problem for problem in errors if (problem.entry.id, problem.rule) not in known]
    for problem in found[:10]:
        yield f"lint refuses entry {problem.entry.id} ({problem.rule})"
    if len(found) > 10:
        yield f"lint refuses {len(found) - 10} more entries"


def _floor_reasons(old: Library, new: Library) -> Iterator[str]:
    edition, before, after = load_edition(), old.stats(), new.stats()
    floors = {risk.id: risk.keyword_min for risk in edition.risks if risk.keyword_min}
    for risk, least in floors.items():
        n = after["by_risk"].get(risk, 0)
        if n < least and n < before["by_risk"].get(risk, 0):
            yield f"{risk} falls to {n} keywords, below its floor of {least}"
    least = edition.thresholds.keyword_total_min
    if after["total"] < least and after["total"] < before["total"]:
        yield f"the total falls to {after['total']} keywords, below {least}"


def _gold(before: KeywordDetector, after: KeywordDetector, limits: CanaryLimits) -> tuple[dict[str, int], list[str]]:
    texts = [text for _, group in gold_sets() for text in group]
    old, new = (measure_impact(detector, "gold", texts) for detector in (before, after))
    facts = {"texts": len(texts), "rejected": new.rejected, "held": new.held, "held_before": old.held}
    reasons = []
    if new.rejected > old.rejected:
        reasons.append(f"{new.rejected} neutral texts are rejected")
    if not new.is_within() and new.blocked > old.blocked:
        reasons.append(f"{new.held} of {len(texts)} neutral texts are held, more than 0.5 %")
    if SHARE * (new.blocked - old.blocked) > limits.neutral_drop * len(texts):
        reasons.append(f"{new.blocked - old.blocked} of {len(texts)} neutral texts pass no longer")
    return facts, reasons


def _canary(
    before: KeywordDetector, after: KeywordDetector, changes: Difference, sample: Sequence[Document], limits: CanaryLimits
) -> tuple[dict[str, Any], list[str]]:
    old, new = _outcomes(before, sample), _outcomes(after, sample)
    added = {entry.id for entry in changes.added}
    hits: Counter[str] = Counter()
    by_source: Counter[tuple[str, str]] = Counter()
    for row, found in new.entries.items():
        ours = found & added
        hits.update(ours)
        by_source.update((entry, sample[row].source) for entry in ours)
    newly, freed = len(new.blocked - old.blocked), len(old.blocked - new.blocked)
    facts: dict[str, Any] = {
        "documents": len(sample), "blocked_before": len(old.blocked), "blocked": len(new.blocked),
        "rejected_before": len(old.rejected), "rejected": len(new.rejected), "newly_blocked": newly, "freed": freed,
        "most_hits": dict(hits.most_common(10)),
    }  # fmt: skip
    reasons = [
        f"entry {entry} hits {n} of {len(sample)} documents"
        for entry, n in hits.most_common()
        if _over(n, len(sample), limits.entry_hits, limits)
    ]
    sizes = Counter(document.source for document in sample)
    reasons += [
        f"entry {entry} hits {n} of {sizes[source]} documents of source {source}"
        for (entry, source), n in by_source.most_common()
        if source and sizes[source] >= LEAST_SOURCE and _over(n, sizes[source], limits.entry_hits_of_source, limits)
    ]
    if _over(newly, len(sample), limits.newly_blocked, limits):
        reasons.append(f"{newly} of {len(sample)} documents would be newly blocked")
    return facts, reasons[:20]


def _over(n: int, size: int, share: int, limits: CanaryLimits) -> bool:
    return n >= limits.least_hits and SHARE * n > share * size


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """Rows that a library blocks or rejects, and the entries that hit each row."""

    blocked: set[int]
    rejected: set[int]
    entries: dict[int, set[str]]


def _outcomes(detector: KeywordDetector, sample: Sequence[Document]) -> _Outcomes:
    found = _Outcomes(set(), set(), {})
    for first in range(0, len(sample), TEXTS_AT_ONCE):
        batch = TextBatch.of([document.text for document in sample[first : first + TEXTS_AT_ONCE]])
        for row, hits in detector.hits(batch).items():
            found.blocked.add(first + row)
            found.entries[first + row] = {hit.entry.id for hit in hits}
            if any(hit.entry.effect is EntryEffect.REJECT for hit in hits):
                found.rejected.add(first + row)
    return found
