"""``dataset-safety probe``: attack the deployment and record what it refused; alerts and their handling."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataset_safety.cli.options import home_option, json_option, print_json, tell
from dataset_safety.safeguards.probes.contract import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_safety.safeguards.alerts import Alert
    from dataset_safety.safeguards.probes.running import Coverage, Recorded

DAGSTER_PORT = 3000
TOKEN_VARIABLE = "DATASET_SAFETY_PROBE_VIEWER_TOKEN"
folder = click.Path(file_okay=False, path_type=Path)


@click.group("probe")
def command() -> None:
    """Probes of section 5 and 8.1: they try what must not work, plant what must be noticed, and restore what must come back."""


@command.command("run")
@click.option("--family", "families", multiple=True, type=click.Choice(FAMILIES), help="Only this family; all unless stated.")
@click.option("--dagster-url", multiple=True, help="Address of Dagster; port 3000 of this machine if something answers there.")
@click.option("--review-url", multiple=True, help="Address of the review page; port 3080 of this machine if something answers.")
@click.option("--backup", type=folder, help="Place of the backups; the last one used unless stated.")
@click.option("--checkpoints", type=folder, help="Place of the audit checkpoints; the last one used unless stated.")
@home_option
@json_option
def run(
    families: tuple[str, ...],
    dagster_url: tuple[str, ...],
    review_url: tuple[str, ...],
    backup: Path | None,
    checkpoints: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """Take the inventory, run the probes, and record what they saw; verdicts follow at the next evaluation.

    A viewer's token for the probe of review roles is read from DATASET_SAFETY_PROBE_VIEWER_TOKEN. Ends with 0 when the
    probes ran, whatever they saw.
    """
    from dataset_safety.review.address import PORT
    from dataset_safety.safeguards.probes.contract import Family, Kind
    from dataset_safety.safeguards.probes.running import coverage, deployment, on_record, run_probes
    from dataset_safety.store.facade import open_store

    stated = dict.fromkeys(dagster_url, Kind.DAGSTER_WEB) | dict.fromkeys(review_url, Kind.REVIEW_PAGE)
    usual = {DAGSTER_PORT: Kind.DAGSTER_WEB, PORT: Kind.REVIEW_PAGE}
    token = os.environ.get(TOKEN_VARIABLE, "")
    with open_store(home) as store:
        found = deployment(store, stated=stated, usual=usual, backup=backup, checkpoints=checkpoints, viewer_token=token)
        seen = run_probes(found, [Family(name) for name in families] or list(Family))
        places, newest = on_record(store)
    covered = list(coverage(places, newest))
    if as_json:
        print_json(_document(places, seen, covered))
        return
    _show(seen)
    _show_coverage(places, covered)
    tell("recorded; the verdicts of 8.1 follow at the next evaluation (`dataset-safety run`)")


@command.command("list")
@json_option
def listing(as_json: bool) -> None:
    """Show every probe and what it expects."""
    from dataset_safety.safeguards.probes.registry import PROBES

    rows = [
        {
            "probe": probe.name, "family": probe.family.value, "clause": probe.family.clause, "expects": probe.expects,
            "applies": sorted(kind.value for kind in probe.applies),
        }
        for probe in PROBES
    ]  # fmt: skip
    if as_json:
        print_json({"probes": rows})
        return
    for row in rows:
        click.echo(f"{row['family']:<15}{row['probe']:<24}{row['clause']}  {row['expects']}")


@command.command("show")
@home_option
@json_option
def show(home: Path, as_json: bool) -> None:
    """Show the inventory and the last observation of each probe, as recorded."""
    from dataset_safety.safeguards.probes.running import coverage, on_record
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        places, newest = on_record(store)
    covered = list(coverage(places, newest))
    if as_json:
        print_json(_document(places, list(newest.values()), covered))
        return
    if not places:
        click.echo("nothing was probed yet; `dataset-safety probe run` does it")
        return
    _show(newest.values())
    _show_coverage(places, covered)


@command.command("retire")
@click.argument("address")
@click.option("--reason", required=True, help="Why it is no part of the deployment any more.")
@click.option("--by", required=True, help="Who says so.")
@click.option("--never", type=click.Choice(("dagster", "review")), help="This kind of server was never at ADDRESS nor elsewhere.")
@home_option
def retire(address: str, reason: str, by: str, never: str | None, home: Path) -> None:
    """Take the server at ADDRESS out of the inventory; the statement is recorded.

    A deployment without Dagster or without a review page says so with --never and the address at which it would be.
    """
    from dataset_safety.safeguards.probes.contract import Kind
    from dataset_safety.safeguards.probes.inventory import retire as record
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        kind = {"dagster": Kind.DAGSTER_WEB, "review": Kind.REVIEW_PAGE}.get(never or "")
        click.echo(f"{record(store, address, reason=reason, by=by, never=kind)} is retired")


@command.command("receive")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=3090, show_default=True)
def receive(host: str, port: int) -> None:
    """Take alerts, print each as a line of JSON, and answer with its nonce; for DATASET_SAFETY_ALERT_WEBHOOK."""
    import json

    from dataset_safety.safeguards.probes.receiver import receiver

    server = receiver(host, port, lambda message: click.echo(json.dumps(message, ensure_ascii=True)))
    tell(f"alerts on http://{host}:{port}/ (stop with Ctrl-C)")
    server.serve_forever()


@command.group("alert")
def alert() -> None:
    """Alerts and their handling (8.1 b 2)."""


@alert.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@home_option
@json_option
def alert_list(everything: bool, home: Path, as_json: bool) -> None:
    """Show the open alerts."""
    from dataset_safety.safeguards.alerts import alerts
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        found = [one for one in alerts(connection) if everything or one.open]
    if as_json:
        print_json({"alerts": [_alert_row(one) for one in found]})
        return
    for one in found:
        state = f"closed {one.closed_at[:19]} by {one.by}: {one.action}" if one.closed_at else "open"
        click.echo(f"{one.alert}  {one.raised_at[:19]}  {one.monitor:<20} {one.what} ({one.subject[:60]})  {state}")
    if not found:
        click.echo("no alerts" if everything else "no open alerts")


@alert.command("close")
@click.argument("alert_id", metavar="ID")
@click.option("--action", required=True, help="What was done about it.")
@click.option("--by", required=True, help="Who did it.")
@home_option
def alert_close(alert_id: str, action: str, by: str, home: Path) -> None:
    """Record the handling of an alert (its id, or the beginning of it)."""
    from dataset_safety.safeguards.alerts import close_alert
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        closed = close_alert(store, alert_id, action=action, by=by)
    click.echo(f"{closed.alert} closed by {closed.by}")


def _alert_row(one: Alert) -> dict[str, Any]:
    return {"open": one.open, **{name: getattr(one, name) for name in one.__slots__}}


def _document(places: dict[str, Any], seen: Sequence[Recorded], covered: Sequence[Coverage]) -> dict[str, Any]:
    return {
        "inventory": [{"place": name, "kind": kind.value} for name, kind in places.items()],
        "coverage": {one.family.value: {"asked": one.asked, "passed": one.passed} for one in covered},
        "probes": [
            {
                "family": one.family.value, "probe": one.probe, "place": one.place, "result": one.result.value,
                "observed": one.observed, "expects": one.expects, "remedy": one.remedy,
                "at": one.at.isoformat(), "facts": dict(one.facts),
            }
            for one in seen
        ],
    }  # fmt: skip


def _show(seen: Iterable[Recorded]) -> None:
    """What was tried and seen; where it did not pass, also what was expected and what to do. The result is a word."""
    for one in seen:
        click.echo(f"{one.result.value:<14}{one.probe:<24}{one.place:<16} {one.observed}")
        if one.remedy:
            click.echo(f"{'':14}expected: {one.expects}")
            click.echo(f"{'':14}to do: {one.remedy}")


def _show_coverage(places: dict[str, Any], covered: Sequence[Coverage]) -> None:
    click.echo(f"inventory: {len(places)} places: {', '.join(places)}")
    for one in covered:
        stands = f"{one.passed} of {one.asked} probes passed" if one.asked else "no place"
        click.echo(f"  {one.family.value:<15} {stands}")
