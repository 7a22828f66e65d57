"""Backup (8.1 b 3): the newest backup is young, complete and can be restored; and a damaged one is noticed.

Everything happens in scratch folders, on copies.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from dataset_safety import clock
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.safeguards.backup import DATABASE, MANIFEST, BackupError, read_manifest, restore_backup
from dataset_safety.safeguards.places import other_device
from dataset_safety.safeguards.probes.contract import Fact, Family, Kind, Observation, Target
from dataset_safety.standard import load_edition
from dataset_safety.store.audit import GENESIS, hashes_at
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.database import Database
from dataset_safety.store.errors import KeyMissing, ObjectDamaged, ObjectMissing
from dataset_safety.store.home import Home
from dataset_safety.store.objects import ObjectStore, sha256_of
from dataset_safety.store.references import referenced_objects

TRIED = 20
STORES = frozenset({Kind.DATABASE_FILE, Kind.DATABASE_SERVER, Kind.OBJECTS, Kind.KEYS})
MAKE = "operators: make a backup with `dataset-safety backup create DIR` and probe with `dataset-safety probe run --backup DIR`"
SERVER = "operators: back the database server up with its own tool and prove its restore there"


class Restore:
    """What a store holds comes back from the newest backup."""

    name, family, applies = "restore", Family.BACKUP, STORES
    expects = "the newest backup is young, its hashes agree, and a restore into a scratch folder gives the store again"

    def run(self, target: Target) -> Observation:
        """Restore the database, the keys or some objects into a scratch folder and look at them there."""
        kind = target.place.kind
        if kind is Kind.DATABASE_SERVER:
            return Observation.could_not_run("the database is a server, which this tool does not back up", SERVER)
        if target.deployment.backup is None:
            return Observation.could_not_run("no place of backups is known", MAKE)
        try:
            folder, made_at, files = newest(target.deployment.backup)
        except BackupError as error:
            return Observation.could_not_run(error.message, MAKE)
        days = load_edition().thresholds.ttl_probe_days
        if made_at > clock.now():
            return Observation.failed(f"the newest backup says that it is of {made_at.date()}, which lies ahead", MAKE)
        if clock.now() - made_at > timedelta(days=days):
            return Observation.failed(f"the newest backup is of {made_at.date()}, more than {days} days old", MAKE)
        home = target.store.home
        away = other_device(home, folder)
        facts: dict[str, Fact] = {"made_at": made_at.isoformat(timespec="seconds"), "files": len(files), "other_device": away}
        try:
            problem = {Kind.DATABASE_FILE: _database, Kind.OBJECTS: _objects, Kind.KEYS: _keys}[kind](target, folder, files)
        except DatasetSafetyError as error:
            problem = error.message
        if problem:
            return Observation.failed(problem, MAKE, **facts)
        warned = "" if away else "; warning: it is on the same device as the home"
        return Observation.passed(f"restored from the backup of {made_at.date()}{warned}", **facts)


class DamageNoticed:
    """A backup in which one bit is wrong is not restored."""

    name, family, applies = "damage_noticed", Family.BACKUP, frozenset({Kind.BACKUP})
    expects = "every hash of the newest backup agrees, and a copy with one flipped bit is refused"

    def run(self, target: Target) -> Observation:
        """Hash everything; then copy some files, flip a bit of one of them, and try to restore the copy."""
        try:
            folder, _, files = newest(target.place.folder)
        except BackupError as error:
            return Observation.could_not_run(error.message, MAKE)
        damaged = [name for name, digest in files.items() if not _agrees(folder / name, digest)]
        if damaged:
            return Observation.failed(f"{len(damaged)} files of the backup are missing or damaged", MAKE, damaged=len(damaged))
        with TemporaryDirectory() as scratch:
            copy = Path(scratch) / "copy"
            chosen = _copied(folder, copy, files, [DATABASE, *_chosen(files)])
            _flip(copy / random.choice(sorted(chosen)))
            try:
                restore_backup(copy, Home(Path(scratch) / "restored"))
            except BackupError:
                return Observation.passed(f"{len(files)} hashes agree, and a flipped bit is noticed", files=len(files))
        return Observation.failed("a copy with a flipped bit was restored without a word", MAKE, files=len(files))


def newest(place: Path) -> tuple[Path, datetime, dict[str, str]]:
    """Folder, moment and hashes of the newest backup at or directly below a place; :class:`BackupError` when there is none."""
    found = []
    for folder in (place, *(sorted(place.iterdir()) if place.is_dir() else ())):
        if (folder / MANIFEST).is_file():
            found.append((folder, *read_manifest(folder)))
    if not found:
        raise BackupError(f"there is no backup in {place.name}/", hint="name a folder made by `dataset-safety backup create`.")
    return max(found, key=lambda one: one[1])


def _database(target: Target, folder: Path, files: Mapping[str, str]) -> str:
    """The restored log verifies, and it is the beginning of the present one."""
    if DATABASE not in files:
        return "the backup holds no database"
    with _restored_database(folder, files) as database, database.read() as connection:
        chain = verify_chain(connection)
    if not chain.intact:
        return f"the audit log of the restored database breaks at event {chain.broken_at}"
    with target.store.database.read() as connection:
        here = hashes_at(connection, [chain.events])
    return "" if here.get(chain.events, GENESIS) == chain.head else "the restored database is not one of this deployment"


def _objects(target: Target, folder: Path, files: Mapping[str, str]) -> str:
    """Every object that the restored database names is in the backup, and random ones come back with their content.

    The name of an object is the hash of its plain content, so that it does not matter whether it was encrypted, or its key
    changed, since the backup was made. The keys of the backup are restored beside the objects.
    """
    if DATABASE not in files:
        return "the backup holds no database that says which objects belong to it"
    with _restored_database(folder, files) as database, database.read() as connection:
        named = {digest: f"objects/{digest[:2]}/{digest}" for digest in referenced_objects(connection)}
    missing = [digest for digest, name in named.items() if name not in files]
    if missing:
        return f"{len(missing)} of {len(named)} objects that the restored database names are not in the backup"
    if not named:
        with target.store.database.read() as connection:
            return "the backup holds no object, and here are some" if referenced_objects(connection) else ""
    chosen = random.sample(sorted(named), min(len(named), TRIED))
    keys = [name for name in files if name.startswith("keys/")]
    with _restored(folder, files, [*keys, *(named[digest] for digest in chosen)]) as scratch:
        restored = ObjectStore(scratch / "objects", Home(scratch).staging)
        lost = [digest for digest in chosen if not _comes_back(restored, digest)]
    return f"{len(lost)} of {len(chosen)} restored objects do not have the content that their names promise" if lost else ""


def _comes_back(restored: ObjectStore, digest: str) -> bool:
    try:
        restored.read_bytes(digest)
    except (ObjectDamaged, ObjectMissing, KeyMissing):
        return False
    return True


def _keys(target: Target, folder: Path, files: Mapping[str, str]) -> str:
    """Every key is in the backup: without them what is encrypted or signed is lost."""
    keys = [path for path in target.store.home.keys.rglob("*") if path.is_file() and not path.name.startswith(".")]
    names = {path.relative_to(target.store.home.root).as_posix(): path for path in keys}
    missing = [name for name, path in names.items() if name not in files or not _agrees(path, files[name])]
    if missing:
        return f"{len(missing)} of {len(names)} keys are not in the backup"
    with _restored(folder, files, list(names)) as scratch:
        return "" if all(_alike(scratch / name, path) for name, path in names.items()) else "a restored key differs"


@contextmanager
def _restored(folder: Path, files: Mapping[str, str], names: list[str]) -> Iterator[Path]:
    """A scratch home with some files of a backup, restored by the code that restores all of it."""
    with TemporaryDirectory() as scratch:
        root = Path(scratch)
        _copied(folder, root / "copy", files, names)
        restore_backup(root / "copy", Home(root / "home"))
        yield root / "home"


@contextmanager
def _restored_database(folder: Path, files: Mapping[str, str]) -> Iterator[Database]:
    """The database of a backup, opened in a scratch home."""
    with _restored(folder, files, [DATABASE]) as scratch:
        database = Database(f"sqlite:///{scratch / DATABASE}")
        try:
            database.check()
            yield database
        finally:
            database.close()


def _copied(folder: Path, copy: Path, files: Mapping[str, str], names: list[str]) -> list[str]:
    """A backup of these files only, with the hashes of the whole one."""
    chosen = {name: files[name] for name in names if name in files}
    for name in chosen:
        (copy / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / name).is_file():
            shutil.copyfile(folder / name, copy / name)
    copy.mkdir(mode=0o700, exist_ok=True)
    (copy / MANIFEST).write_text(canonical_json({"made_at": clock.now().isoformat(), "files": chosen}))
    return list(chosen)


def _chosen(files: Mapping[str, str]) -> list[str]:
    objects = [name for name in files if name.startswith("objects/")]
    return random.sample(objects, min(len(objects), TRIED))


def _agrees(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as stream:
            return sha256_of(stream) == digest
    except OSError:
        return False


def _alike(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        return sha256_of(first) == sha256_of(second)


def _flip(path: Path) -> None:
    """Flip one bit in the middle of a file; an empty file gets a byte."""
    content = bytearray(path.read_bytes() or b"\0")
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
