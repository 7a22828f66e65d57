"""``dataset-safety report``: write the report of a release."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_safety.cli.options import home_option, json_option, print_json, stage_option


@click.command("report")
@click.option("--release", help="A release id, the beginning of one, or a label; the newest of each stage unless stated.")
@home_option
@stage_option
@json_option
def command(release: str | None, home: Path, stage: str | None, as_json: bool) -> None:
    """Write the report of a release again: one HTML file without script, readable without this program."""
    from dataset_safety.evaluation.ledger import chosen_releases
    from dataset_safety.report.writing import write
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        written = [(one, write(store, one.release_id)) for one in chosen_releases(store, release, stage)]
    if as_json:
        print_json([{"stage": one.stage.value, "release": one.release_id, "report": str(path)} for one, path in written])
        return
    for _, path in written:
        click.echo(str(path))
    if not written:
        click.echo("no releases yet; `dataset-safety run --inbox DIR` makes the first")
