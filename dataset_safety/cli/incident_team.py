"""``dataset-safety incident team`` and ``plan``: who stands ready, and the approved plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dataset_safety.cli.options import home_option, json_option, print_json, tell
from dataset_safety.safeguards.team import CONTACTS


@click.group("team")
def team() -> None:
    """The emergency response team; only the kind of contact is kept."""


@team.command("add")
@click.argument("name")
@click.option("--role", required=True, help="What the person does in an emergency.")
@click.option("--contact", type=click.Choice(CONTACTS), required=True, help="How the person is reached.")
@click.option("--valid-until", help="Last day, YYYY-MM-DD; six months from today unless stated, and at most.")
@home_option
def add(name: str, role: str, contact: str, valid_until: str | None, home: Path) -> None:
    """Put NAME on the team, or confirm the membership."""
    from dataset_safety.safeguards.team import add_member
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.write() as connection:
        made = add_member(connection, name, role=role, contact=contact, valid_until=valid_until)
    click.echo(f"{made.id}  {made.person}, {made.role}, until {made.until}")


@team.command("remove")
@click.argument("name")
@home_option
def remove(name: str, home: Path) -> None:
    """Take NAME (or an id) off the team."""
    from dataset_safety.safeguards.team import remove_member
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.write() as connection:
        gone = remove_member(connection, name)
    click.echo(f"{gone.id} is off the team")


@team.command("show")
@home_option
@json_option
def show_team(home: Path, as_json: bool) -> None:
    """Show everybody who is or was on the team."""
    from dataset_safety import clock
    from dataset_safety.safeguards.team import CLAUSE, Member
    from dataset_safety.safeguards.team import team as roster
    from dataset_safety.store.artifacts import evidence_for
    from dataset_safety.store.facade import open_store

    def state(one: Member) -> str:
        return "removed" if one.removed else "on the team" if one.on_team(clock.now()) else "run out"

    with open_store(home) as store, store.database.read() as connection:
        members = roster(evidence_for(connection, CLAUSE))
    rows: list[dict[str, Any]] = [
        {
            "id": one.id, "person": one.person, "role": one.role, "contact": one.contact, "valid_until": one.until.isoformat(),
            "state": state(one),
        }
        for one in members
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['id']:<4} {row['person']}, {row['role']}, by {row['contact']}, until {row['valid_until']}: {row['state']}"
        )
    if not rows:
        tell("nobody yet; `dataset-safety incident team add NAME --role … --contact …`")


@click.group("plan")
def plan() -> None:
    """The emergency response plan, kept by its hash."""


@plan.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--approved-by", required=True, help="Who approved it.")
@click.option("--approved-on", help="Day of the approval, YYYY-MM-DD; today unless stated.")
@click.option("--review-on", help="Day of the next review; twelve months after the approval unless stated, and at most.")
@home_option
def set_plan(file: Path, approved_by: str, approved_on: str | None, review_on: str | None, home: Path) -> None:
    """Keep FILE as the plan in force."""
    from dataset_safety.safeguards.plans import record_plan
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        made = record_plan(store, file, approved_by=approved_by, approved_on=approved_on, review_on=review_on)
    click.echo(f"plan {made.document[:12]}… approved on {made.approved_on}, review on {made.review_on}")


@plan.command("show")
@home_option
@json_option
def show_plan(home: Path, as_json: bool) -> None:
    """Show the plan in force."""
    from dataset_safety.safeguards.plans import plan as in_force
    from dataset_safety.safeguards.team import CLAUSE
    from dataset_safety.store.artifacts import evidence_for
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        held = in_force(evidence_for(connection, CLAUSE))
    if as_json:
        print_json({name: str(getattr(held, name)) for name in held.__slots__} if held else {})
    elif held is None:
        tell("no plan yet; `dataset-safety incident plan set FILE --approved-by NAME`")
    else:
        click.echo(f"{held.document}  approved by {held.approved_by} on {held.approved_on}, review on {held.review_on}")
