"""Backup and restore of a home folder (R.5.c: backup), proved by hash and not by trust."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from sqlalchemy import make_url

from dataset_safety import clock
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.safeguards.places import BACKUP, remember
from dataset_safety.store.canonical import canonical_json, digest_of
from dataset_safety.store.errors import KeyMissing, ObjectDamaged
from dataset_safety.store.home import Home
from dataset_safety.store.locking import exclusive
from dataset_safety.store.objects import ObjectStore, room_for, sha256_of

MANIFEST = "manifest.json"
DATABASE = "safety.db"
COPIED = ("objects", "keys", "reports", "libraries", "models")


class BackupError(DatasetSafetyError):
    """A backup cannot be made or brought back as asked."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class BackupMade:
    """How many files the backup holds and how many were copied now."""

    files: int
    copied: int
    manifest_sha256: str


def create_backup(home: Home, target: Path) -> BackupMade:
    """Copy database (hot copy), objects, keys and reports; objects that are there already are not copied again."""
    if make_url(home.database_url).get_backend_name() != "sqlite":
        raise BackupError(
            "the database is not SQLite", hint="back it up with its own tool (pg_dump) beside this backup of the files."
        )
    if not (home.root / DATABASE).is_file():
        raise BackupError(f"no database in {home.root.name}/", hint="name the home folder with --home.")
    with exclusive(home.root, purpose="dataset-safety backup", wait_seconds=60), room_for(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy_database(home.root / DATABASE, target / DATABASE)
        hashes = {DATABASE: _hash(target / DATABASE)}
        copied = 1
        objects = ObjectStore(home.objects, home.staging)
        for path in _files(home.root):
            name = path.relative_to(home.root).as_posix()
            destination = target / name
            if not (name.startswith("objects/") and _is_there(objects, path, destination)):
                destination.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copy2(path, destination)
                copied += 1
            hashes[name] = _hash(destination)
        manifest = {"made_at": clock.now().isoformat(), "files": hashes}
        staged = target / f".{MANIFEST}"
        staged.write_text(canonical_json(manifest))
        os.replace(staged, target / MANIFEST)
        remember(home, BACKUP, target)
    return BackupMade(len(hashes), copied, digest_of(manifest))


def restore_backup(source: Path, home: Home) -> BackupMade:
    """Copy a backup into an empty home; refuse it when a file is missing or differs from the manifest."""
    if home.root.exists() and any(home.root.iterdir()):
        raise BackupError(f"{home.root.name}/ is not empty", hint="restore into a new folder, then move it into place.")
    made_at, hashes = read_manifest(source)
    bad = [name for name, digest in hashes.items() if not _inside(source, name) or _hash(source / name) != digest]
    if bad:
        raise BackupError(f"{len(bad)} files of the backup are missing or damaged", hint="use an earlier backup.", damaged=bad)
    with room_for(home.root):
        home.create()
        for name in hashes:
            (home.root / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy2(source / name, home.root / name)
    return BackupMade(len(hashes), len(hashes), digest_of({"made_at": made_at.isoformat(), "files": hashes}))


def read_manifest(source: Path) -> tuple[datetime, dict[str, str]]:
    """When a backup was made and the SHA-256 of its files by name."""
    try:
        manifest = json.loads((source / MANIFEST).read_text())
        made_at, hashes = datetime.fromisoformat(manifest["made_at"]), dict(manifest["files"])
        if made_at.tzinfo is None or not all(isinstance(cell, str) for pair in hashes.items() for cell in pair):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupError(
            "the folder holds no readable manifest", hint="name a folder made by `dataset-safety backup create`."
        ) from None
    return made_at, hashes


def _is_there(objects: ObjectStore, path: Path, destination: Path) -> bool:
    """Whether the backup's copy of an object stays. Its bytes change with encryption and with the key, never its name; one that
    differs is copied anew unless the object in the home is the one that is damaged.
    """
    if not destination.is_file():
        return False
    if _hash(destination) == _hash(path):
        return True
    try:
        objects.read_bytes(path.name)
    except ObjectDamaged:
        return True
    except KeyMissing:
        return False  # a copy is made without the key as well; whoever restores it needs the key
    return False


def _files(root: Path) -> list[Path]:
    return sorted(path for folder in COPIED for path in (root / folder).rglob("*") if path.is_file() and not path.is_symlink())


def _inside(root: Path, name: str) -> bool:
    path = (root / name).resolve()
    return path.is_relative_to(root.resolve()) and path.is_file()


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return sha256_of(stream)


def _copy_database(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
