"""The emergency response team (R.5.d, 8.1 b 4): who stands ready, until when, and how they are reached.

Only the kind of contact is kept, never a number or an address. A membership is confirmed by adding the person again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.safeguards import stated
from dataset_safety.safeguards.errors import StatementRefused, StepRefused, UnknownRecord
from dataset_safety.standard import load_edition
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence

CLAUSE = "8.1.b.4"
KIND = "emergency_team"
ADDED, REMOVED = "added", "removed"
ID = re.compile(r"t\d+")
"""What an id looks like to :func:`~dataset_safety.safeguards.stated.name_key`."""
CONTACTS = ("phone", "messenger", "email", "pager")


@dataclass(frozen=True, slots=True)
class Span:
    """One confirmed time of membership: from a moment to the end of a day, or to an earlier removal."""

    since: datetime
    until: date
    ended: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether the person was on the team at that moment."""
        return self.since <= moment and moment.date() <= self.until and (self.ended is None or moment < self.ended)


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the team with every time of membership, oldest first."""

    id: str
    person: str
    role: str
    contact: str
    spans: Sequence[Span] = field(default=())

    def on_team(self, moment: datetime) -> bool:
        """Whether the person was on the team at that moment."""
        return any(span.holds(moment) for span in self.spans)

    @property
    def removed(self) -> bool:
        """Whether the person was taken off the team."""
        return self.spans[-1].ended is not None

    @property
    def until(self) -> date:
        """Last day of the membership as confirmed last."""
        return self.spans[-1].until


def team(rows: Iterable[Evidence]) -> list[Member]:
    """The team as the records tell it, in the order in which people joined."""
    found: dict[str, Member] = {}
    for row in rows:
        if row.kind != KIND:
            continue
        at, said = datetime.fromisoformat(row.collected_at), row.content
        spans = [*(found[row.subject].spans if row.subject in found else ())]
        if said["event"] == ADDED:
            spans.append(Span(at, date.fromisoformat(str(row.valid_until))))
            name = found[row.subject].person if row.subject in found else str(said["person"])
            found[row.subject] = Member(row.subject, name, str(said["role"]), str(said["contact"]), tuple(spans))
        elif row.subject in found:
            known = found[row.subject]
            ended = tuple(span if span.ended else Span(span.since, span.until, at) for span in spans)
            found[row.subject] = Member(known.id, known.person, known.role, known.contact, ended)
    return list(found.values())


def member_named(members: Iterable[Member], name: str) -> Member | None:
    """The member of that name or id."""
    return next((one for one in members if one.id == name or stated.same_person(one.person, name)), None)


def person_named(members: Iterable[Member], name: str) -> str:
    """The name of the member with that name or id, or of somebody who is no member; an id of nobody names no person."""
    member = member_named(members, name)
    found = member.person if member else stated.person(name)
    if member is None and ID.fullmatch(stated.name_key(found)):
        hint = "`dataset-safety incident team show` lists the team with ids."
        raise UnknownRecord(f"nobody on record has the id {found}.", hint=hint, id=found)
    return found


def add_member(connection: Connection, person: str, *, role: str, contact: str, valid_until: str | None = None) -> Member:
    """Put a person on the team, or confirm one who is; the membership holds for the edition's time at most."""
    today = clock.today()
    longest = today + timedelta(days=load_edition().thresholds.ttl_roster_days)
    until = stated.any_day(valid_until) if valid_until else longest
    if not today <= until <= longest:
        message = f"a membership until {until} is not between today and {longest}."
        raise StatementRefused(message, hint="state a nearer day; it is confirmed by adding the person again.", until=until)
    members = team(evidence_for(connection, CLAUSE))
    name = person_named(members, person)
    known = member_named(members, name)
    content = {"event": ADDED, "person": name, "role": stated.words(role, "the role"), "contact": contact}
    subject = known.id if known else f"T{len(members) + 1}"
    save_evidence(connection, Evidence(KIND, CLAUSE, subject, content, clock.now().isoformat(), until.isoformat()))
    return next(one for one in team(evidence_for(connection, CLAUSE)) if one.id == subject)


def remove_member(connection: Connection, name: str) -> Member:
    """Take a person off the team from now on."""
    members = team(evidence_for(connection, CLAUSE))
    known = member_named(members, name)
    if known is None:
        hint = "`dataset-safety incident team show` lists the team with ids."
        raise UnknownRecord("nobody of that name or id is on record.", hint=hint)
    if known.removed:
        raise StepRefused(f"{known.id} was taken off the team already.", hint="nothing is left to do.", id=known.id)
    save_evidence(connection, Evidence(KIND, CLAUSE, known.id, {"event": REMOVED}, clock.now().isoformat()))
    return known
