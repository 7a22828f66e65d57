"""Encryption (8.1 b 3): a planted text is looked for in the raw bytes of the stores, and connections are looked at.

What is planted is random and means nothing. It is stored as every object is, named by no row, read back raw and deleted: no
population of a release can hold it.
"""

from __future__ import annotations

import math
import random
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from dataset_safety.safeguards.backup import DATABASE
from dataset_safety.safeguards.encryption import state
from dataset_safety.safeguards.probes.contract import Fact, Family, Kind, Observation, Target
from dataset_safety.safeguards.probes.volumes import encrypted_volume
from dataset_safety.store import audit
from dataset_safety.store.facade import Store
from dataset_safety.store.servers import data_directory, host_of

TRIED = 20
BLOCK = 1 << 20
HEAD = 64 << 10
ENTROPY_MIN = 7.5
"""Bits a byte below which the beginning of a file is text or records and no cipher."""
SMALL = 1024
MAGIC = (b"PAR1", b"SQLite format 3\0", b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"{", b"[")
VOLUME = "operators: `dataset-safety encryption on` for stored objects, an encrypted volume (LUKS or ZFS) for the rest"
EMPTY = "operators: make the export or the backup, then probe again with `dataset-safety probe run --family encryption`"
LOCAL = frozenset({"", "localhost", "127.0.0.1", "::1"})


class ObjectsAtRest:
    """Stored objects are no plaintext on the disk."""

    name, family, applies = "objects_at_rest", Family.ENCRYPTION, frozenset({Kind.OBJECTS})
    expects = "a planted text is not in the raw bytes of its object, and no object begins like a known format"

    def run(self, target: Target) -> Observation:
        """Plant an object, read its bytes, delete it; then look at the header of every object, and into random ones."""
        canary = _canary()
        found = canary in _planted(target.store, canary)
        counted = state(target.store.objects)
        looked = len(list(_plain(_some_files(target.place.folder))))
        return _judged(target, target.place.folder, found, max(counted.objects - counted.encrypted, looked))


class FilesAtRest:
    """Exports and backups are no plaintext on the disk."""

    name, family, applies = "files_at_rest", Family.ENCRYPTION, frozenset({Kind.EXPORTS, Kind.BACKUP})
    expects = "no file begins like a known format"

    def run(self, target: Target) -> Observation:
        """Look at random files, and at the database of each backup."""
        folder = target.place.folder
        chosen = {*_some_files(folder), *(path for path in folder.rglob(DATABASE) if path.is_file())}
        if not chosen:
            return Observation.could_not_run("there is no file in it that could be looked at", EMPTY)
        return _judged(target, folder, False, len(list(_plain(sorted(chosen)))))


class DatabaseAtRest:
    """The database is no plaintext on the disk."""

    name, family = "database_at_rest", Family.ENCRYPTION
    applies = frozenset({Kind.DATABASE_FILE, Kind.DATABASE_SERVER})
    expects = "a planted text is not in the raw bytes of the database, or its volume is encrypted"

    def run(self, target: Target) -> Observation:
        """Let the log of this probe hold a random text, and look for it in the files of the database."""
        if target.place.kind is Kind.DATABASE_SERVER:
            return self._server(target)
        path, canary = target.place.folder, _canary()
        with target.store.database.write() as connection:
            audit.append(connection, "probe.plant", canary.decode())
        files = [path, *path.parent.glob(f"{path.name}-wal")]
        return _judged(target, path, any(_holds(one, canary) for one in files), 0)

    def _server(self, target: Target) -> Observation:
        folder = data_directory(target.store.database) if host_of(target.store.database.url) in LOCAL else None
        if folder is None or not folder.is_dir():
            remedy = "operators: probe on the machine of the database server, as an account that may read its settings"
            return Observation.could_not_run("the files of the database server cannot be looked at from here", remedy)
        volume = encrypted_volume(folder, system=target.deployment.system)
        if volume:
            return Observation.passed(f"the volume of the server is encrypted ({volume})", volume=volume)
        return Observation.failed("the volume of the database server is not encrypted", VOLUME, volume="not encrypted")


def _judged(target: Target, place: Path, canary_found: bool, plain: int) -> Observation:
    """Plaintext (``plain`` files of it) is a failure unless the operating system encrypts the volume."""
    volume = encrypted_volume(place, system=target.deployment.system)
    facts: dict[str, Fact] = {"canary_found": canary_found, "plain_files": plain, "volume": volume or "not encrypted"}
    if volume:
        return Observation.passed(f"the volume is encrypted ({volume})", **facts)
    if canary_found or plain:
        what = ["the planted text stands in the raw bytes"] if canary_found else []
        what += [f"{plain} files are plaintext"] if plain else []
        return Observation.failed(" and ".join(what), VOLUME, **facts)
    return Observation.passed("no plaintext found", **facts)


def _canary() -> bytes:
    return f"canary-{secrets.token_hex(24)}".encode()


def _planted(store: Store, canary: bytes) -> bytes:
    """The raw bytes that a stored object of this content has; the object is deleted again."""
    digest = store.objects.publish_bytes(canary * 64)
    path = store.objects.path(digest)
    try:
        return path.read_bytes()
    finally:
        path.unlink()


def _some_files(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return random.sample(files, min(len(files), TRIED))


def _plain(files: Iterable[Path]) -> Iterator[str]:
    """Names of files that are readable as they are: they begin like a known format, or their bytes are far from random."""
    for path in files:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        if head.startswith(MAGIC) or (len(head) >= SMALL and _entropy(head) < ENTROPY_MIN) or _is_text(head):
            yield path.name


def _is_text(head: bytes) -> bool:
    try:
        return bool(head) and head[:SMALL].decode("ascii").isprintable()
    except UnicodeDecodeError:
        return False


def _entropy(content: bytes) -> float:
    """Bits a byte; 8 for random bytes without end."""
    n = len(content)
    return -sum(k / n * math.log2(k / n) for k in Counter(content).values())


def _holds(path: Path, wanted: bytes) -> bool:
    """Whether the bytes of a file contain something; read in blocks that overlap."""
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            if wanted in tail + block:
                return True
            tail = block[-len(wanted) :]
    return False
