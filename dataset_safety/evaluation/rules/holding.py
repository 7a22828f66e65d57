"""Until when a pass of 8.1 b 1 or 8.1 b 4 holds: the day on which the first record that it rests on runs out.

Passes are stored; time goes on between two evaluations. The days are those of the rules themselves, from the stored rows
alone, so that they can be asked whenever a stored verdict is shown. None stands for rows on which no pass can rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from dataset_safety.safeguards import drills, incidents, plans, team
from dataset_safety.safeguards.grading import Grading, Population, register
from dataset_safety.standard import Thresholds
from dataset_safety.store.artifacts import Evidence
from dataset_safety.store.releases import Release


def grading_holds_until(rows: Sequence[Evidence], release: Release, population: str, limits: Thresholds) -> date | None:
    """Last day of a pass of 8.1 b 1 for a release whose P2 is ``population``; ``rows`` are those of the clause."""
    found, longest = register(rows), timedelta(days=limits.ttl_document_days)
    held = {source: found.standing.get(source) for source in release.sources}
    if found.scheme is None or any(one is None for one in held.values()):
        return None
    grades = [one for one in held.values() if one is not None]
    states = {Population.P1: release.release_id, Population.P2: population}
    anew = [
        history[-1]
        for name, state in states.items()
        if (history := [one for one in found.gradings.get(name.of(release.stage), ()) if one.population == state])
    ]
    ends: list[date | None] = [found.scheme.due(limits.ttl_document_days), *(one.graded_on + longest for one in grades)]
    for one in (*grades, *_raised(anew, grades)):
        if one.level.needs_legal:
            decision = found.decisions.get(one.subject)
            ends.append(decision.decided_on + longest if decision else None)
    return _first(ends)


def emergency_holds_until(rows: Sequence[Evidence], frozen: date, limits: Thresholds) -> date | None:
    """Last day of a pass of 8.1 b 4 for a release frozen on that day; ``rows`` are those of the clause."""
    plan, drill = plans.plan(rows), drills.last_finished(drills.drills(rows))
    played = drill.finished_at.date() if drill and drill.finished_at else None
    return _first(
        [
            _team_until(rows, limits.emergency_team_min),
            plan.due(limits.ttl_document_days) if plan else None,
            played + timedelta(days=limits.ttl_drill_days) if played else None,
            _handled_until(rows, frozen, limits.ttl_document_days),
        ]
    )


def _raised(anew: Iterable[Grading], grades: Sequence[Grading]) -> list[Grading]:
    """Populations graded anew to a level that none of their sources has; only those need a decision of their own."""
    return [one for one in anew if one.level not in {grade.level for grade in grades}]


def _team_until(rows: Sequence[Evidence], needed: int) -> date | None:
    """Last day with enough memberships: the end of the one after which too few are left."""
    ends = sorted((member.until for member in team.team(rows) if not member.removed), reverse=True)
    return ends[needed - 1] if len(ends) >= needed else None


def _handled_until(rows: Sequence[Evidence], frozen: date, days: int) -> date | None:
    """While an incident of the year before, or else a statement of none, speaks for the handling."""
    closed = [one.at(incidents.Phase.CLOSED) for one in incidents.incidents(rows)]
    if None in closed:
        return None
    ends = [at.date() for at in closed if at] + [one.until for one in incidents.statements(rows) if one.counts(frozen, days)]
    return max(ends) + timedelta(days=days) if ends else None


def _first(ends: Iterable[date | None]) -> date | None:
    known = list(ends)
    return None if None in known else min(end for end in known if end)
