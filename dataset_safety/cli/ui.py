"""``dataset-safety ui``: ``dagster dev`` on loopback with its home in ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from dataset_safety.cli.options import home_option, tell


@click.command("ui")
@home_option
@click.option(
    "--inbox",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="DATASET_SAFETY_INBOX",
    help="Inbox that sensors and jobs read.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
def command(home: Path, inbox: Path | None, port: int) -> None:
    """Open Dagster's web interface on 127.0.0.1.

    Dagster's open-source server has no login: whoever reaches the port may launch and delete runs. Keep it on
    this machine, or behind a proxy that signs people in.
    """
    from dataset_safety.defs.running import prepare_dagster_home
    from dataset_safety.shipping import shipped
    from dataset_safety.store.home import Home

    found = Home.find(home).create()
    environment = {**os.environ, "DAGSTER_HOME": str(prepare_dagster_home(found)), "DATASET_SAFETY_HOME": str(found.root)}
    if inbox is not None:
        environment["DATASET_SAFETY_INBOX"] = str(inbox.resolve())
    tell(f"Dagster on http://127.0.0.1:{port} (stop with Ctrl-C)")
    arguments = [sys.executable, "-m", "dagster", "dev", "-w", str(shipped("workspace.yaml")), "-h", "127.0.0.1", "-p", str(port)]
    sys.exit(subprocess.call(arguments, env=environment))
