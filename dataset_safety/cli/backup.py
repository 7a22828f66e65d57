"""``dataset-safety backup``: copy a home to a safe place and bring it back, compared by hash."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_safety.cli.options import home_option

SHOWN = 5


@click.group("backup")
def command() -> None:
    """Copies of a home folder: database, objects, keys and reports, with a manifest of SHA-256."""


@command.command("create")
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@home_option
def create(target: Path, home: Path) -> None:
    """Copy the home folder to TARGET (a new or earlier backup folder). Keys in the home are copied too: protect it."""
    from dataset_safety.safeguards.backup import create_backup
    from dataset_safety.store.home import Home

    made = create_backup(Home.find(home), target)
    click.echo(f"{made.files} files, {made.copied} copied now, manifest {made.manifest_sha256[:12]}…")
    if made.kept:
        click.echo(
            f"{len(made.kept)} earlier copies were kept: these objects are damaged in the home, or could not be verified: "
            + ", ".join(f"{name[:12]}…" for name in made.kept[:SHOWN])
            + (" and others" if len(made.kept) > SHOWN else "")
            + ". Hint: run it again with the keys at hand; what is kept then is damaged: restore it from this backup.",
            err=True,
        )


@command.command("restore")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@home_option
def restore(source: Path, home: Path) -> None:
    """Bring the backup in SOURCE back into an empty home folder; every file is compared with the manifest."""
    from dataset_safety.safeguards.backup import restore_backup
    from dataset_safety.store.home import Home

    made = restore_backup(source, Home.find(home))
    click.echo(f"{made.files} files restored to {home}; `dataset-safety audit verify` checks the log")
