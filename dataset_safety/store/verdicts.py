"""Stored verdict rows. They, never Dagster's latest check record, decide."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from dataset_safety import clock
from dataset_safety.records import Verdict
from dataset_safety.standard.stages import Stage
from dataset_safety.standard.verdicts import VerdictValue
from dataset_safety.store import audit
from dataset_safety.store.canonical import canonical_json, digest_of
from dataset_safety.store.tables import release, verdict


@dataclass(frozen=True, slots=True)
class Assessment:
    """All verdicts of one release that were computed together; ``evidence`` is the hash of what they rest on."""

    release_id: str
    stage: Stage
    population: str
    edition: str
    evidence: str
    verdicts: Sequence[Verdict]
    assessment: str = ""
    created_at: str = ""

    def by_clause(self) -> Mapping[str, Verdict]:
        """The verdicts by dotted id."""
        return {found.clause: found for found in self.verdicts}


def save(connection: Connection, made: Assessment) -> bool:
    """Append the rows of an assessment; False when the newest one rests on the same evidence already."""
    newest = latest(connection, made.release_id)
    if newest is not None and newest.evidence == made.evidence:
        return False
    now = clock.now().isoformat()
    assessment = digest_of([made.release_id, made.evidence, last_row(connection)])
    common = {
        "assessment": assessment,
        "evidence": made.evidence,
        "release_id": made.release_id,
        "stage": made.stage.value,
        "population": made.population,
        "edition": made.edition,
        "created_at": now,
    }
    rows = [
        {**common, "clause": found.clause, "value": found.value.value, "content": canonical_json(asdict(found))}
        for found in made.verdicts
    ]
    connection.execute(insert(verdict), rows)
    audit.append(
        connection,
        "evaluate.verdicts",
        made.release_id,
        assessment=assessment,
        population=made.population,
        values={found.clause: found.value.value for found in made.verdicts},
    )
    return True


def latest(connection: Connection, release_id: str) -> Assessment | None:
    """The newest assessment of a release."""
    newest = (
        select(verdict.c.assessment).where(verdict.c.release_id == release_id).order_by(verdict.c.verdict_id.desc()).limit(1)
    ).scalar_subquery()
    rows = connection.execute(select(verdict).where(verdict.c.assessment == newest).order_by(verdict.c.verdict_id)).all()
    if not rows:
        return None
    first = rows[0]
    return Assessment(
        first.release_id,
        Stage(first.stage),
        first.population,
        first.edition,
        first.evidence,
        [restored(json.loads(row.content)) for row in rows],
        first.assessment,
        first.created_at,
    )


@dataclass(frozen=True, slots=True)
class ReleaseVerdicts:
    """One line of the verdict history: what the newest assessment of a release came to, clause by clause."""

    release_id: str
    label: str | None
    assessment: str
    population: str
    at: str
    values: Mapping[str, VerdictValue]


def history(connection: Connection, stage: Stage) -> list[ReleaseVerdicts]:
    """The newest assessment of every release of a stage, in the order of these assessments."""
    rows = verdict.c.verdict_id
    newest = select(func.max(rows)).where(verdict.c.stage == stage.value).group_by(verdict.c.release_id)
    assessments = select(verdict.c.assessment).where(rows.in_(newest))
    joined = select(verdict, release.c.label).join(release, release.c.release_id == verdict.c.release_id)
    by_assessment: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(joined.where(verdict.c.assessment.in_(assessments)).order_by(rows)):
        by_assessment.setdefault(row.assessment, []).append(row)
    return [
        ReleaseVerdicts(
            same[0].release_id,
            same[0].label,
            assessment,
            same[0].population,
            same[0].created_at,
            {row.clause: VerdictValue(row.value) for row in same},
        )
        for assessment, same in by_assessment.items()
    ]


def not_passed_after(connection: Connection, row_id: int, limit: int = 200) -> list[tuple[int, str, str, VerdictValue]]:
    """New rows that did not pass: row id, release, clause, value; for the alert sensor's cursor."""
    passed = [value.value for value in VerdictValue if value.passed]
    query = (
        select(verdict)
        .where(verdict.c.verdict_id > row_id, verdict.c.value.not_in(passed))
        .order_by(verdict.c.verdict_id)
        .limit(limit)
    )
    return [(row.verdict_id, row.release_id, row.clause, VerdictValue(row.value)) for row in connection.execute(query)]


def last_row(connection: Connection) -> int:
    """The highest row id so far."""
    row: int = connection.execute(select(func.coalesce(func.max(verdict.c.verdict_id), 0))).scalar_one()
    return row


def restored(content: dict[str, Any]) -> Verdict:
    """A verdict from its stored JSON."""
    parts = tuple(restored(part) for part in content.pop("parts"))
    interval = content.get("interval")
    exact = {"value": VerdictValue(content["value"]), "parts": parts, "offenders": tuple(content["offenders"])}
    return Verdict(**{**content, **exact, "interval": tuple(interval) if interval else None})
