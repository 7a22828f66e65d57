"""Durable files named by their content: stage, fsync, rename, fsync the folder.

Nothing reads a file that the database does not name, so a file that was renamed before a crash and
never committed is only garbage. A run that repeats the work writes the same name again.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_safety.store.errors import DiskFull, ObjectDamaged, ObjectMissing

if TYPE_CHECKING:
    import polars as pl

BLOCK = 1 << 20
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def sha256_of(stream: BufferedReader) -> str:
    """SHA-256 of the rest of a stream, read in blocks."""
    return hashlib.file_digest(stream, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Turn a full disk into :class:`DiskFull`, which says where and what to do."""
    try:
        yield
    except Exception as error:
        if _os_error(error) in NO_ROOM:
            raise DiskFull(
                f"no room left to write below {path.name}/",
                hint="free some space and run again: what was committed is kept and not done twice.",
                folder=path,
            ) from None
        raise


def _os_error(error: Exception) -> int | None:
    """The operating system's number of an error; polars hides it in the words of errors of its own."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    stated = re.search(r"os error (\d+)", str(error)) if type(error).__module__.startswith("polars") else None
    return int(stated.group(1)) if stated else None


class ObjectStore:
    """The ``objects/`` folder of a home."""

    def __init__(self, root: Path, staging: Path) -> None:
        self.root = root
        self.staging = staging

    def path(self, digest: str) -> Path:
        """Where the object stands; :class:`ObjectMissing` if it does not."""
        path = self.root / digest[:2] / digest
        if not path.is_file():
            raise ObjectMissing(
                f"stored object {digest[:12]}… is missing",
                hint="restore objects/ from a backup: `dataset-safety backup`.",
                digest=digest,
            )
        return path

    def holds(self, digest: str) -> bool:
        """Whether the object stands; its bytes are not read."""
        return (self.root / digest[:2] / digest).is_file()

    def verified(self, digest: str) -> Path:
        """The path of an object whose bytes were just compared with its name."""
        path = self.path(digest)
        with path.open("rb") as stream:
            if sha256_of(stream) != digest:
                raise ObjectDamaged(
                    f"stored object {digest[:12]}… does not have the bytes that its name promises",
                    hint="restore objects/ from a backup: `dataset-safety backup`.",
                    digest=digest,
                )
        return path

    def publish(self, write: Callable[[Path], None]) -> str:
        """Let ``write`` fill a staged file, make it durable and return its digest."""
        with room_for(self.root):
            self.staging.mkdir(mode=0o700, parents=True, exist_ok=True)
            staged = self.staging / secrets.token_hex(12)
            try:
                write(staged)
                return self._adopt(staged)
            finally:
                staged.unlink(missing_ok=True)

    def _adopt(self, staged: Path) -> str:
        with staged.open("rb") as stream:
            os.fsync(stream.fileno())
            digest = sha256_of(stream)
        folder = self.root / digest[:2]
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self.root)
        target = folder / digest
        if not target.exists():
            os.replace(staged, target)
            sync_folder(folder)
        return digest

    def publish_bytes(self, content: bytes) -> str:
        """Store some bytes."""
        return self.publish(lambda path: _write_bytes(path, content))

    def publish_frame(self, frame: pl.DataFrame) -> str:
        """Store a frame as Parquet (zstd); the same frame and version of polars give the same name."""
        return self.publish(lambda path: _write_frame(path, frame))

    def read_bytes(self, digest: str) -> bytes:
        """The bytes of an object, compared with its name."""
        return self.verified(digest).read_bytes()

    def read_frame(self, digest: str, columns: list[str] | None = None) -> pl.DataFrame:
        """A stored frame; its bytes are compared with its name before they are parsed."""
        import polars as pl

        return pl.read_parquet(self.verified(digest), columns=columns)

    def clear_staging(self) -> None:
        """Remove what a killed run left half written; only whoever holds the home's lock may do this."""
        for path in self.staging.glob("*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def collect_garbage(self, referenced: set[str]) -> int:
        """Delete objects that the database does not name; how many went. Needs the home's lock as well."""
        gone = [path for path in self.root.glob("*/*") if path.name not in referenced]
        for path in gone:
            path.unlink()
        return len(gone)


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _write_frame(path: Path, frame: pl.DataFrame) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
