"""The elements of one large JSON array, one by one, without holding the array.

The scan knows strings and brackets only and cuts at commas between elements; each element is then parsed
strictly by itself, so that a bad one is quarantined and the others go on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from dataset_safety.collection.errors import StreamDamaged
from dataset_safety.collection.lines import Oversized
from dataset_safety.collection.streams import CHUNK, ReadsBytes

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)|[\[\]{},]', re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+("?)', re.DOTALL)
_QUOTE, _COMMA = ord('"'), ord(",")
_OPENING, _CLOSING = b"[{", b"]}"


def read_elements(stream: ReadsBytes, limit: int) -> Iterator[tuple[int, bytes | Oversized]]:
    """Offset and bytes of each element of the array that the stream holds; the array must begin at the stream's start."""
    return _Elements(stream, limit).read()


class _Elements:
    def __init__(self, stream: ReadsBytes, limit: int) -> None:
        self._stream, self._limit = stream, limit
        self._buffer, self._base = b"", 0  # bytes in hand and the offset of the first of them
        self._start = self._scan = 0  # in the buffer: where the element begins, where to look on
        self._depth, self._count = 1, 0

    def read(self) -> Iterator[tuple[int, bytes | Oversized]]:
        self._open()
        while True:
            for end in self._cuts():
                begins = self._buffer[self._start : end].lstrip()
                if begins or self._count or self._depth:
                    yield self._base + end - len(begins), begins.rstrip()
                    self._count += 1
                self._start = self._scan = end + 1
                if self._depth == 0:
                    self._expect_end()
                    return
            if len(self._buffer) - self._start > self._limit:
                offset = self._base + self._start
                yield offset, self._pass_over()
                self._count += 1
                if self._depth == 0:
                    self._expect_end()
                    return
            else:
                self._more()

    def _open(self) -> None:
        while b"[" not in self._buffer:
            self._more()
        self._start = self._scan = self._buffer.index(b"[") + 1

    def _cuts(self) -> Iterator[int]:
        """Positions of commas between elements and of the closing bracket, as far as the buffer shows them."""
        buffer, depth = self._buffer, self._depth
        for match in _TOKEN.finditer(buffer, self._scan):
            first = buffer[match.start()]
            if first == _QUOTE:
                if not match[1]:  # the string goes on behind the buffer: look again when there is more
                    self._scan, self._depth = match.start(), depth
                    return
            elif first == _COMMA:
                if depth == 1:
                    self._depth = depth
                    yield match.start()
            elif first in _OPENING:
                depth += 1
            else:
                depth -= 1
                if depth == 0:
                    self._depth = depth
                    yield match.start()
                    return
        self._scan, self._depth = len(buffer), depth

    def _more(self) -> None:
        """Drop what has been given and read on."""
        chunk = self._stream.read(CHUNK)
        left = len(self._buffer) - self._start
        if not chunk:
            raise StreamDamaged("truncated_json", "the array is not closed", offset=self._base + self._start, length=left)
        self._buffer = self._buffer[self._start :] + chunk
        self._base += self._start
        self._scan -= self._start
        self._start = 0

    def _pass_over(self) -> Oversized:
        """Go to the end of an element beyond the limit without holding it."""
        digest, length = hashlib.sha256(), 0
        piece, at, in_string = self._buffer[self._start :], self._scan - self._start, False
        self._base += len(self._buffer)
        while True:
            end, at, in_string = self._end_in(piece, at, in_string)
            if end is not None:
                digest.update(piece[:end])
                self._base -= len(piece)
                self._buffer, self._start, self._scan = piece, end + 1, end + 1
                return Oversized(length + end, digest.hexdigest())
            digest.update(piece[:at])
            length += at
            kept = piece[at:]  # at most a backslash whose partner is not here yet
            chunk = self._stream.read(CHUNK)
            if not chunk:
                raise StreamDamaged("truncated_json", "the array is not closed", offset=self._base - length, length=length)
            self._base += len(chunk)
            piece, at = kept + chunk, 0

    def _end_in(self, piece: bytes, at: int, in_string: bool) -> tuple[int | None, int, bool]:
        """Position of the cut behind the element if it is in this piece, else where to go on and whether in a string."""
        while at < len(piece):
            if in_string:
                match = _IN_STRING.match(piece, at)
                at = match.end() if match else at
                if match is None or not match[1]:
                    return None, at, True
                in_string = False
                continue
            token = _TOKEN.search(piece, at)
            if token is None:
                return None, len(piece), False
            first, at = piece[token.start()], token.start() + 1
            if first == _QUOTE:
                in_string = True
            elif first in _OPENING:
                self._depth += 1
            elif first in _CLOSING:
                self._depth -= 1
            if self._depth == 0 or (first == _COMMA and self._depth == 1):
                return token.start(), at, False
        return None, at, in_string

    def _expect_end(self) -> None:
        rest = self._buffer[self._start :]
        while True:
            if rest.strip():
                raise StreamDamaged("trailing_data", "something follows the closed array", offset=self._base + self._start)
            if not (rest := self._stream.read(CHUNK)):
                return
