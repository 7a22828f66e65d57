"""Errors of collection.

CollectionError
├── InboxError              (also a ConfigurationError) the inbox cannot be followed
│   ├── UnreadableFolder
│   ├── NoSources
│   └── LinkRefused
├── SourceFileError         (also a ConfigurationError) a source.toml cannot be followed
│   └── UnknownKey
├── ShardChanged            a file is not the one that the release froze
├── ShardMissing            a file of the release is not in the inbox any more
├── AuthorisationError      a file of authorisation records cannot be read
├── AnnotationRecordError   a record of annotation cannot be read
├── StreamDamaged           the bytes of a file end early, are damaged, or unfold beyond the caps
└── UnitRefused             one unit cannot be read; becomes an ``Unreadable``
"""

from __future__ import annotations

from dataset_safety.errors import ConfigurationError, DatasetSafetyError


class CollectionError(DatasetSafetyError):
    """Base of the errors of this room."""


class InboxError(ConfigurationError, CollectionError):
    """The inbox, or a folder in it, cannot be followed."""


class UnreadableFolder(InboxError):
    """A folder of the inbox is missing or may not be read."""


class NoSources(InboxError):
    """The inbox has no folder with a source.toml."""


class LinkRefused(InboxError):
    """A symbolic link leads out of the inbox, or to a folder."""


class SourceFileError(ConfigurationError, CollectionError):
    """A ``source.toml`` cannot be followed."""


class UnknownKey(SourceFileError):
    """A ``source.toml`` uses a key that means nothing here."""


class ShardChanged(CollectionError):
    """A file is not the one that the release froze."""


class ShardMissing(CollectionError):
    """A file of the release is not in the inbox any more."""


class AuthorisationError(CollectionError):
    """Authorisation records of service users (6.1 a 3) cannot be read; names rows, never users."""


class AnnotationRecordError(CollectionError):
    """Records of annotation (7.2 c) cannot be read; names lines, never people."""


class StreamDamaged(CollectionError):
    """The bytes of a file end early, are damaged, or unfold beyond the caps; what was read before stays."""

    def __init__(self, reason: str, detail: str = "", *, offset: int | None = None, length: int | None = None) -> None:
        self.reason, self.detail, self.offset, self.length = reason, detail, offset, length
        super().__init__(f"The file cannot be read further: {reason} {detail}".rstrip())


class UnitRefused(CollectionError):
    """One unit cannot be read. ``reason`` is a word for tables; ``detail`` never holds content."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"The unit cannot be read: {reason} {detail}".rstrip())
