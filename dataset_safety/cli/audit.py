"""``dataset-safety audit``: verify and show the audit log."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dataset_safety.cli.options import home_option, json_option, print_json


@click.group("audit")
def command() -> None:
    """The hash-chained log of what was collected, pre-processed, used and decided."""


@command.command("verify")
@home_option
@json_option
def verify(home: Path, as_json: bool) -> None:
    """Walk the whole chain. Keep the head elsewhere: only then can a truncated log be noticed."""
    from dataset_safety.safeguards.audit_log import verify_chain
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        state = verify_chain(connection)
    if as_json:
        print_json(
            {
                "events": state.events,
                "intact": state.intact,
                "head": state.head,
                "broken_at": state.broken_at,
                "problem": state.problem,
            }
        )
    else:
        click.echo(
            f"{state.events} events, head {state.head}" if state.intact else f"broken at event {state.broken_at}: {state.problem}"
        )
    sys.exit(0 if state.intact else 1)


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
