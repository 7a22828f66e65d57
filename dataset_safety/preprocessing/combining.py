"""How the evidence of several methods makes one outcome (6.2 b): the rule, stated and computed once.

1. Findings of effect ``note`` (unproven outputs of models, personal information, notices of rights) leave the outcome alone.
2. A ``reject`` finding rejects: a keyword of that effect, or a model alone on a measured-ok risk from its reject threshold on.
3. Everything else that is found sends to a person: a measured-weak model alone, a keyword for a person alone.
4. A keyword that counts and a model from its review threshold on *agree* when they name the same risk in the same
   sample. The model's finding is then marked ``agreed``. Where the model's own figures prove the precision of agreement
   for that risk (:mod:`dataset_safety.classifier.agreement`), it rejects and is marked ``decided_with_keyword``.
5. Under A.1.a to A.1.c agreement never rejects.

The rule reads nothing but the findings, so a record can be combined again from its stored findings when those of one
method change. A change of this rule raises ``IDENTIFICATION_VERSION``, a change of proof the version of the model: both
stand in the recipe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dataset_safety.classifier.agreement import PROVED
from dataset_safety.classifier.judged import TWO_PEOPLE
from dataset_safety.records import Effect, Finding, Method

__all__ = ["AGREED", "DECIDED", "combined"]

AGREED, DECIDED = "agreed", "decided_with_keyword"
_MARKS = {"": AGREED, PROVED: DECIDED}
_UNMARKED = {mark: category for category, mark in _MARKS.items()}


def combined(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of one sample, in their order, with agreement marked anew."""
    named = {finding.risk for finding in findings if finding.method is Method.KEYWORD and finding.effect is not Effect.NOTE}
    return [_weighed(finding, named) if finding.method is Method.MODEL else finding for finding in findings]


def _weighed(finding: Finding, named: set[str]) -> Finding:
    alone = finding
    if finding.category in _UNMARKED:
        alone = replace(finding, category=_UNMARKED[finding.category], effect=Effect.REVIEW)
    if alone.effect is not Effect.REVIEW or alone.risk not in named or alone.category not in _MARKS:
        return alone
    decides = alone.category == PROVED and alone.risk not in TWO_PEOPLE
    return replace(alone, category=_MARKS[alone.category], effect=Effect.REJECT if decides else Effect.REVIEW)
