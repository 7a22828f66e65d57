"""Web archives (WARC, ARC): responses of the declared media types become units with URL, date, status and digest (6.1 c).

Requests, revisits, metadata and responses of other media types are skipped and counted by kind.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser, StatusAndHeadersParserException

from dataset_safety.collection import media
from dataset_safety.collection.archive_records import HEAD_LIMIT, INVALID, Record, read_records
from dataset_safety.collection.documents import media_unit
from dataset_safety.collection.encodings import decode_document
from dataset_safety.collection.errors import UnitRefused
from dataset_safety.collection.html import PAGE_TYPES, page_unit_text
from dataset_safety.collection.rows import text_unit
from dataset_safety.collection.shard import Shard
from dataset_safety.collection.units import Read, Skipped, Unit, Unreadable
from dataset_safety.collection.web_payloads import (
    charset,
    digest_matches,
    digest_of,
    media_type,
    without_content_encoding,
    without_transfer_encoding,
)

PAYLOADS = ("text/html", "text/plain")
MAX_KINDS = 200
_KIND = re.compile(r"[a-z_-]{1,32}")


def read_archive(shard: Shard) -> Iterator[Read]:
    """All records of one archive."""
    payloads = frozenset(kind.lower() for kind in (shard.record.fields.payloads or PAYLOADS))
    kinds: set[str] = set()
    with shard.open() as stream:
        for number, record in enumerate(read_records(stream, shard.limits.payload + HEAD_LIMIT)):
            if number and stream.compression and stream.members == 1:
                record.repairs.append("one_compressed_member")  # records are meant to be compressed one by one
            read = _read(shard, record, payloads)
            if isinstance(read, Skipped) and read.kind not in kinds:
                read = Skipped(f"{record.family}:other") if len(kinds) >= MAX_KINDS else read
                kinds.add(read.kind)
            yield read


def _read(shard: Shard, record: Record, payloads: frozenset[str]) -> Read:
    if record.cut_off:
        detail = f"{record.held} of {record.length} bytes of a {_name(record.kind)} record"
        return Unreadable(0, record.offset, record.held, "truncated_record", detail)
    if record.kind == INVALID:
        return Unreadable(0, record.offset, None, "invalid_record", "no head of a record stands here")
    if record.kind != "response":
        return Skipped(f"{record.family}:{_name(record.kind)}")
    try:
        return _response(shard, record, payloads)
    except UnitRefused as refused:
        reason = refused.reason if record.ends_well else "truncated_record"
        return Unreadable(0, record.offset, record.length, reason, refused.detail)


def _name(kind: str) -> str:
    return kind if _KIND.fullmatch(kind) else "other"


def _response(shard: Shard, record: Record, payloads: frozenset[str]) -> Unit | Skipped:
    http, body = _http(record)
    declared = http.get_header("Content-Type") if http else record.header("Content-Type") or record.header("content-type")
    kind = media_type(declared)
    if kind not in payloads:
        return Skipped(f"{record.family}:response:{kind}")
    if not record.ends_well:
        raise UnitRefused("truncated_record", "the record does not end where its declared length ends")
    if record.length > len(record.block):
        raise UnitRefused("too_large", f"length {record.length}")
    if not digest_matches(record.header("WARC-Block-Digest"), record.block):
        raise UnitRefused("digest_mismatch", "the bytes are not those that were archived")
    repairs = list(record.repairs)
    payload = _payload(shard, http, body, repairs)
    if not payload.strip():
        raise UnitRefused("empty_text", "a response without a body")
    unit = _unit(shard, kind, payload, charset(declared))
    unit.byte_offset = record.offset
    unit.repairs = [*repairs, *unit.repairs]
    _add_origin(unit, record, http, body)
    return unit


def _http(record: Record) -> tuple[StatusAndHeaders | None, bytes]:
    """HTTP head and body of a block; blocks of other schemes (dns:) have no such head."""
    if not record.block.startswith(b"HTTP/"):
        return None, record.block
    stream = io.BytesIO(record.block)
    try:
        head = StatusAndHeadersParser(ArcWarcRecordLoader.HTTP_TYPES, verify=False).parse(stream)
    except (StatusAndHeadersParserException, EOFError, ValueError, UnicodeError):
        raise UnitRefused("invalid_record", "the HTTP head cannot be read") from None
    return head, stream.read()


def _payload(shard: Shard, http: StatusAndHeaders | None, body: bytes, repairs: list[str]) -> bytes:
    if http is None:
        return body
    if (http.get_header("Transfer-Encoding") or "").strip().lower() == "chunked":
        body, chunked = without_transfer_encoding(body)
        if not chunked and body:
            repairs.append("transfer_encoding_absent:chunked")
    payload, absent = without_content_encoding(body, http.get_header("Content-Encoding"), shard.limits)
    repairs.extend(absent)
    if len(payload) > shard.limits.payload:
        raise UnitRefused("too_large", f"a payload of {len(payload)} bytes")
    return payload


def _unit(shard: Shard, kind: str, payload: bytes, declared: str | None) -> Unit:
    if kind.partition("/")[0] in ("image", "audio", "video"):
        told = media.kind_of(payload)
        if told is None:
            raise UnitRefused("unknown_format", f"declared {kind}, the first bytes say nothing known")
        return media_unit(shard, told, payload)
    if kind in PAGE_TYPES:
        text, repairs = page_unit_text(payload, declared)
    else:
        decoded = decode_document(payload, declared)
        text, repairs = decoded.text, decoded.repairs
    unit = text_unit(shard.record, text, 0)
    unit.repairs = repairs
    return unit


def _add_origin(unit: Unit, record: Record, http: StatusAndHeaders | None, body: bytes) -> None:
    address = (record.header("WARC-Target-URI") or record.header("uri") or "").strip()
    if address.startswith("<") and address.endswith(">"):
        address = address[1:-1].strip()
        unit.repairs.append("target_uri_unwrapped")
    if " " in address:
        address = address.replace(" ", "%20")
        unit.repairs.append("target_uri_spaces_escaped")
    unit.url = address or None
    unit.retrieved_at = _moment(record.header("WARC-Date") or record.header("archive-date"))
    status = (http.get_statuscode() if http else "") or ""
    unit.http_status = int(status) if status.isascii() and status.isdigit() and len(status) == 3 else None
    unit.payload_digest = record.header("WARC-Payload-Digest") or digest_of(body)


def _moment(told: str | None) -> str | None:
    """The date of a record; the fourteen digits of ARC become ISO 8601."""
    told = (told or "").strip()
    if len(told) == 14 and told.isascii() and told.isdigit():
        try:
            return datetime.strptime(told, "%Y%m%d%H%M%S").replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
        except ValueError:
            return told
    return told[:64] or None
