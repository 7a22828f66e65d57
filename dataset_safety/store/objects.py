"""Durable files named by their content: stage, fsync, rename, fsync the folder.

Nothing reads a file that the database does not name, so a file that was renamed before a crash and
never committed is only garbage. A run that repeats the work writes the same name again.

Where the home is encrypted (R.5.c) the file holds the content in the form of ``sealing`` and keeps the name, the SHA-256 of
the plain content. What the methods give is plain and compared with the name, whichever form the file has; only they know.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_safety.store import sealing
from dataset_safety.store.errors import DiskFull, KeyMissing, ObjectDamaged, ObjectMissing
from dataset_safety.store.home import Home, sync_folder
from dataset_safety.store.keyring import Keyring
from dataset_safety.store.lost_marker import refuse_plain
from dataset_safety.store.sealing import Key

if TYPE_CHECKING:
    import polars as pl

BLOCK = 1 << 20
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def sha256_of(stream: BufferedReader) -> str:
    """SHA-256 of the rest of a stream, read in blocks."""
    return hashlib.file_digest(stream, "sha256").hexdigest()


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


class Change(Enum):
    """What had to be done so that an object is encrypted under the current key."""

    NONE = "none"
    ENCRYPTED = "encrypted"
    REWRAPPED = "rewrapped"


class ObjectStore:
    """The ``objects/`` folder of a home."""

    def __init__(self, root: Path, staging: Path) -> None:
        self.root = root
        self.staging = staging
        self.keys = Keyring(Home(root.parent))

    def path(self, digest: str) -> Path:
        """Where the object stands, in whichever form; :class:`ObjectMissing` if it does not."""
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

    def key_for_new(self) -> Key | None:
        """The key for new objects, None where they are plain; :class:`KeyMissing` where it or the note of it is lost."""
        key = self.keys.current()
        if key is None:
            refuse_plain(self.keys, self.root)
        return key

    def publish(self, write: Callable[[Path | BytesIO], None]) -> str:
        """Let ``write`` fill a staged file, or memory where nothing plain may touch the disk; the digest of the content."""
        key = self.key_for_new()
        if key is None:
            with self._staged() as staged:
                write(staged)
                with staged.open("rb") as stream:
                    digest = sha256_of(stream)
                return self._adopt(staged, digest)
        memory = BytesIO()
        write(memory)
        content = memory.getbuffer()
        digest = hashlib.sha256(content).hexdigest()
        if not (self.root / digest[:2] / digest).exists():
            self._replace(digest, sealing.sealed(content, digest, key))
        return digest

    def publish_bytes(self, content: bytes) -> str:
        """Store some bytes."""
        return self.publish(lambda target: _write_bytes(target, content))

    def publish_frame(self, frame: pl.DataFrame) -> str:
        """Store a frame as Parquet (zstd); the same frame and version of polars give the same name."""
        return self.publish(lambda target: _write_frame(target, frame))

    def read_bytes(self, digest: str) -> bytes:
        """The content of an object, compared with its name.

        :class:`ObjectDamaged` if it differs or was sealed for another name, :class:`KeyMissing` if its key is not at hand.
        """
        missing: KeyMissing | None = None
        with self.path(digest).open("rb") as stream:
            if sealing.seals(stream.read(len(sealing.MAGIC))):
                stream.seek(0)
                try:
                    return sealing.unsealed(stream, digest, self.keys.find)
                except sealing.NotSealedSo:
                    pass
                except KeyMissing as error:
                    missing = error
            stream.seek(0)  # plain, even if it is a document that begins like an encrypted one
            content = stream.read()
        if hashlib.sha256(content).hexdigest() == digest:
            return content
        raise missing or ObjectDamaged(
            f"stored object {digest[:12]}… does not have the bytes that its name promises",
            hint="restore objects/ from a backup: `dataset-safety backup`.",
            digest=digest,
        )

    def check(self, digest: str) -> None:
        """Compare the content of an object with its name, a plain one without holding it; raises as ``read_bytes`` does."""
        with self.path(digest).open("rb") as stream:
            if sha256_of(stream) == digest:
                return
        self.read_bytes(digest)  # encrypted, or damaged

    def read_frame(self, digest: str, columns: list[str] | None = None) -> pl.DataFrame:
        """A stored frame; its bytes are compared with its name before they are parsed."""
        import polars as pl

        return pl.read_parquet(self.read_bytes(digest), columns=columns)

    def frame_schema(self, digest: str) -> dict[str, pl.DataType]:
        """Columns and types of a stored frame."""
        import polars as pl

        return dict(pl.read_parquet_schema(self.read_bytes(digest)))

    def scan_frame(self, digests: Sequence[str]) -> pl.LazyFrame:
        """The rows of some stored frames of one schema, one after another, as a lazy query.

        Plain files are scanned where they stand. Encrypted ones are read one at a time when the query runs, so that memory
        holds one; columns and conditions of the query are applied to each.
        """
        import polars as pl

        from dataset_safety.store.scanning import one_at_a_time

        paths = [self.path(digest) for digest in digests]
        if self.keys.current_id is None and not any(map(_is_sealed, paths)):
            return pl.scan_parquet(paths)
        return one_at_a_time([partial(self.read_bytes, digest) for digest in digests])

    def copy(self, digest: str, target: Path) -> None:
        """Give an object away as a plain file: a hard link where it is plain here, a durable copy where it is encrypted."""
        content, path = self.read_bytes(digest), self.path(digest)
        if self.keys.current_id is None and not _is_sealed(path):
            os.link(path, target)
            return
        with room_for(target.parent), target.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def key_of(self, digest: str) -> str | None:
        """Id of the key that an object is encrypted with, None for a plain one, as its header claims."""
        with self.path(digest).open("rb") as stream:
            header = stream.read(sealing.HEADER_BYTES)
        return sealing.key_id(header) if sealing.seals(header) else None

    def encrypt(self, digest: str) -> Change:
        """Encrypt a plain object in its place, or wrap the data key of an encrypted one under the current key."""
        key = self.keys.current()
        if key is None:
            raise KeyMissing("encryption is not on", hint="`dataset-safety encryption on`.")
        path = self.path(digest)
        with path.open("rb") as stream:
            header = stream.read(sealing.HEADER_BYTES)
            data_key = self._data_key(header, digest)
            if data_key is None:
                self._replace(digest, sealing.sealed(self.read_bytes(digest), digest, key))
                return Change.ENCRYPTED
            if sealing.key_id(header) == key.id:
                return Change.NONE
            self._replace(digest, (key.header(data_key, digest), *iter(lambda: stream.read(BLOCK), b"")))
            return Change.REWRAPPED

    def names(self) -> list[str]:
        """Names of all objects that are there, in order."""
        return sorted(path.name for path in self.root.glob("*/*"))

    def _data_key(self, header: bytes, digest: str) -> bytes | None:
        """None for a plain object; what is neither plain nor sealed under a known key is refused by reading it."""
        if not sealing.seals(header):
            return None
        try:
            return self.keys.find(sealing.key_id(header)).data_key(header, digest)
        except (sealing.NotSealedSo, KeyMissing):
            self.read_bytes(digest)
            return None

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        with room_for(self.root):
            self.staging.mkdir(mode=0o700, parents=True, exist_ok=True)
            staged = self.staging / secrets.token_hex(12)
            try:
                yield staged
            finally:
                staged.unlink(missing_ok=True)

    def _replace(self, digest: str, pieces: Iterable[bytes]) -> None:
        with self._staged() as staged:
            with staged.open("wb") as stream:
                stream.writelines(pieces)
            self._adopt(staged, digest, again=True)

    def _adopt(self, staged: Path, digest: str, *, again: bool = False) -> str:
        """Make a staged file durable under its name; one that is there already stays, unless it is to be written again."""
        with staged.open("rb") as stream:
            os.fsync(stream.fileno())
        folder = self.root / digest[:2]
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self.root)
        target = folder / digest
        if again or not target.exists():
            os.replace(staged, target)
            sync_folder(folder)
        return digest

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


def read_object(path: Path) -> bytes:
    """The content of an object that only its path is known of, as in a worker process."""
    root = path.parent.parent
    return ObjectStore(root, Home(root.parent).staging).read_bytes(path.name)


def _is_sealed(path: Path) -> bool:
    with path.open("rb") as stream:
        return sealing.seals(stream.read(len(sealing.MAGIC)))


def _write_bytes(target: Path | BytesIO, content: bytes) -> None:
    if isinstance(target, Path):
        target.write_bytes(content)
    else:
        target.write(content)


def _write_frame(target: Path | BytesIO, frame: pl.DataFrame) -> None:
    frame.write_parquet(target, compression="zstd", compression_level=1, statistics=False)
