"""The six values of a verdict and which of them holds when several meet."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class VerdictValue(StrEnum):
    """Outcome of one expected result of section 8, or of one of its sub-checks."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    INCOMPLETE = "INCOMPLETE"
    STALE = "STALE"
    ERROR = "ERROR"

    @property
    def passed(self) -> bool:
        """Whether the check counts as passed: compliant, or proved not applicable."""
        return self in (VerdictValue.COMPLIANT, VerdictValue.NOT_APPLICABLE)


WORST_FIRST = (
    VerdictValue.ERROR,
    VerdictValue.NON_COMPLIANT,
    VerdictValue.STALE,
    VerdictValue.INCOMPLETE,
    VerdictValue.COMPLIANT,
    VerdictValue.NOT_APPLICABLE,
)


def worst(values: Iterable[VerdictValue]) -> VerdictValue:
    """The value that holds for a set of sub-checks; an empty set is INCOMPLETE, never a pass."""
    present = set(values)
    return next((value for value in WORST_FIRST if value in present), VerdictValue.INCOMPLETE)
