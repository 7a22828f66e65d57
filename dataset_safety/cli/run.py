"""``dataset-safety run``: the Dagster jobs, executed in this process, so that the web interface shows them afterwards."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from dataset_safety.cli.options import (
    exit_code,
    home_option,
    json_option,
    print_json,
    progress_bars,
    stage_option,
    stages,
    tell,
    verdict_row,
    verdict_table,
)


@click.command("run")
@click.option(
    "--inbox",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    envvar="DATASET_SAFETY_INBOX",
    help="Folder with <stage>/<source_id>/source.toml and data files beside it.",
)
@home_option
@stage_option
@click.option("--release", "label", help="A label for the release; it is named by its hash in any case.")
@click.option(
    "--wait", "wait_seconds", type=float, default=3600.0, show_default=True, help="Seconds to wait for another run in this home."
)
@click.option(
    "--relabel",
    metavar="REASON",
    help="Take the newest library and model though people are judging; logged and shown.",
)
@json_option
def command(
    inbox: Path, home: Path, stage: str | None, label: str | None, wait_seconds: float, relabel: str | None, as_json: bool
) -> None:
    """Take an inbox through every artifact of the workflow, for both stages or one.

    Work that was done before is not done again. A release that people have begun to judge keeps the keyword library, model
    and settings that it was filtered with until its draws are closed, or until --relabel says why not.

    Ends with 0 when every verdict passes, 1 when one is not compliant, 3 when one is incomplete, 2 for a mistake in what was
    asked, 4 for an internal error.
    """
    from dataset_safety.defs.running import assess_inbox

    chosen = stages(stage)
    with progress_bars():
        outcomes = assess_inbox(
            inbox,
            home,
            chosen,
            label=label,
            wait_seconds=wait_seconds,
            explicit=stage is not None,
            relabel=relabel,
            waiting=lambda who: tell(f"waiting: the home folder is held by {who}"),
        )
    if as_json:
        print_json({"releases": [outcome.as_dict(verdict_row) for outcome in outcomes]})
    else:
        for outcome in outcomes:
            counts = outcome.counts
            tell("")
            verdict_table(f"{outcome.stage.value} · release {outcome.release[:12]}", outcome.verdicts)
            click.echo(
                f"{counts['units']} units = {counts['kept']} kept + {counts['removed']} removed + {counts['held']} held + "
                f"{counts['quarantined']} quarantined; {counts['skipped']} other records skipped"
            )
            if outcome.pinned.get("newer_recipe_available"):
                click.echo(_kept(outcome.pinned))
            click.echo(f"report: {outcome.report}")
        tell(f"\nlook at it: dataset-safety ui --home {home} --inbox {inbox}")
    codes = [exit_code(verdict.value for verdict in outcome.verdicts) for outcome in outcomes]
    sys.exit(next((code for code in (4, 2, 1, 3) if code in codes), 0))


def _kept(pinned: Mapping[str, Any]) -> str:
    library, model = pinned["pinned_library"] or "none", pinned["pinned_model"] or "none"
    return (
        f"people are judging this release, so it keeps keyword library {library} and model {model}, though newer ones or other "
        "settings are in force; to move on: `dataset-safety run --relabel REASON`"
    )
