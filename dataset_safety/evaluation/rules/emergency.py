"""8.1 b 4: emergency team, plan, drills, and the handling of incidents.

INCOMPLETE where nothing is on record, or an incident is being handled within its time. STALE where a record is complete
and too old: memberships that nobody confirmed, a drill of more than a year ago. NON_COMPLIANT where the records show a
breach: a team of one, a plan past its review, a drill that failed or that nobody else acknowledged in time, an incident
acknowledged late or open for too long. No incident at all is no proof of handling: a named person has to state it, and a
drill stands in for it (clauses 2.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from dataset_safety import clock
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.rules.shapes import combined, named
from dataset_safety.records import Verdict
from dataset_safety.safeguards import drills, incidents, plans
from dataset_safety.safeguards import team as rosters
from dataset_safety.safeguards.incidents import Incident, Phase
from dataset_safety.safeguards.team import CLAUSE, Member
from dataset_safety.standard.verdicts import VerdictValue
from dataset_safety.store.artifacts import Evidence

OFFICER = "security officer: "
REQUIRED = "a team of at least {}, an approved plan, a drill within its time, records of incidents or of their absence"


def emergency(evidence: ReleaseEvidence) -> Verdict:
    """8.1 b 4: an emergency team and mechanism, and prompt and effective actions."""
    rows = evidence.stored(CLAUSE)
    parts = [team(evidence, rows), plan(evidence, rows), drill(evidence, rows), handled(evidence, rows)]
    return combined(CLAUSE, parts, REQUIRED.format(evidence.edition.thresholds.emergency_team_min))


def team(evidence: ReleaseEvidence, rows: Sequence[Evidence]) -> Verdict:
    """At least two persons whose membership is confirmed."""
    needed = evidence.edition.thresholds.emergency_team_min
    members = [member for member in rosters.team(rows) if not member.removed]
    valid = [member for member in members if _valid(member, evidence.today)]
    observed = f"{len(valid)} of {len(members)} persons with a valid membership"
    remedy = "`dataset-safety incident team add NAME --role … --contact …`"
    if len(valid) >= needed:
        value, why, remedy = VerdictValue.COMPLIANT, observed, ""
    elif not members:
        value, why = VerdictValue.INCOMPLETE, "nobody of an emergency team is on record"
    elif len(members) >= needed:
        lapsed = [member.id for member in members if member not in valid]
        value, why = VerdictValue.STALE, f"memberships of the team have run out: {named(lapsed)}"
    else:
        value, why = VerdictValue.NON_COMPLIANT, f"the team has {len(members)} of at least {needed} persons"
    return _verdict("team", value, why, f"at least {needed} persons with a valid membership", observed, remedy, len(members))


def _valid(member: Member, today: date) -> bool:
    return member.until >= today


def plan(evidence: ReleaseEvidence, rows: Sequence[Evidence]) -> Verdict:
    """An approved plan that is not past its review."""
    required, longest = "an approved plan, reviewed in time", evidence.edition.thresholds.ttl_document_days
    remedy = "`dataset-safety incident plan set FILE --approved-by …`"
    held = plans.plan(rows)
    if held is None:
        return _verdict("plan", VerdictValue.INCOMPLETE, "no emergency plan is on record", required, "none", remedy)
    due = held.due(longest)
    observed = f"plan {held.document[:12]} approved on {held.approved_on}, review due by {due}"
    if evidence.today > due:
        return _verdict(
            "plan", VerdictValue.NON_COMPLIANT, f"the review of the plan was due by {due}", required, observed, remedy
        )
    return _verdict("plan", VerdictValue.COMPLIANT, observed, required, observed)


def drill(evidence: ReleaseEvidence, rows: Sequence[Evidence]) -> Verdict:
    """The newest finished drill passed, somebody else acknowledged it in time, and it is recent enough."""
    limits = evidence.edition.thresholds
    required = f"a drill that passed within {limits.ttl_drill_days} days, acknowledged by another member of the team"
    remedy = "`dataset-safety incident drill start leak --by …`"
    held = drills.drills(rows)
    last = drills.last_finished(held)
    if last is None or last.finished_at is None:
        why = f"drill {held[-1].id} is not finished" if held else "no drill is on record"
        remedy = f"`dataset-safety incident drill finish {held[-1].id} --result …`" if held else remedy
        return _verdict("drill", VerdictValue.INCOMPLETE, why, required, f"{len(held)} started", remedy, len(held))
    day = last.finished_at.date()
    observed = f"drill {last.id} ({last.kind}) {last.result} on {day} in {last.seconds} s"
    problem = last.problem(rosters.team(rows), limits.emergency_drill_ack_max_minutes)
    if problem:
        why = f"drill {last.id} of {day} does not count: {problem}"
        return _verdict("drill", VerdictValue.NON_COMPLIANT, why, required, observed, remedy, len(held), [last.id])
    if evidence.today > day + timedelta(days=limits.ttl_drill_days):
        why = f"the newest drill is of {day}"
        return _verdict("drill", VerdictValue.STALE, why, required, observed, remedy, len(held))
    return _verdict("drill", VerdictValue.COMPLIANT, observed, required, observed, "", len(held))


def handled(evidence: ReleaseEvidence, rows: Sequence[Evidence]) -> Verdict:
    """Incidents were handled promptly and to the end; where there was none, somebody stated it for the last year."""
    limits = evidence.edition.thresholds
    required = "every incident acknowledged, contained, recovered and closed with lessons in time, or a statement of none"
    now, since = clock.now(), evidence.today - timedelta(days=limits.ttl_document_days)
    held = incidents.incidents(rows)
    recent = [one for one in held if one.touches(since, evidence.today)]
    if not recent:
        return _none_stated(evidence, rows, required)
    late = timedelta(hours=limits.emergency_incident_ack_max_hours)
    longest = timedelta(days=limits.emergency_incident_open_max_days)
    slow = [one.id for one in recent if (one.at(Phase.ACKNOWLEDGED) or now) - one.opened_at > late]
    overdue = [one.id for one in recent if (one.at(Phase.CLOSED) or now) - one.opened_at > longest]
    partial = [one.id for one in recent if one.phase is Phase.CLOSED and one.missing()]
    waiting = [one for one in recent if one.phase is not Phase.CLOSED]
    told = (
        (slow, f"not acknowledged within {limits.emergency_incident_ack_max_hours} hours"),
        (overdue, f"open for more than {limits.emergency_incident_open_max_days} days"),
        (partial, "closed without a complete record"),
    )
    observed = f"{len(recent)} incidents since {since}, {len(waiting)} open"
    bad = sorted({*slow, *overdue, *partial})
    if bad:
        value, why = VerdictValue.NON_COMPLIANT, "; ".join(f"{what}: {named(which)}" for which, what in told if which)
    elif waiting:
        value, why = VerdictValue.INCOMPLETE, f"incidents are being handled: {named([one.id for one in waiting])}"
    else:
        value, why = VerdictValue.COMPLIANT, f"all {len(recent)} incidents since {since} were closed with lessons"
    return _verdict("incidents", value, why, required, observed, _next(waiting), len(recent), bad)


def _none_stated(evidence: ReleaseEvidence, rows: Sequence[Evidence], required: str) -> Verdict:
    """The statement has to reach the release, cover the year before its own end, and be of the last year itself."""
    frozen = date.fromisoformat(evidence.release.created_at[:10])
    days = evidence.edition.thresholds.ttl_document_days
    held = incidents.statements(rows)
    good = [one for one in held if one.counts(frozen, days) and evidence.today <= one.until + timedelta(days=days)]
    if good:
        why = f"a named person states that there was no incident from {good[-1].since} to {good[-1].until}"
        return _verdict("incidents", VerdictValue.COMPLIANT, why, required, "none stated", n=0)
    remedy = "`dataset-safety incident none --by …`"
    if held:
        last = held[-1]
        why = (
            f"the statement of no incident from {last.since} to {last.until} does not reach the release of {frozen}, "
            f"is shorter than {days} days or ended more than {days} days ago"
        )
        return _verdict("incidents", VerdictValue.STALE, why, required, "an older statement", remedy, 0)
    why = "no incident is on record and nobody has stated that there was none"
    return _verdict("incidents", VerdictValue.INCOMPLETE, why, required, "nothing on record", remedy, 0)


def _next(waiting: Sequence[Incident]) -> str:
    after = waiting[0].phase.next if waiting else None
    return f"`dataset-safety incident {after.verb} {waiting[0].id} --by …`" if after else ""


def _verdict(
    check: str,
    value: VerdictValue,
    why: str,
    required: str,
    observed: str,
    remedy: str = "",
    n: int | None = None,
    bad: Sequence[str] = (),
) -> Verdict:
    said = f"{OFFICER}{remedy}" if remedy else ""
    k = None if n is None else len(bad)
    return Verdict(f"{CLAUSE}.{check}", value, why, required, observed, n, k, offenders=tuple(bad[:OFFENDERS]), remedy=said)
