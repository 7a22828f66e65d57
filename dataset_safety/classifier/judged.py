"""Judgements of people as training examples (B.2), with guards.

A confirmed finding is a violation, a rejected one a hard contrast. Random draws measure and are never trained on; under A.1.a to
A.1.c two people must agree; no reviewer and no source may stand for the whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from dataset_safety.classifier.examples import Example
from dataset_safety.standard import load_edition

__all__ = ["JudgedFinding", "judged_examples"]

TWO_PEOPLE = frozenset({"A.1.a", "A.1.b", "A.1.c"})
MOST_OF_A_REVIEWER = 0.5
MOST_OF_A_SOURCE = 200
FREE = 20
"""So many judgements of one reviewer need no balance."""


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """One person's answer about one finding; ``random_draw`` when chance alone had chosen the sample."""

    sample_id: str
    source_id: str
    text: str
    risk: str
    confirmed: bool
    reviewer: str
    random_draw: bool = False


def judged_examples(findings: Iterable[JudgedFinding]) -> list[Example]:
    """Examples that may be trained on, ordered by sample and risk; what people disagree about is left out."""
    by_case: defaultdict[tuple[str, str], list[JudgedFinding]] = defaultdict(list)
    for finding in findings:
        if not finding.random_draw:
            by_case[finding.sample_id, finding.risk].append(finding)
    agreed = [answers for _, answers in sorted(by_case.items()) if _agree(answers)]
    return [_example(answers[0]) for answers in _balanced(agreed)]


def _agree(answers: list[JudgedFinding]) -> bool:
    people = {answer.reviewer for answer in answers}
    return len({answer.confirmed for answer in answers}) == 1 and (answers[0].risk not in TWO_PEOPLE or len(people) > 1)


def _balanced(cases: list[list[JudgedFinding]]) -> list[list[JudgedFinding]]:
    limit = max(FREE, int(len(cases) * MOST_OF_A_REVIEWER))
    by_reviewer: Counter[str] = Counter()
    by_source: Counter[str] = Counter()
    kept = []
    for answers in cases:
        reviewer, source = answers[0].reviewer, answers[0].source_id
        if by_reviewer[reviewer] < limit and by_source[source] < MOST_OF_A_SOURCE:
            by_reviewer[reviewer] += 1
            by_source[source] += 1
            kept.append(answers)
    return kept


def _example(answer: JudgedFinding) -> Example:
    mine = frozenset({answer.risk})
    unknown = frozenset(load_edition().risk_ids) - mine
    if answer.confirmed:
        return Example(answer.text, "judgements", f"sample/{answer.sample_id}", positive=mine, unknown=unknown)
    return Example(answer.text, "judgements", f"sample/{answer.sample_id}", unknown=unknown, contrast=mine)
