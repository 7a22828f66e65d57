"""Errors of the store.

StoreError
├── DatabaseDamaged     the file is no database any more, or fails its integrity check
├── DatabaseTooNew      a later version of the program has migrated it
├── ObjectMissing       a file named by its content is not there
├── ObjectDamaged       a file's bytes are not those that its name promises
├── DiskFull            a write found no room; what was committed stays
└── HomeBusy            another run holds the home folder
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.errors import DatasetSafetyError


class StoreError(DatasetSafetyError):
    """Base of the errors of the store."""


class DatabaseDamaged(StoreError):
    """The database cannot be read; nothing was changed."""


class DatabaseTooNew(StoreError):
    """The database was migrated by a later version of this program."""

    exit_code: ClassVar[int] = 2


class ObjectMissing(StoreError):
    """A stored file that the database names is not in the objects folder."""


class ObjectDamaged(StoreError):
    """A stored file's SHA-256 differs from its name."""


class DiskFull(StoreError):
    """A file could not be written because the disk or quota is full."""


class HomeBusy(StoreError):
    """Another process works in this home folder."""

    exit_code: ClassVar[int] = 2
