"""``dataset-safety encryption``: encryption at rest of the stored objects (section 5 c, 8.1 b 3)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataset_safety.cli.options import home_option, json_option, print_json, progress_bars, tell

if TYPE_CHECKING:
    from dataset_safety.safeguards.encryption import Converted


@click.group("encryption")
def command() -> None:
    """Encryption of the stored objects: samples, records, decisions, draws and documents. Off unless switched on.

    The key is taken from DATASET_SAFETY_ENCRYPTION_KEY (64 hexadecimal digits), from the file that
    DATASET_SAFETY_ENCRYPTION_KEY_FILE names, or from the systemd credential dataset-safety-encryption-key; without them
    one is made in HOME/keys, which is weak: it lies beside the data. Lose the key and the data are lost.

    DATASET_SAFETY_ENCRYPT=1 switches encryption on for every home that is opened, new ones included.

    The database, reports, training exports and bundles are plain in any case: put them on an encrypted volume.
    """


@command.command("on")
@home_option
@json_option
def on(home: Path, as_json: bool) -> None:
    """Encrypt new objects from now on, and those that are there. Run it again after it was stopped: it goes on.

    What was written plain before may survive in free blocks of the disk, in snapshots and in earlier backups.
    """
    from dataset_safety.safeguards.encryption import switch_on
    from dataset_safety.store.home import Home

    with progress_bars():
        made = switch_on(Home.find(home))
    _tell(made, as_json)


@command.command("rotate")
@home_option
@json_option
def rotate(home: Path, as_json: bool) -> None:
    """Put a new key in use and wrap the data keys under it; no content is decrypted.

    The new key is the first one that the environment states, with the old one after it; without any a new one is made in
    HOME/keys. Earlier keys are not deleted: earlier backups need them. If it is stopped, `encryption on` does the rest.
    """
    from dataset_safety.safeguards.encryption import rotate as change_key
    from dataset_safety.store.home import Home

    with progress_bars():
        made = change_key(Home.find(home))
    _tell(made, as_json)


@command.command("status")
@home_option
@json_option
def status(home: Path, as_json: bool) -> None:
    """How many objects are encrypted, under which keys, and where the key in use lives. Ends with 0 in any case."""
    from dataset_safety.safeguards.encryption import in_words, state
    from dataset_safety.store.home import Home
    from dataset_safety.store.objects import ObjectStore

    found = state(ObjectStore((at := Home.find(home)).objects, at.staging))
    if as_json:
        place = {"place": found.held.place, "beside_data": found.held.beside} if found.held else {}
        counts = {"objects": found.objects, "encrypted": found.encrypted, "by_key": dict(found.by_key)}
        print_json({"key": found.current, **place, **counts, "problem": found.problem})
        return
    for what, good, words in in_words(found):
        click.echo(f"{'ok  ' if good else 'BAD '} {what}: {words}")


def _tell(made: Converted, as_json: bool) -> None:
    if as_json:
        print_json({name: getattr(made, name) for name in type(made).__slots__})
    else:
        done = f"{made.encrypted} objects encrypted, {made.rewrapped} rewrapped, {made.unchanged} were done"
        click.echo(f"{done}; key {made.key_id[:12]}…")
    if made.left:
        tell(f"{len(made.left)} objects were left as they are: damaged, or their key is not at hand. Hint: restore a backup.")
    sys.exit(1 if made.left else 0)
