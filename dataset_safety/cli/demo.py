"""``dataset-safety demo``: a corpus with planted defects, the whole workflow on it, and what was found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from dataset_safety.cli.options import home_option, json_option, print_json, progress_bars, tell


@click.command("demo")
@home_option
@click.option("--samples", type=click.IntRange(500), default=6000, show_default=True, help="Samples for each stage.")
@json_option
def command(home: Path, samples: int, as_json: bool) -> None:
    """Make a Chinese and English corpus with planted defects, run everything, and print what was planted and found.

    The corpus lies in HOME/demo/inbox, so HOME shows a complete workflow in the web interface afterwards. Ends
    with 0 when every planted defect was found, with 1 otherwise; the verdicts themselves stay open until people judge.
    """
    from dataset_safety.defs.running import assess_inbox
    from dataset_safety.demo.corpus import build
    from dataset_safety.standard.stages import Stage
    from dataset_safety.store.facade import open_store
    from dataset_safety.store.home import Home

    inbox = Home.find(home).create().root / "demo" / "inbox"
    tell(f"writing about {samples} samples a stage to {inbox}")
    key = build(inbox, samples_per_stage=samples)
    with progress_bars():
        outcomes = assess_inbox(inbox, home, list(Stage), label="demo", wait_seconds=600)
    with open_store(home) as store:
        found = {outcome.stage: key.check(store, outcome.stage) for outcome in outcomes}
    if as_json:
        print_json(
            {
                "planted": {stage.value: [_as_dict(one) for one in planted] for stage, planted in found.items()},
                "reports": [str(outcome.report) for outcome in outcomes],
            }
        )
    else:
        for outcome in outcomes:
            click.echo(f"\n{outcome.stage.value}: {outcome.counts['units']} units, {outcome.counts['kept']} kept for use")
            for one in found[outcome.stage]:
                click.echo(
                    f"  {one.kind:<42} planted {one.planted:>4}, found {one.found:>4}{'' if one.complete else '   <- missed'}"
                )
            values = [verdict.value.value for verdict in outcome.verdicts]
            click.echo(f"  verdicts: {', '.join(f'{values.count(value)} {value}' for value in sorted(set(values)))}")
            click.echo(f"  report: {outcome.report}")
        tell(f"\nlook at it: dataset-safety ui --home {home} --inbox {inbox}")
    sys.exit(0 if all(one.complete for planted in found.values() for one in planted) else 1)


def _as_dict(planted: Any) -> dict[str, Any]:
    return {
        "kind": planted.kind,
        "planted": planted.planted,
        "found": planted.found,
        "missed": [list(place) for place in planted.missed],
    }
