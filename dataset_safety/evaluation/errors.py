"""Errors of evaluation.

EvaluationError
├── DuplicateIds     a population holds one id twice
├── NothingToJudge   a release has no filtered corpus yet
├── NothingToAttest  the clause or the release leaves nothing to attest
├── RedrawRefused    a second draw without a reason, or of nothing that was drawn
└── RelabelRefused   the newest recipe for a release that people judge, without a reason
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.errors import DatasetSafetyError


class EvaluationError(DatasetSafetyError):
    """Base of the errors of evaluation."""


class DuplicateIds(EvaluationError):
    """A population to draw from holds one id twice."""


class NothingToJudge(EvaluationError):
    """The release was not filtered yet, so there is no population to evaluate."""

    exit_code: ClassVar[int] = 3


class NothingToAttest(EvaluationError):
    """The clause knows no "not applicable", or the release has no population yet."""

    exit_code: ClassVar[int] = 2


class RedrawRefused(EvaluationError):
    """A second draw of one population was asked for without a reason, or nothing of that purpose was drawn."""

    exit_code: ClassVar[int] = 2


class RelabelRefused(EvaluationError):
    """A release that people judge should move on to the newest recipe, and nobody says why."""

    exit_code: ClassVar[int] = 2
