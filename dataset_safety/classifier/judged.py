"""Judgements of people as training examples (B.2), with guards.

A confirmed finding is a violation, a rejected one a hard contrast, a text in which people saw none of the 29 risks is clean.
Random draws measure and are never trained on; under A.1.a to A.1.c two people must agree; no reviewer and no source may
stand for the whole. What is trained on judged text belongs to the operator whose text it is and never ships.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dataset_safety.classifier.examples import Example
from dataset_safety.standard import load_edition

__all__ = ["JUDGEMENTS", "NO_RISK", "JudgedFinding", "JudgedSet", "judged_set"]

JUDGEMENTS = "judgements"
"""Source of these examples, as the card counts them."""
NO_RISK = ""
"""Stands for a risk where the question was about all 29 at once."""
TWO_PEOPLE = frozenset({"A.1.a", "A.1.b", "A.1.c"})
MOST_OF_A_REVIEWER = 0.5
MOST_OF_A_SOURCE = 200
FREE = 20
"""So many judgements of one reviewer need no balance."""


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """One person's answer about one finding; ``random_draw`` when chance alone had chosen the sample.

    ``risk`` is :data:`NO_RISK` when the person saw none of the 29, which can only be rejected.
    """

    sample_id: str
    source_id: str
    text: str
    risk: str
    confirmed: bool
    reviewer: str
    random_draw: bool = False


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Examples from judgements, ordered by sample and risk, and how many cases (sample × risk) were left out and why."""

    examples: tuple[Example, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """``confirmed``, ``rejected`` and ``left_out_<why>``: numbers only, for metadata and the card."""
        confirmed = sum(bool(example.positive) for example in self.examples)
        found = {"confirmed": confirmed, "rejected": len(self.examples) - confirmed}
        return found | {f"left_out_{why}": number for why, number in sorted(self.left_out.items()) if number}


def judged_set(findings: Iterable[JudgedFinding], left_out: Mapping[str, int] | None = None) -> JudgedSet:
    """What may be trained on; ``left_out`` counts cases that were left out before."""
    by_case: defaultdict[tuple[str, str], list[JudgedFinding]] = defaultdict(list)
    for finding in findings:
        by_case[finding.sample_id, finding.risk].append(finding)
    why: Counter[str] = Counter(left_out or {})
    usable = []
    for _, answers in sorted(by_case.items()):
        objection = _objection(answers)
        if objection:
            why[objection] += 1
        else:
            usable.append(answers)
    kept = _balanced(usable, why)
    return JudgedSet(tuple(_example(answers[0]) for answers in kept), dict(why))


def _objection(answers: list[JudgedFinding]) -> str:
    """Why a case may not be trained on; empty when it may."""
    if any(answer.random_draw for answer in answers):
        return "random_draw"
    if len({answer.confirmed for answer in answers}) > 1:
        return "disagreement"
    if answers[0].risk in TWO_PEOPLE and len({answer.reviewer for answer in answers}) < 2:
        return "one_person"
    return ""


def _balanced(cases: list[list[JudgedFinding]], why: Counter[str]) -> list[list[JudgedFinding]]:
    limit = max(FREE, int(len(cases) * MOST_OF_A_REVIEWER))
    by_reviewer: Counter[str] = Counter()
    by_source: Counter[str] = Counter()
    kept = []
    for answers in cases:
        reviewer, source = answers[0].reviewer, answers[0].source_id
        if by_reviewer[reviewer] >= limit or by_source[source] >= MOST_OF_A_SOURCE:
            why["reviewer_cap" if by_reviewer[reviewer] >= limit else "source_cap"] += 1
            continue
        by_reviewer[reviewer] += 1
        by_source[source] += 1
        kept.append(answers)
    return kept


def _example(answer: JudgedFinding) -> Example:
    group = f"sample/{answer.sample_id}"
    if answer.risk == NO_RISK:
        return Example(answer.text, JUDGEMENTS, group)
    mine = frozenset({answer.risk})
    unknown = frozenset(load_edition().risk_ids) - mine
    if answer.confirmed:
        return Example(answer.text, JUDGEMENTS, group, positive=mine, unknown=unknown)
    return Example(answer.text, JUDGEMENTS, group, unknown=unknown, contrast=mine)
