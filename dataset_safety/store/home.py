"""The one folder that holds everything a deployment owns (``DATASET_SAFETY_HOME``, default ``.dataset_safety/``)."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "DATASET_SAFETY_HOME"
DATABASE_VARIABLE = "DATASET_SAFETY_DATABASE_URL"
DEFAULT_HOME = ".dataset_safety"


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Home:
    """Layout of the home folder; folders are private to the user who runs the program."""

    root: Path

    @classmethod
    def find(cls, stated: Path | str | None = None) -> Home:
        """The stated folder, else the environment's, else the default in the working directory."""
        return cls(Path(stated or os.environ.get(HOME_VARIABLE) or DEFAULT_HOME).resolve())

    @property
    def objects(self) -> Path:
        """Immutable files named by their SHA-256."""
        return self.root / "objects"

    @property
    def staging(self) -> Path:
        """Files being written; never read by anybody else."""
        return self.root / "staging"

    @property
    def reports(self) -> Path:
        """Reports for people, one folder a release."""
        return self.root / "reports"

    @property
    def dagster(self) -> Path:
        """``DAGSTER_HOME``: run history and sensor state; may be deleted without loss of evidence."""
        return self.root / "dagster"

    @property
    def keys(self) -> Path:
        """Secret keys, readable by the owner only."""
        return self.root / "keys"

    @property
    def libraries(self) -> Path:
        """Operators' keyword libraries, beside the bundled one."""
        return self.root / "libraries"

    @property
    def models(self) -> Path:
        """Operators' and trained models."""
        return self.root / "models"

    @property
    def exports(self) -> Path:
        """Training exports, one folder a population."""
        return self.root / "exports"

    @property
    def database_url(self) -> str:
        """``DATASET_SAFETY_DATABASE_URL``, or the SQLite file of this folder."""
        return os.environ.get(DATABASE_VARIABLE) or f"sqlite:///{self.root / 'safety.db'}"

    def create(self) -> Home:
        """Make the folders that are missing, mode 0700."""
        for folder in (self.root, self.objects, self.staging, self.reports, self.dagster, self.keys):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    def key(self, name: str) -> bytes:
        """A 32-byte secret key, made at first use, readable by the owner only."""
        path = self.keys / f"{name}.key"
        if not path.exists():
            self.keep_key(name, secrets.token_bytes(32))
        return path.read_bytes()

    def keep_key(self, name: str, key: bytes) -> None:
        """Make this the key of that name, unless there is one already."""
        self.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        staged = self.keys / f".{name}.{secrets.token_hex(6)}"
        staged.touch(mode=0o600)
        staged.write_bytes(key)
        with staged.open("rb") as written:
            os.fsync(written.fileno())
        try:
            os.link(staged, self.keys / f"{name}.key")
        except FileExistsError:
            pass  # another process made the key first: theirs is the key
        finally:
            staged.unlink()
            sync_folder(self.keys)  # what a lost key has encrypted is lost
