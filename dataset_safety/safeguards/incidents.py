"""Incidents of data safety (R.5.d, 8.1 b 4): opened, acknowledged, contained, recovered, closed, each an event that stays.

People state when something happened; the time at which they recorded it is kept beside it. Where there was no incident,
a named person states so for a period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.safeguards import stated
from dataset_safety.safeguards.errors import StatementRefused, StepRefused, UnknownRecord
from dataset_safety.safeguards.team import CLAUSE
from dataset_safety.standard import load_edition
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence

KIND, NONE_KIND = "incident", "no_incident"
NOTED = "noted"


class Phase(StrEnum):
    """How far an incident has come, in the only order there is."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    CONTAINED = "contained"
    RECOVERED = "recovered"
    CLOSED = "closed"

    @property
    def next(self) -> Phase | None:
        """What comes after it."""
        return PHASES[PHASES.index(self) + 1] if self is not Phase.CLOSED else None

    @property
    def verb(self) -> str:
        """The command that records it."""
        return VERBS[self]


PHASES = tuple(Phase)
VERBS = dict(zip(PHASES, ("open", "ack", "contain", "recover", "close"), strict=True))


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One event: what, when by who says so, and when it was recorded. ``keywords`` is the generation proposed for it."""

    event: str
    at: datetime
    recorded_at: datetime
    person: str = ""
    note: str = ""
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident with its events, oldest first."""

    id: str
    events: Sequence[IncidentEvent]

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        return max((Phase(one.event) for one in self.events if one.event != NOTED), key=PHASES.index)

    def at(self, phase: Phase) -> datetime | None:
        """When a phase was reached."""
        return next((one.at for one in self.events if one.event == phase), None)

    @property
    def opened_at(self) -> datetime:
        """When it began to be known."""
        return self.events[0].at

    def touches(self, since: date, until: date) -> bool:
        """Whether it was open on some day of a period, both ends included; one that is not closed is open until now."""
        closed = self.at(Phase.CLOSED)
        return self.opened_at.date() <= until and (closed is None or since <= closed.date())

    def missing(self) -> list[str]:
        """What the record of a closed incident lacks."""
        phases = [phase.value for phase in PHASES if self.at(phase) is None]
        learnt = any(one.event == Phase.CLOSED and one.note for one in self.events)
        return phases if learnt else [*phases, "lessons"]


@dataclass(frozen=True, slots=True)
class NoIncident:
    """Somebody's word that nothing happened from one day to another, both included."""

    since: date
    until: date
    person: str

    def counts(self, frozen: date, days: int) -> bool:
        """Whether it reaches a release frozen on that day and covers so many days before its own end."""
        return self.until >= frozen and self.until - self.since >= timedelta(days=days)


def incidents(rows: Iterable[Evidence]) -> list[Incident]:
    """All incidents, oldest first."""
    found: dict[str, list[IncidentEvent]] = {}
    for row in rows:
        if row.kind == KIND:
            found.setdefault(row.subject, []).append(_event(row))
    return [Incident(name, tuple(events)) for name, events in found.items()]


def statements(rows: Iterable[Evidence]) -> list[NoIncident]:
    """All statements that nothing happened, oldest first."""
    return [_statement(row) for row in rows if row.kind == NONE_KIND]


def open_incident(connection: Connection, note: str, *, person: str, at: str | None = None) -> Incident:
    """Open an incident; ``note`` says what happened."""
    subject = f"I{len(incidents(evidence_for(connection, CLAUSE))) + 1}"
    content = {"person": stated.person(person), "note": stated.words(note, "what happened")}
    return _append(connection, subject, Phase.OPENED, stated.moment(at), content)


def advance(
    connection: Connection, incident_id: str, phase: Phase, *, person: str, note: str = "", at: str | None = None
) -> Incident:
    """Record that an incident has reached its next phase; closing needs lessons."""
    found = _open(connection, incident_id)
    due = found.phase.next
    if due is not phase:
        hint = f"next is `dataset-safety incident {due.verb if due else 'show'} {found.id}`."
        raise StepRefused(f"incident {found.id} is {found.phase} and cannot be {phase} now.", hint=hint, id=found.id)
    content = {"person": stated.person(person)}
    if phase is Phase.CLOSED:
        content["lessons"] = stated.words(note, "what was learnt")
    elif note:
        content["note"] = stated.words(note, "the note")
    return _append(connection, found.id, phase, stated.moment(at, after=_last_phase(found)), content)


def note_incident(
    connection: Connection, incident_id: str, note: str, *, person: str, at: str | None = None, keywords: str = ""
) -> Incident:
    """Add a note, and name the candidate of the keyword library that the urgent path made for it."""
    found = _open(connection, incident_id)
    content = {"person": stated.person(person), "note": stated.words(note, "the note")}
    if keywords:
        content["keywords"] = _candidate(connection, keywords)
    return _append(connection, found.id, NOTED, stated.moment(at, after=found.opened_at), content)


def state_none(connection: Connection, *, person: str, since: str | None = None, until: str | None = None) -> NoIncident:
    """Record a named person's word that nothing happened in a period, twelve months up to today unless stated."""
    last = stated.day(until)
    first = stated.day(since) if since else last - timedelta(days=load_edition().thresholds.ttl_document_days)
    if first > last:
        raise StatementRefused(f"the period ends ({last}) before it begins ({first}).", hint="state --since before --until.")
    made = NoIncident(first, last, stated.person(person))
    inside = [one.id for one in incidents(evidence_for(connection, CLAUSE)) if one.touches(first, last)]
    if inside:
        message = f"the period has incidents on record: {', '.join(inside)}."
        raise StatementRefused(message, hint="close them; nothing else has to be stated for this period.", ids=inside)
    said = f"no incident from {first} to {last}"
    content = {"since": first.isoformat(), "until": last.isoformat(), "person": made.person, "statement": said}
    save_evidence(connection, Evidence(NONE_KIND, CLAUSE, "none", content, clock.now().isoformat()))
    return made


def known_incident(connection: Connection, incident_id: str) -> Incident:
    """The incident of that id."""
    found = {one.id: one for one in incidents(evidence_for(connection, CLAUSE))}
    if incident_id not in found:
        hint = "`dataset-safety incident list` shows the incidents."
        raise UnknownRecord(f"there is no incident {incident_id[:32]!r}.", hint=hint, id=incident_id)
    return found[incident_id]


def _open(connection: Connection, incident_id: str) -> Incident:
    found = known_incident(connection, incident_id)
    if found.phase is Phase.CLOSED:
        hint = "open a new incident if it came back."
        raise StepRefused(f"incident {found.id} is closed.", hint=hint, id=found.id)
    return found


def _last_phase(found: Incident) -> datetime:
    return max(one.at for one in found.events if one.event != NOTED)


def _candidate(connection: Connection, name: str) -> str:
    """The generation of a candidate, by its beginning as the urgent path of B.1 prints it."""
    from dataset_safety.keywords.generations import CLAUSE as REFRESH
    from dataset_safety.keywords.refreshing import CANDIDATE

    rows = [one for one in evidence_for(connection, REFRESH) if one.kind == CANDIDATE]
    known = {str(one.content["statement"]["generation"]) for one in rows}
    chosen = {generation for generation in known if name and generation.startswith(name)}
    if len(chosen) != 1:
        hint = "`dataset-safety keywords add … --urgent` makes one and prints its generation."
        raise UnknownRecord(f"{name[:64]!r} is no one candidate of the keyword library.", hint=hint, id=name)
    return chosen.pop()


def _append(connection: Connection, subject: str, event: str, at: datetime, said: Mapping[str, Any]) -> Incident:
    content = {"event": str(event), "at": at.isoformat(), **said}
    save_evidence(connection, Evidence(KIND, CLAUSE, subject, content, clock.now().isoformat()))
    return known_incident(connection, subject)


def _event(row: Evidence) -> IncidentEvent:
    said = row.content
    at, recorded = datetime.fromisoformat(str(said["at"])), datetime.fromisoformat(row.collected_at)
    words = str(said.get("lessons") or said.get("note") or "")
    return IncidentEvent(str(said["event"]), at, recorded, str(said.get("person", "")), words, str(said.get("keywords", "")))


def _statement(row: Evidence) -> NoIncident:
    since, until = (date.fromisoformat(str(row.content[name])) for name in ("since", "until"))
    return NoIncident(since, until, str(row.content["person"]))
