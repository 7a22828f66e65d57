"""Records of WARC and ARC archives, one by one from a bounded stream, with their places; bad records do not stop the good ones.

Heads are parsed by warcio. The walk from record to record is ours: it must notice a record that does not end where it
says, find the next one behind it, and never hold more than one bounded block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from warcio.recordloader import ARCHeadersParser, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser, StatusAndHeadersParserException

from dataset_safety.collection.errors import StreamDamaged
from dataset_safety.collection.limits import KIB, MIB
from dataset_safety.collection.streams import CHUNK, ReadsBytes

HEAD_LIMIT = MIB
INVALID = "invalid"
_LINE_LIMIT = 64 * KIB
_WARC = re.compile(rb"WARC/\d+\.\d+\s*$")
_ARC = re.compile(rb"\S+ [0-9A-Fa-f.:]{3,45} \d{8,17} \S+ \d+\s*$")


@dataclass(slots=True)
class Record:
    """One record. ``block`` holds at most the limit; ``length`` is what the head declares, ``held`` what was there."""

    offset: int
    family: str
    kind: str
    head: StatusAndHeaders
    length: int
    block: bytes
    held: int
    ends_well: bool = True
    cut_off: bool = False
    repairs: list[str] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """A field of the head."""
        value: str | None = self.head.get_header(name)
        return value


class _Cursor:
    """A forward stream with lines and places, one chunk in hand."""

    def __init__(self, stream: ReadsBytes) -> None:
        self._stream = stream
        self._hand = b""
        self._at = 0
        self.position = 0

    def read(self, size: int) -> bytes:
        if self._at >= len(self._hand):
            self._hand, self._at = self._stream.read(CHUNK), 0
        piece = self._hand[self._at : self._at + size]
        self._at += len(piece)
        self.position += len(piece)
        return piece

    def readline(self, size: int = _LINE_LIMIT) -> bytes:
        parts: list[bytes] = []
        left = min(size, _LINE_LIMIT) if size >= 0 else _LINE_LIMIT
        while left > 0:
            if self._at >= len(self._hand):
                self._hand, self._at = self._stream.read(CHUNK), 0
                if not self._hand:
                    break
            end = self._hand.find(b"\n", self._at, self._at + left)
            piece = self._hand[self._at : end + 1 if end >= 0 else self._at + left]
            self._at += len(piece)
            self.position += len(piece)
            left -= len(piece)
            parts.append(piece)
            if end >= 0:
                break
        return b"".join(parts)


class _Head:
    """What a head parser may read: no more than a head can hold."""

    def __init__(self, cursor: _Cursor) -> None:
        self._cursor, self._left = cursor, HEAD_LIMIT

    def readline(self) -> bytes:
        if self._left <= 0:
            raise ValueError("a head beyond its limit")
        line = self._cursor.readline()
        self._left -= len(line)
        return line


def read_records(stream: ReadsBytes, limit: int) -> Iterator[Record]:
    """All records in order. A place whose head cannot be read is a record of kind ``INVALID``; the next one is looked for."""
    cursor = _Cursor(stream)
    warc = StatusAndHeadersParser(ArcWarcRecordLoader.WARC_TYPES, verify=False)
    arc = ARCHeadersParser()
    offset, line = _next_line(cursor)
    while line:
        begun = offset
        try:
            record = _read_record(cursor, offset, line, warc, arc, limit)
        except (StatusAndHeadersParserException, EOFError, ValueError, UnicodeError):
            record = Record(offset, "warc", INVALID, StatusAndHeaders("", []), 0, b"", 0)
        except StreamDamaged as damage:
            damage.offset = begun
            raise
        try:
            offset, line, record.ends_well = _behind(cursor)
        except StreamDamaged as damage:
            yield record  # it was whole; only what follows it is damaged
            damage.offset = cursor.position
            raise
        yield record


def _begins_record(line: bytes) -> bool:
    return _WARC.match(line) is not None or _ARC.match(line) is not None


def _next_line(cursor: _Cursor) -> tuple[int, bytes]:
    """Offset and text of the next line that is not blank."""
    while True:
        offset = cursor.position
        line = cursor.readline()
        if not line or line.strip(b"\r\n"):
            return offset, line


def _behind(cursor: _Cursor) -> tuple[int, bytes, bool]:
    """The line that begins the next record, and whether the record before it ended where it said."""
    offset, line = _next_line(cursor)
    ends_well = True
    while line and not _begins_record(line):
        ends_well = False
        offset, line = _next_line(cursor)
    return offset, line, ends_well


def _read_record(
    cursor: _Cursor, offset: int, line: bytes, warc: StatusAndHeadersParser, arc: ARCHeadersParser, limit: int
) -> Record:
    if _WARC.match(line):
        family, head = "warc", warc.parse(_Head(cursor), line)
        kind = (head.get_header("WARC-Type") or "none").strip().lower()
        length = int(head.get_header("Content-Length") or 0)
    elif _ARC.match(line):
        family, head = "arc", arc.parse(_Head(cursor), line)
        kind = "header" if (head.get_header("uri") or "").startswith("filedesc://") else "response"
        length = int(head.get_header("length"))
        if kind == "header":  # the parser has read its two lines, which writers count with or without the last line feed
            length = max(0, length - head.total_len)
    else:
        raise ValueError("no record begins here")
    if length < 0:
        raise ValueError
    block, held = _block(cursor, length, limit)
    return Record(offset, family, kind, head, length, block, held, cut_off=held < length)


def _block(cursor: _Cursor, length: int, limit: int) -> tuple[bytes, int]:
    """The block of a record up to the limit, and how many bytes of it were there."""
    parts: list[bytes] = []
    held = 0
    while held < length and (piece := cursor.read(min(CHUNK, length - held))):
        if held < limit:
            parts.append(piece[: limit - held])
        held += len(piece)
    return b"".join(parts), held
