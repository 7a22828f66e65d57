"""Errors of the store.

StoreError
├── DatabaseDamaged     the file is no database any more, or fails its integrity check
├── DatabaseTooNew      a later version of the program has migrated it
├── ObjectMissing       a file named by its content is not there
├── ObjectDamaged       a file's bytes are not those that its name promises
├── DiskFull            a write found no room; what was committed stays
└── HomeBusy            another run holds the home folder

Of the operator's configuration, so that nobody takes them for a lost file:

ConfigurationError
├── KeyMissing          the key of an encrypted object is not at hand
└── KeyUnreadable       what should hold a key does not
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.errors import ConfigurationError, DatasetSafetyError


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


class KeyMissing(ConfigurationError):
    """The key that an object is, or would be, encrypted with is not at hand; its id is in ``key_id``, the key never."""


class KeyUnreadable(ConfigurationError):
    """A variable or file that should hold a key does not; what it holds is not repeated."""
