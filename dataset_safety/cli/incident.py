"""``dataset-safety incident``: emergency team, plan, drills, and incidents from opening to closing (R.5.d, 8.1 b 4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataset_safety.cli.incident_drill import drill
from dataset_safety.cli.incident_team import plan, team
from dataset_safety.cli.options import home_option, json_option, print_json, tell

if TYPE_CHECKING:
    from dataset_safety.safeguards.incidents import Incident

by_option = click.option("--by", required=True, help="Who says so.")
at_option = click.option("--at", help="When it happened, such as 2026-11-30T09:15 (UTC); now unless stated.")


@click.group("incident")
def command() -> None:
    """Incidents of data safety and what stands ready for them: team, plan and drills."""


for verb in (team, plan, drill):
    command.add_command(verb)


@command.command("open")
@click.argument("what")
@by_option
@at_option
@home_option
def open_verb(what: str, by: str, at: str | None, home: Path) -> None:
    """Open an incident; WHAT says in a sentence what happened."""
    from dataset_safety.safeguards.incidents import open_incident
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.write() as connection:
        found = open_incident(connection, what, person=by, at=at)
    _tell(found)
    tell("if terms have to be blocked at once: `dataset-safety keywords add … --urgent`")


def _phase_verb(name: str, reached: str, help_text: str, note: Callable[..., Any]) -> None:
    @command.command(name, help=help_text)
    @click.argument("incident_id", metavar="ID")
    @by_option
    @at_option
    @note
    @home_option
    def verb(incident_id: str, by: str, at: str | None, note: str, home: Path) -> None:
        from dataset_safety.safeguards.incidents import Phase, advance
        from dataset_safety.store.facade import open_store

        with open_store(home) as store, store.database.write() as connection:
            found = advance(connection, incident_id, Phase(reached), person=by, note=note, at=at)
        _tell(found)


noted = click.option("--note", default="", help="What was done.")
learnt = click.option("--lessons", "note", default="", help="What was learnt; nothing is closed without it.")
_phase_verb("ack", "acknowledged", "Say that somebody of the team has taken the incident ID.", noted)
_phase_verb("contain", "contained", "Say that the incident ID spreads no further.", noted)
_phase_verb("recover", "recovered", "Say that what the incident ID damaged is as it was.", noted)
_phase_verb("close", "closed", "Close the incident ID with its lessons.", learnt)


@command.command("note")
@click.argument("incident_id", metavar="ID")
@click.argument("text")
@by_option
@at_option
@click.option("--keywords", default="", help="Generation that `keywords add --urgent` proposed for this incident.")
@home_option
def note_verb(incident_id: str, text: str, by: str, at: str | None, keywords: str, home: Path) -> None:
    """Add a note to an open incident."""
    from dataset_safety.safeguards.incidents import note_incident
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.write() as connection:
        _tell(note_incident(connection, incident_id, text, person=by, at=at, keywords=keywords))


@command.command("none")
@by_option
@click.option("--since", help="First day of the period; twelve months before its end unless stated.")
@click.option("--until", help="Last day of the period; today unless stated.")
@home_option
def none_verb(by: str, since: str | None, until: str | None, home: Path) -> None:
    """State by name that there was no incident in a period; a drill is needed beside it."""
    from dataset_safety.safeguards.incidents import state_none
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.write() as connection:
        made = state_none(connection, person=by, since=since, until=until)
    click.echo(f"{made.person} states: no incident from {made.since} to {made.until}")


@command.command("list")
@home_option
@json_option
def listing(home: Path, as_json: bool) -> None:
    """List the incidents and the statements that there was none, oldest first."""
    from dataset_safety.safeguards.incidents import incidents, statements
    from dataset_safety.safeguards.team import CLAUSE
    from dataset_safety.store.artifacts import evidence_for
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        rows = evidence_for(connection, CLAUSE)
    held, stated = incidents(rows), statements(rows)
    if as_json:
        none = [{"since": one.since.isoformat(), "until": one.until.isoformat(), "by": one.person} for one in stated]
        print_json({"incidents": [_document(one) for one in held], "none": none})
        return
    for one in held:
        _tell(one)
    for said in stated:
        click.echo(f"no incident from {said.since} to {said.until}, stated by {said.person}")
    if not held and not stated:
        tell("nothing on record; `dataset-safety incident none --by NAME` states that there was no incident")


@command.command("show")
@click.argument("incident_id", metavar="ID")
@home_option
@json_option
def show(incident_id: str, home: Path, as_json: bool) -> None:
    """Show an incident with everything that was recorded about it."""
    from dataset_safety.safeguards.incidents import known_incident
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        found = known_incident(connection, incident_id)
    if as_json:
        print_json(_document(found))
        return
    _tell(found)
    for event in found.events:
        keywords = f" [keywords {event.keywords[:12]}]" if event.keywords else ""
        click.echo(f"  {event.at:%Y-%m-%d %H:%M}  {event.event:<12} {event.person}: {event.note}{keywords}")


def _tell(found: Incident) -> None:
    after = found.phase.next
    due = f"; next: `incident {after.verb} {found.id}`" if after else ""
    click.echo(f"{found.id}  {found.phase:<12} opened {found.opened_at:%Y-%m-%d %H:%M}{due}")


def _document(found: Incident) -> dict[str, Any]:
    events = [
        {
            "event": event.event,
            "at": event.at.isoformat(),
            "recorded_at": event.recorded_at.isoformat(),
            "by": event.person,
            "note": event.note,
            **({"keywords": event.keywords} if event.keywords else {}),
        }
        for event in found.events
    ]
    return {"id": found.id, "phase": found.phase.value, "opened_at": found.opened_at.isoformat(), "events": events}
