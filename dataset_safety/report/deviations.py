"""T12: every check that is not passed, its cause, and who can act; what is due when is for people to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dataset_safety.report.model import ResultRow, SectionResult
from dataset_safety.report.tables import DeviationRow
from dataset_safety.standard import Edition
from dataset_safety.standard.errors import UnknownClause

OPERATOR = "operators"
_OWNER = re.compile(r"([a-z][a-z ]{2,40}): (.+)", re.DOTALL)
_NEXT = re.compile(r"; (?=[a-z][a-z ]{2,40}: )")


def deviation_rows(edition: Edition, sections: Sequence[SectionResult]) -> list[DeviationRow]:
    """One row for each check that is not passed and each person who can act on it; where a check has parts, the parts."""
    return [made for row, verdict in _leaves(sections) if not row.value.passed for made in _deviations(edition, row, verdict)]


def _leaves(sections: Sequence[SectionResult]) -> Iterator[tuple[ResultRow, str]]:
    """Every check without parts, with the verdict that rests on it."""
    for section in sections:
        verdict = ""
        for row, after in zip(section.rows, [*section.rows[1:], None], strict=True):
            verdict = verdict if row.depth else row.check
            if after is None or after.depth <= row.depth:
                yield row, verdict


def _deviations(edition: Edition, row: ResultRow, verdict: str) -> Iterator[DeviationRow]:
    try:
        clause = edition.clause_of(row.check.rpartition("/")[2])
    except UnknownClause:  # a check of another standard (GB/T 45674) that the verdict rests on
        clause = edition.clause_of(verdict)
    for remedy in _NEXT.split(row.remedy):
        owner, action = owner_of(remedy)
        yield DeviationRow(row.check, clause.title_en, clause.title_zh, row.value, row.why, owner, action)


def owner_of(remedy: str) -> tuple[str, str]:
    """Who can act, and what they can do: ``reviewers: judge the draw`` -> reviewers, judge the draw."""
    found = _OWNER.fullmatch(remedy)
    return (found[1], found[2]) if found else (OPERATOR, remedy)
