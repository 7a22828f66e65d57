"""JSON: lines (also when named ``.json``), arrays, one object, and documents whose records ``fields.records`` points to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dataset_safety.collection import strict_json
from dataset_safety.collection.encodings import conversion, without_mark
from dataset_safety.collection.errors import StreamDamaged, UnitRefused
from dataset_safety.collection.json_elements import read_elements
from dataset_safety.collection.lines import Oversized, read_lines
from dataset_safety.collection.rows import RowReader
from dataset_safety.collection.shard import Shard, as_utf8, oversized
from dataset_safety.collection.streams import ReadsBytes, read_whole
from dataset_safety.collection.units import Read, Skipped, Unit, Unreadable


def read_json_lines(shard: Shard) -> Iterator[Read]:
    """One record a line."""
    encoding = shard.encoding()
    repairs = conversion(encoding)
    rows, depth, several = shard.rows(), shard.limits.depth, shard.record.fields.records is not None
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
                raw = without_mark(line) if offset == 0 else line
                value = strict_json.parse(raw if encoding == "utf-8" else _converted(raw, encoding), depth)
                units = _units(rows, value, offset) if several else [rows.unit(value, offset)]
            except UnitRefused as refused:
                yield Unreadable(0, offset, len(line), refused.reason, refused.detail)
                continue
            for unit in units:
                if repairs and isinstance(unit, Unit):
                    unit.repairs = [*repairs]
                yield unit
    if blank:
        yield Skipped("blank_line", blank)


def _converted(raw: bytes, encoding: str) -> bytes:
    try:
        return raw.decode(encoding).encode("utf-8")
    except UnicodeError:
        raise UnitRefused("bad_encoding", encoding) from None


def _units(rows: RowReader, value: object, offset: int | None) -> list[Unit | Unreadable]:
    """All units of one value; a record that has no text is one unreadable unit among them."""
    units: list[Unit | Unreadable] = []
    for record in rows.records(value):
        try:
            units.append(rows.unit(record, offset))
        except UnitRefused as refused:
            units.append(Unreadable(0, offset, None, refused.reason, refused.detail))
    return units


def read_json(shard: Shard) -> Iterator[Read]:
    """A file named ``.json``, or one that begins like JSON: its layout is told by its first lines."""
    encoding = shard.encoding()
    with shard.open() as opened:
        stream, _ = as_utf8(opened, encoding, wholly=True)
        layout = _layout(stream, shard.limits.line, nested=shard.record.fields.records is not None)
    if layout == "lines":
        yield from read_json_lines(shard)
        return
    with shard.open() as opened:
        stream, _ = as_utf8(opened, encoding, wholly=True)
        for unit in _array(shard, stream) if layout == "array" else _document(shard, stream):
            if isinstance(unit, Unit):
                unit.repairs = [*unit.repairs, *conversion(encoding)]
            yield unit


def _layout(stream: ReadsBytes, limit: int, *, nested: bool) -> str:
    """``lines`` when a first line is a whole value and more follows, else ``array`` or ``document`` by the first sign."""
    filled = (line for _, line in read_lines(stream, limit) if isinstance(line, Oversized) or not line.isspace())
    try:
        first = list(islice((line for line in filled if line != b""), 2))
    except StreamDamaged:
        first = []
    if not first or isinstance(first[0], Oversized):
        return "array"
    begins = without_mark(first[0]).lstrip()
    if len(first) == 2 and (_is_value(begins) or (begins[:1] == b"{" and begins.rstrip()[-1:] == b"}" and _is_value(first[1]))):
        return "lines"
    return "array" if begins.startswith(b"[") and not nested else "document"


def _is_value(line: bytes | Oversized) -> bool:
    if isinstance(line, Oversized) or line.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        strict_json.parse(line)
    except UnitRefused:
        return False
    return True


def _array(shard: Shard, stream: ReadsBytes) -> Iterator[Read]:
    rows = shard.rows()
    for offset, element in read_elements(stream, shard.limits.line):
        if isinstance(element, Oversized):
            yield oversized(offset, element)
            continue
        try:
            yield rows.unit(strict_json.parse(element, shard.limits.depth), offset)
        except UnitRefused as refused:
            yield Unreadable(0, offset, len(element), refused.reason, refused.detail)


def _document(shard: Shard, stream: ReadsBytes) -> Iterator[Read]:
    length = None
    try:
        raw = without_mark(read_whole(stream, shard.limits.document))
        length = len(raw)
        value = strict_json.parse(raw, shard.limits.depth)
        del raw
        yield from _units(shard.rows(), value, 0 if shard.record.fields.records is None else None)
    except UnitRefused as refused:
        yield Unreadable(0, 0, length, refused.reason, refused.detail)
