"""``dataset-safety incident drill``: drills that are timed while they happen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataset_safety.cli.options import home_option, json_option, print_json, tell

if TYPE_CHECKING:
    from dataset_safety.safeguards.drills import Drill

KINDS = ("leak", "poison", "keyword_outage", "disk_loss")


@click.group("drill")
def drill() -> None:
    """Play an emergency: start, steps, acknowledgement by another member of the team, end."""


@drill.command("start")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--by", required=True, help="Who starts it; somebody else has to acknowledge it.")
@click.option(
    "--scratch", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where disk_loss puts its copies meanwhile."
)
@home_option
def start(kind: str, by: str, scratch: Path | None, home: Path) -> None:
    """Start a drill now. disk_loss is executed: a backup is made, brought back into an empty folder, and verified there."""
    from dataset_safety.safeguards.disk_loss import play_disk_loss
    from dataset_safety.safeguards.drills import DrillKind, start_drill
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        with store.database.write() as connection:
            made = start_drill(connection, DrillKind(kind), person=by)
        if made.kind is DrillKind.DISK_LOSS:
            made = play_disk_loss(store, made, scratch)
    _tell(made, steps=True)
    tell(f"somebody else of the team: `dataset-safety incident drill ack {made.id} --by NAME`")


@drill.command("step")
@click.argument("drill_id", metavar="ID")
@click.argument("text")
@home_option
def step(drill_id: str, text: str, home: Path) -> None:
    """Note what was done now in the drill ID."""
    from dataset_safety.safeguards.drills import record_step
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.write() as connection:
        _tell(record_step(connection, drill_id, text))


@drill.command("ack")
@click.argument("drill_id", metavar="ID")
@click.option("--by", required=True, help="Who of the team took the call; not who started the drill.")
@home_option
def ack(drill_id: str, by: str, home: Path) -> None:
    """Acknowledge the drill ID."""
    from dataset_safety.safeguards.drills import acknowledge_drill
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.write() as connection:
        _tell(acknowledge_drill(connection, drill_id, person=by))


@drill.command("finish")
@click.argument("drill_id", metavar="ID")
@click.option("--result", type=click.Choice(["passed", "failed"]), required=True, help="Whether it went as the plan says.")
@click.option("--lessons", default="", help="What was learnt.")
@home_option
def finish(drill_id: str, result: str, lessons: str, home: Path) -> None:
    """End the drill ID."""
    from dataset_safety.safeguards.drills import finish_drill
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.write() as connection:
        _tell(finish_drill(connection, drill_id, passed=result == "passed", lessons=lessons))


@drill.command("list")
@home_option
@json_option
def listing(home: Path, as_json: bool) -> None:
    """List the drills, oldest first."""
    from dataset_safety.safeguards.drills import drills
    from dataset_safety.safeguards.team import CLAUSE
    from dataset_safety.store.artifacts import evidence_for
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        held = drills(evidence_for(connection, CLAUSE))
    if as_json:
        print_json([_document(one) for one in held])
        return
    for one in held:
        _tell(one)
    if not held:
        tell("no drill yet; `dataset-safety incident drill start KIND --by NAME`")


@drill.command("show")
@click.argument("drill_id", metavar="ID")
@home_option
@json_option
def show(drill_id: str, home: Path, as_json: bool) -> None:
    """Show a drill with its steps."""
    from dataset_safety.safeguards.drills import known_drill
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        found = known_drill(connection, drill_id)
    if as_json:
        print_json(_document(found))
        return
    _tell(found, steps=True)


def _tell(found: Drill, *, steps: bool = False) -> None:
    state = f"{found.result} after {found.seconds} s" if found.finished_at else "running"
    known = f"acknowledged by {found.acknowledged_by}" if found.acknowledged_by else "not acknowledged"
    click.echo(f"{found.id}  {found.kind} started {found.started_at:%Y-%m-%d %H:%M}: {state}, {known}, {len(found.steps)} steps")
    for one in found.steps if steps else ():
        took = f" ({one.milliseconds / 1000:.2f} s, {'good' if one.good else 'FAILED'})" if one.milliseconds is not None else ""
        observed = f": {one.observed}" if one.observed else ""
        click.echo(f"  {one.at:%H:%M:%S}  {one.what}{took}{observed}")


def _document(found: Drill) -> dict[str, Any]:
    times = {name: getattr(found, name) for name in ("started_at", "acknowledged_at", "finished_at")}
    return {
        "id": found.id,
        "kind": found.kind.value,
        "started_by": found.started_by,
        "acknowledged_by": found.acknowledged_by,
        "result": found.result,
        "seconds": found.seconds,
        **{name: at.isoformat() if at else None for name, at in times.items()},
        "steps": [
            {
                "at": one.at.isoformat(),
                "what": one.what,
                "milliseconds": one.milliseconds,
                "good": one.good,
                "observed": one.observed,
            }
            for one in found.steps
        ],
    }
