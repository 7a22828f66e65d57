"""``dataset-safety doctor``: is this installation, and this home folder, fit for work?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dataset_safety.cli.options import home_option, json_option, print_json


@click.command("doctor")
@home_option
@click.option("--clean", is_flag=True, help="Also delete stored files that no row names (left by killed runs).")
@json_option
def command(home: Path, clean: bool, as_json: bool) -> None:
    """Check versions, the bundled library and model, the database, the disk and encryption. Ends with 0 when nothing is wrong."""
    from dataset_safety.safeguards.diagnosis import clean_up, diagnose
    from dataset_safety.store.home import Home

    findings = diagnose(Home.find(home))
    if clean:
        findings.append(clean_up(Home.find(home)))
    if as_json:
        print_json([{"what": one.what, "ok": one.ok, "detail": one.detail} for one in findings])
    else:
        for one in findings:
            click.echo(f"{'ok  ' if one.ok else 'BAD '} {one.what}: {one.detail}")
    sys.exit(0 if all(one.ok for one in findings) else 1)
