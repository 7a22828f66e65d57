"""Backup and restore of a home folder (R.5.c: backup), proved by hash and not by trust."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import ClassVar

from sqlalchemy import make_url

from dataset_safety import clock
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.safeguards.places import BACKUP, remember
from dataset_safety.store.canonical import canonical_json, digest_of
from dataset_safety.store.errors import KeyMissing, KeyUnreadable, ObjectDamaged
from dataset_safety.store.home import Home
from dataset_safety.store.locking import exclusive
from dataset_safety.store.objects import ObjectStore, room_for, sha256_of
from dataset_safety.store.sealing import HEADER_BYTES, key_id, seals

MANIFEST = "manifest.json"
DATABASE = "safety.db"
COPIED = ("objects", "keys", "reports", "libraries", "models")


class BackupError(DatasetSafetyError):
    """A backup cannot be made or brought back as asked."""

    exit_code: ClassVar[int] = 2


class Done(Enum):
    """What became of one file: copied, there already, or the backup's copy was kept although the home's file differs."""

    COPIED = "copied"
    THERE = "there"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class BackupMade:
    """How many files the backup holds and how many were copied now.

    ``kept`` are the names of objects whose earlier copy stayed because the home's is damaged or could not be verified.
    """

    files: int
    copied: int
    manifest_sha256: str
    kept: tuple[str, ...] = ()


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
        hashes, done = {DATABASE: _hash(target / DATABASE)}, {DATABASE: Done.COPIED}
        objects = ObjectStore(home.objects, home.staging)
        for path in _files(home.root):
            name = path.relative_to(home.root).as_posix()
            done[name] = _bring(objects if name.startswith("objects/") else None, path, target / name)
            hashes[name] = _hash(target / name)
        manifest = {"made_at": clock.now().isoformat(), "files": hashes}
        staged = target / f".{MANIFEST}"
        staged.write_text(canonical_json(manifest))
        os.replace(staged, target / MANIFEST)
        remember(home, BACKUP, target)
    kept = tuple(Path(name).name for name, what in done.items() if what is Done.KEPT)
    return BackupMade(len(hashes), list(done.values()).count(Done.COPIED), digest_of(manifest), kept)


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


def _bring(objects: ObjectStore | None, path: Path, copy: Path) -> Done:
    """Copy a file, unless it is an object of these whose copy is there already or is the better one."""
    if objects is not None and copy.is_file():
        if _hash(copy) == _hash(path):
            return Done.THERE
        if not _replaces(objects, path, copy):
            return Done.KEPT
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy2(path, copy)
    return Done.COPIED


def _replaces(objects: ObjectStore, path: Path, copy: Path) -> bool:
    """Whether an object takes the place of its copy, which differs: its bytes change with encryption and with the key.

    It does if it can be read. Without its key it does only as those changes leave it: its header names the key in use, which
    the copy's does not, and what follows the header is the copy's, unless that is plain. Anything else may be damage.
    """
    try:
        objects.read_bytes(path.name)
    except ObjectDamaged:
        return False
    except (KeyMissing, KeyUnreadable):
        return _changed_key(objects, path, copy)
    return True


def _changed_key(objects: ObjectStore, path: Path, copy: Path) -> bool:
    with path.open("rb") as new, copy.open("rb") as old:
        header, before = new.read(HEADER_BYTES), old.read(HEADER_BYTES)
        try:
            current = objects.keys.current_id
        except KeyUnreadable:
            return False
        if key_id(header) != current:
            return False
        return not seals(before) or (key_id(before) != current and sha256_of(old) == sha256_of(new))


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
