"""A bounded line reader: lines with their byte offsets; a line above the limit is hashed and passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from dataset_safety.collection.errors import StreamDamaged
from dataset_safety.collection.streams import CHUNK, ReadsBytes


@dataclass(frozen=True, slots=True)
class Oversized:
    """A line that was not held in memory."""

    length: int
    sha256: str

    @property
    def detail(self) -> str:
        """Length and hash, for the quarantine table."""
        return f"length {self.length}, sha256 {self.sha256}"


def read_lines(stream: ReadsBytes, limit: int) -> Iterator[tuple[int, bytes | Oversized]]:
    """Offset and bytes of each line without its line feed.

    When the stream is damaged, all complete lines have been given; the error carries offset and length of the cut one.
    """
    offset, rest, chunk = 0, b"", b""
    try:
        while chunk or (chunk := stream.read(CHUNK)):
            lines = (rest + chunk).split(b"\n")
            rest, chunk = lines.pop(), b""
            for line in lines:
                yield offset, line if len(line) <= limit else Oversized(len(line), hashlib.sha256(line).hexdigest())
                offset += len(line) + 1
            if len(rest) > limit:
                too_long, chunk, ended = _pass_over(stream, rest)
                yield offset, too_long
                offset += too_long.length + ended
                rest = b""
    except StreamDamaged as damage:
        damage.offset, damage.length = offset, len(rest)
        raise
    if rest:
        yield offset, rest


def _pass_over(stream: ReadsBytes, begun: bytes) -> tuple[Oversized, bytes, int]:
    """Read to the end of a long line without holding it: its facts, the bytes behind it, 1 if a line feed ended it."""
    digest, length = hashlib.sha256(begun), len(begun)
    while chunk := stream.read(CHUNK):
        end = chunk.find(b"\n")
        if end >= 0:
            digest.update(chunk[:end])
            return Oversized(length + end, digest.hexdigest()), chunk[end + 1 :], 1
        digest.update(chunk)
        length += len(chunk)
    return Oversized(length, digest.hexdigest()), b"", 0
