"""What a reader gives: units, units that cannot be read, and what is skipped by kind.

Law of one file: units = ``Unit`` + ``Unreadable``; ``Skipped`` (blank lines, other records) is counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Turn = tuple[str, int, int]
"""Role and span (code points, end exclusive) of one turn inside the text of its record."""


@dataclass(slots=True)
class Unit:
    """One unit that was read: a line or file of text, an array element, a row, a web response, a media file.

    ``byte_offset`` counts in the decompressed stream. ``user`` is the identity number of a service user in the
    clear (6.1 a 3): the caller turns it into a keyed token at once and never stores or logs it.
    """

    ordinal: int = 0
    byte_offset: int | None = None
    text: str | None = None
    content: bytes | None = None
    modality: str = "text"
    turns: list[Turn] = field(default_factory=list)
    url: str | None = None
    retrieved_at: str | None = None
    http_status: int | None = None
    payload_digest: str | None = None
    licence: str | None = None
    user: str | None = field(default=None, repr=False)
    declared_language: str | None = None
    generated_model: str | None = None
    generated_version: str | None = None
    acquired_at: str | None = None
    embedded_source: dict[str, Any] | None = None
    repairs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Unreadable:
    """One unit that is quarantined: where it stands, how long it is, why; never what it says."""

    ordinal: int
    byte_offset: int | None
    length: int | None
    reason: str
    detail: str = ""


@dataclass(slots=True)
class Skipped:
    """Things in a file that are no units, by kind: ``blank_line``, ``warc:request``, ``warc:response:image/png``."""

    kind: str
    count: int = 1


Read = Unit | Unreadable | Skipped
