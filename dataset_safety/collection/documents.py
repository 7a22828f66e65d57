"""Plain text by line or by file, program files, web pages as files, and media files."""

from __future__ import annotations

from collections.abc import Iterator

from dataset_safety.collection import media
from dataset_safety.collection.encodings import conversion, decode_document, decode_line, without_mark
from dataset_safety.collection.errors import StreamDamaged, UnitRefused
from dataset_safety.collection.html import page_unit_text
from dataset_safety.collection.lines import Oversized, read_lines
from dataset_safety.collection.rows import text_unit
from dataset_safety.collection.shard import Shard, as_utf8, oversized
from dataset_safety.collection.streams import read_whole
from dataset_safety.collection.units import Read, Skipped, Unit, Unreadable


def read_text(shard: Shard) -> Iterator[Read]:
    """Plain text: one unit a file unless ``fields.unit`` says ``line``."""
    return _by_line(shard) if shard.record.fields.unit == "line" else _whole(shard, "text")


def read_program(shard: Shard) -> Iterator[Read]:
    """A file of a programming language: one unit (code = file)."""
    return _whole(shard, "code")


def read_page(shard: Shard) -> Iterator[Read]:
    """A web page saved as a file."""
    return _whole(shard, "page")


def _by_line(shard: Shard) -> Iterator[Read]:
    encoding = shard.encoding()
    repairs = conversion(encoding)
    blank = 0
    with shard.open() as opened:
        stream, encoding = as_utf8(opened, encoding, wholly=False)
        for offset, line in read_lines(stream, shard.limits.line):
            if isinstance(line, Oversized):
                yield oversized(offset, line)
                continue
            if not line or line.isspace():
                blank += 1
                continue
            try:
                text = decode_line((without_mark(line) if offset == 0 else line).removesuffix(b"\r"), encoding)
                unit = text_unit(shard.record, text, offset)
            except UnitRefused as refused:
                yield Unreadable(0, offset, len(line), refused.reason, refused.detail)
                continue
            if repairs:
                unit.repairs = [*repairs]
            yield unit
    if blank:
        yield Skipped("blank_line", blank)


def _whole(shard: Shard, kind: str) -> Iterator[Read]:
    data = b""
    try:
        with shard.open() as stream:
            data = read_whole(stream, shard.limits.payload if kind == "page" else shard.limits.document)
        yield _unit(shard, kind, data)
    except UnitRefused as refused:
        yield Unreadable(0, 0, len(data) or None, refused.reason, refused.detail)
    except StreamDamaged as damage:
        yield Unreadable(0, 0, None, damage.reason, damage.detail)


def _unit(shard: Shard, kind: str, data: bytes) -> Unit:
    if kind == "page":
        text, repairs = page_unit_text(data, shard.record.fields.encoding)
    else:
        decoded = decode_document(data, shard.record.fields.encoding)
        text, repairs = decoded.text, decoded.repairs
    unit = text_unit(shard.record, text, 0, modality="code" if kind == "code" else "text")
    unit.repairs = repairs
    return unit


def read_media(shard: Shard) -> Iterator[Read]:
    """An image, audio or video file: one unit that holds the bytes; suffix and first bytes must agree."""
    try:
        with shard.open() as stream:
            data = read_whole(stream, shard.limits.media)
    except UnitRefused as refused:
        yield Unreadable(0, 0, None, refused.reason, refused.detail)
        return
    except StreamDamaged as damage:
        yield Unreadable(0, 0, None, damage.reason, damage.detail)
        return
    kind = media.kind_of(data, shard.name)
    said = media.kind_of_suffix(shard.name)
    if kind is None or (said is not None and said != kind):
        told = f"the name says {said}, the first bytes say {kind or 'nothing known'}"
        yield Unreadable(0, 0, len(data), "unknown_format", told)
        return
    yield media_unit(shard, kind, data)


def media_unit(shard: Shard, kind: str, data: bytes, offset: int | None = 0) -> Unit:
    """The unit of media bytes."""
    generated = shard.record.generated
    return Unit(
        byte_offset=offset,
        content=data,
        modality=kind,
        declared_language=shard.record.fields.language,
        generated_model=generated.model if generated else None,
        generated_version=generated.version if generated else None,
        acquired_at=generated.acquired_at if generated else None,
    )
