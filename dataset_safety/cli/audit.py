"""``dataset-safety audit``: verify and show the audit log, and write signed checkpoints of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from dataset_safety.cli.options import home_option, json_option, print_json


@click.group("audit")
def command() -> None:
    """The hash-chained log of what was collected, pre-processed, used and decided."""


@command.command("verify")
@click.option(
    "--checkpoints",
    type=click.Path(file_okay=False, path_type=Path),
    help="Place of the checkpoints; the last one used unless stated.",
)
@click.option(
    "--key", help="The public key of the checkpoints: 64 hexadecimal digits or a file; got by another way than the home."
)
@home_option
@json_option
def verify(checkpoints: Path | None, key: str | None, home: Path, as_json: bool) -> None:
    """Walk the whole chain, and hold every checkpoint ever written against it.

    Without checkpoints in a second place, a log whose end was cut off or that was written anew cannot be noticed.
    """
    from dataset_safety.report.bundle.manifest import stated_public_key
    from dataset_safety.safeguards.checkpoints import held_against, read_checkpoints
    from dataset_safety.safeguards.places import CHECKPOINTS, remembered
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        place = checkpoints or remembered(store.home, CHECKPOINTS)
        written = read_checkpoints(place) if place is not None else None
        with store.database.read() as connection:
            state = held_against(connection, written, stated_public_key(key) if key is not None else "")
    chain = state.chain
    if as_json:
        print_json(
            {
                "events": chain.events, "intact": chain.intact, "head": chain.head,
                "broken_at": chain.broken_at, "problem": chain.problem,
                "checkpoints": None if written is None else len(written), "problems": list(state.problems),
                "signer_known": key is not None,
            }
        )  # fmt: skip
    else:
        intact = f"{chain.events} events, head {chain.head}"
        click.echo(intact if chain.intact else f"broken at event {chain.broken_at}: {chain.problem}")
        _say_checkpoints(written is not None, len(written or ()), state.problems, key is not None)
    sys.exit(0 if state.intact else 1)


def _say_checkpoints(there: bool, count: int, problems: Sequence[str], known: bool) -> None:
    if not there:
        click.echo("no checkpoints in a second place: a log that was cut off could not be noticed (`audit checkpoint --to DIR`)")
        return
    for problem in problems:
        click.echo(f"DIFFERS: {problem}")
    if not problems:
        click.echo(f"{count} checkpoints are prefixes of the log")
    if not known:
        click.echo("SIGNER UNKNOWN: state the public key of the checkpoints with --key, got by another way than this home")


@command.command("checkpoint")
@click.option(
    "--to", "place", type=click.Path(file_okay=False, path_type=Path), help="Second place; the last one used unless stated."
)
@home_option
@json_option
def checkpoint(place: Path | None, home: Path, as_json: bool) -> None:
    """Append a signed checkpoint of the log to a file outside the home, and use that place from now on.

    Best is a place on another machine that only takes additions: whoever changes the database must not reach it.
    """
    from dataset_safety.safeguards.checkpoints import write_checkpoint
    from dataset_safety.safeguards.places import CHECKPOINTS, remembered
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        chosen = place or remembered(store.home, CHECKPOINTS)
        if chosen is None:
            raise click.UsageError("no place of checkpoints is known. Hint: name one with --to DIR.")
        made = write_checkpoint(store, chosen)
    if as_json:
        print_json(made.as_dict())
    else:
        click.echo(f"{made.size} events, head {made.head}, signed by {made.public_key}")


@command.command("show")
@home_option
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="How many events.")
def show(home: Path, last: int) -> None:
    """Show the last events."""
    from collections import deque

    from dataset_safety.store import audit
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        for event in deque(audit.events(connection), maxlen=last):
            click.echo(
                f"{event.seq:>6} {event.at[:19]} {event.actor:<12} {event.action:<20} {event.subject[:16]} {event.detail[:120]}"
            )
