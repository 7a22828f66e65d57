"""One file as the readers of the formats see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dataset_safety.collection.encodings import WIDE, TranscodedStream, sniff
from dataset_safety.collection.limits import Limits
from dataset_safety.collection.lines import Oversized
from dataset_safety.collection.rows import RowReader
from dataset_safety.collection.sources import SourceRecord
from dataset_safety.collection.streams import BoundedStream, ReadsBytes, open_stream
from dataset_safety.collection.units import Unreadable


@dataclass(frozen=True, slots=True)
class Shard:
    """A file, its name, the record that holds for it, and the bounds. ``name`` is without the suffix of a compression."""

    path: Path
    name: str
    record: SourceRecord
    limits: Limits

    def rows(self) -> RowReader:
        """The reader of records of this file."""
        return RowReader(self.record)

    def open(self) -> BoundedStream:
        """The bytes after decompression."""
        return open_stream(self.path, self.limits)

    def encoding(self) -> str:
        """The encoding of a file that is read by line."""
        return sniff(self.path, self.limits, self.record.fields.encoding)


def as_utf8(stream: ReadsBytes, encoding: str, *, wholly: bool) -> tuple[ReadsBytes, str]:
    """A stream to cut into lines or elements, and the encoding of the pieces.

    UTF-16 and UTF-32 must be converted before lines can be told; with ``wholly`` every other encoding is too, because
    JSON is cut at ASCII signs that are also second bytes of GB18030 and Big5.
    """
    if encoding in WIDE or (wholly and encoding != "utf-8"):
        return TranscodedStream(stream, encoding), "utf-8"
    return stream, encoding


def oversized(offset: int, piece: Oversized) -> Unreadable:
    """The quarantine entry of a line, element or row above the limit."""
    return Unreadable(0, offset, piece.length, "too_large", piece.detail)
