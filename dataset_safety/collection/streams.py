"""Bounded streams: plain, gzip, Zstandard, bzip2 and xz files, with any number of members, read piece by piece.

No call returns or holds more than was asked for plus one buffer. A file that unfolds beyond the caps, ends
early or is damaged raises ``StreamDamaged``; what was read before stays.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

import zstandard

from dataset_safety.collection.errors import StreamDamaged, UnitRefused
from dataset_safety.collection.limits import KIB, MIB, Limits

CHUNK = 256 * KIB
XZ_MEMORY = 256 * MIB
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}
SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd", ".bz2": "bz2", ".xz": "xz"}
_DAMAGE = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, ValueError, EOFError)


class Decoder(Protocol):
    """One member of a compressed file, with the interface of ``bz2.BZ2Decompressor``."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflate:
    """Deflate data with bounded output; ``wbits`` as in zlib: 31 gzip, 15 zlib, -15 raw."""

    def __init__(self, wbits: int = 31) -> None:
        self._zlib = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


class _Zstd:
    """One Zstandard frame. Input goes in by 1 KiB, so that a frame of repeats unfolds 32 MiB at most at once."""

    PIECE = KIB

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(max_window_size=128 * MIB).decompressobj(write_size=32 * KIB)
        self._pending = memoryview(b"")

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def needs_input(self) -> bool:
        return not self._pending

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data + bytes(self._pending)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        self._pending = memoryview(bytes(self._pending) + data) if data else self._pending
        parts: list[bytes] = []
        while self._pending and not self._frame.eof and max_length > 0:
            parts.append(self._frame.decompress(self._pending[: self.PIECE]))
            self._pending = self._pending[self.PIECE :]
            max_length -= len(parts[-1])
        return b"".join(parts)


def _decoder(kind: str) -> Decoder:
    match kind:
        case "gzip":
            return _Inflate()
        case "zlib":
            return _Inflate(15)
        case "deflate":
            return _Inflate(-15)
        case "zstd":
            return _Zstd()
        case "bz2":
            return bz2.BZ2Decompressor()
        case _:
            return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


def compression_of(head: bytes) -> str | None:
    """Which compression the first bytes of a file tell; names are only labels."""
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)


class BoundedStream:
    """Bytes of a file after decompression, forward only. ``position`` counts what was handed out."""

    def __init__(self, raw: BinaryIO, limits: Limits) -> None:
        self._raw, self._limits = raw, limits
        self._head = raw.read(CHUNK)
        self.compression = compression_of(self._head)
        self.members = 1 if self.compression else 0
        self.position = 0
        self._taken, self._produced = len(self._head), 0
        self._decoder = _decoder(self.compression) if self.compression else None
        self._ready = b"" if self.compression else self._head
        self._input = self._head if self.compression else b""

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes; empty only at the end."""
        if not self._ready:
            self._ready = self._next()
        piece, self._ready = self._ready[:size], self._ready[size:]
        self.position += len(piece)
        return piece

    def _next(self) -> bytes:
        if self._decoder is None:
            return self._raw.read(CHUNK)
        try:
            return self._unfold(self._decoder)
        except _DAMAGE as damage:
            raise StreamDamaged("damaged_stream", f"{self.compression}: {type(damage).__name__}") from None

    def _unfold(self, decoder: Decoder) -> bytes:
        while True:
            if decoder.eof:
                following = self._next_member(decoder)
                if following is None:
                    return b""
                decoder = self._decoder = following
            if decoder.needs_input and not self._input:
                self._input = self._take()
                if not self._input:
                    raise StreamDamaged("truncated_stream", f"{self.compression} data end before their end mark")
            data, self._input = (self._input, b"") if decoder.needs_input else (b"", self._input)
            out = decoder.decompress(data, MIB)
            if out:
                self._check_caps(len(out))
                return out

    def _next_member(self, ended: Decoder) -> Decoder | None:
        """The decoder of the member that follows, or None at the end; zero padding is allowed."""
        rest = (ended.unused_data + self._input).lstrip(b"\0")
        while len(rest) < 6 and (more := self._take()):
            rest = (rest + more).lstrip(b"\0")
        if not rest:
            return None
        if compression_of(rest) != self.compression:
            raise StreamDamaged("trailing_data", f"bytes that are not {self.compression} follow the last member")
        self.members += 1
        self._input = rest
        return _decoder(str(self.compression))

    def _take(self) -> bytes:
        data = self._raw.read(CHUNK)
        self._taken += len(data)
        return data

    def _check_caps(self, came: int) -> None:
        self._produced += came
        limits = self._limits
        if self._produced > limits.decompressed:
            raise StreamDamaged("decompression_bomb", f"unfolds beyond {limits.decompressed} bytes")
        if self._produced > limits.ratio_from and self._produced > limits.ratio * self._taken:
            raise StreamDamaged("decompression_bomb", f"unfolds more than {limits.ratio} times")

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def __enter__(self) -> BoundedStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_stream(path: Path, limits: Limits) -> BoundedStream:
    """Open a file of the inbox, compressed or not."""
    return BoundedStream(path.open("rb", buffering=0), limits)


class ReadsBytes(Protocol):
    """Anything that is read forward by pieces."""

    def read(self, size: int, /) -> bytes: ...


def read_whole(stream: ReadsBytes, limit: int) -> bytes:
    """The rest of a stream; above ``limit`` it is refused with length and hash, without being held."""
    parts: list[bytes] = []
    length = 0
    while piece := stream.read(CHUNK):
        parts.append(piece)
        length += len(piece)
        if length > limit:
            digest = hashlib.sha256(b"".join(parts))
            parts.clear()
            while piece := stream.read(CHUNK):
                digest.update(piece)
                length += len(piece)
            raise UnitRefused("too_large", f"length {length}, sha256 {digest.hexdigest()}")
    return b"".join(parts)


def inflate(data: bytes, kind: str, limits: Limits) -> bytes:
    """Decode one bounded piece (HTTP content encodings); refused when cut off, damaged or beyond the payload limit."""
    decoder = _decoder(kind)
    parts: list[bytes] = []
    length = 0
    try:
        while not decoder.eof:
            out = decoder.decompress(data, MIB)
            data = b""
            if not out and decoder.needs_input and not decoder.eof:
                raise UnitRefused("truncated_record", f"{kind} content ends before its end mark")
            parts.append(out)
            length += len(out)
            if length > limits.payload:
                raise UnitRefused("too_large", f"{kind} content unfolds beyond {limits.payload} bytes")
    except _DAMAGE:
        raise UnitRefused("damaged_stream", f"{kind} content cannot be decoded") from None
    return b"".join(parts)
