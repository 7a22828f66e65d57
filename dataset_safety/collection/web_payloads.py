"""Payloads of web responses: HTTP transfer and content encodings, declared media types, digests."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib

import brotli  # type: ignore[import-untyped,unused-ignore]

from dataset_safety.collection.errors import UnitRefused
from dataset_safety.collection.limits import Limits
from dataset_safety.collection.streams import inflate

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,256})?\r?\n")
_ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512, "md5": hashlib.md5}


def media_type(header: str | None) -> str:
    """The media type of a Content-Type header; ``none`` without one, ``other`` for what is no media type."""
    named = (header or "").partition(";")[0].strip().lower()
    return named if _MEDIA_TYPE.fullmatch(named) else "other" if named else "none"


def charset(header: str | None) -> str | None:
    """The charset that a Content-Type header declares."""
    found = _CHARSET.search(header or "")
    return found[1] if found else None


def without_transfer_encoding(body: bytes) -> tuple[bytes, bool]:
    """Body of a chunked message and whether it was chunked at all: some crawlers keep the header and undo the chunks."""
    parts: list[bytes] = []
    at = 0
    while match := _CHUNK_SIZE.match(body, at):
        size, begin = int(match[1], 16), match.end()
        if size == 0:
            return b"".join(parts), True
        if begin + size > len(body):
            raise UnitRefused("truncated_record", "a chunk ends before its declared length")
        parts.append(body[begin : begin + size])
        at = begin + size
        at += 2 if body[at : at + 2] == b"\r\n" else 1 if body[at : at + 1] == b"\n" else 0
    if parts:
        raise UnitRefused("truncated_record", "the last chunk is missing")
    return body, False


def without_content_encoding(body: bytes, header: str | None, limits: Limits) -> tuple[bytes, list[str]]:
    """Payload of a message with the Content-Encoding undone, and repairs: a header may outlive the encoding."""
    repairs: list[str] = []
    names = [name.strip().lower() for name in (header or "").split(",") if name.strip()]
    if len(names) > 3:
        raise UnitRefused("unknown_encoding", f"{len(names)} content encodings")
    for name in reversed(names):
        if name in ("identity", "none") or not body:
            continue
        if name in ("gzip", "x-gzip", "zstd"):
            kind, magic = ("zstd", b"\x28\xb5\x2f\xfd") if name == "zstd" else ("gzip", b"\x1f\x8b")
            if body.startswith(magic):
                body = inflate(body, kind, limits)
            else:
                repairs.append(f"content_encoding_absent:{name}")
        elif name == "deflate":
            body = inflate(body, _deflate_kind(body), limits)
        elif name == "br":
            body = _brotli(body, limits)
        else:
            raise UnitRefused("unknown_encoding", "a content encoding that is not known")
    return body, repairs


def _deflate_kind(body: bytes) -> str:
    """``deflate`` should have a zlib head; many servers send it raw."""
    try:
        zlib.decompressobj(15).decompress(body[:64], 1)
    except zlib.error:
        return "deflate"
    return "zlib"


def _brotli(body: bytes, limits: Limits) -> bytes:
    """Brotli with bounded output."""
    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    length = 0
    try:
        data = body
        while not decoder.is_finished():
            out = decoder.process(data, output_buffer_limit=1 << 20)
            data = b""
            parts.append(out)
            length += len(out)
            if length > limits.payload:
                raise UnitRefused("too_large", f"br content unfolds beyond {limits.payload} bytes")
            if not out and decoder.can_accept_more_data():
                raise UnitRefused("truncated_record", "br content ends before its end mark")
    except brotli.error:
        raise UnitRefused("damaged_stream", "br content cannot be decoded") from None
    return b"".join(parts)


def digest_matches(declared: str | None, data: bytes) -> bool:
    """Whether bytes have the digest that a record declares (base32 or hex); True when it cannot be told."""
    algorithm, _, value = (declared or "").strip().partition(":")
    make = _ALGORITHMS.get(algorithm.lower())
    if make is None or not value:
        return True
    found = make(data, usedforsecurity=False)
    return value.strip().rstrip("=").lower() in (base64.b32encode(found.digest()).decode().rstrip("=").lower(), found.hexdigest())


def digest_of(data: bytes) -> str:
    """The digest of a payload as WARC writes it, for records without one."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()
