"""Parquet, read in slices of bounded size; binary columns may hold images, sound, video, pages or text."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dataset_safety.collection import media
from dataset_safety.collection.documents import media_unit
from dataset_safety.collection.embedded import jsonable
from dataset_safety.collection.encodings import decode_document
from dataset_safety.collection.errors import UnitRefused
from dataset_safety.collection.html import looks_like_page, page_unit_text
from dataset_safety.collection.rows import RowReader
from dataset_safety.collection.shapes import TEXTS
from dataset_safety.collection.shard import Shard
from dataset_safety.collection.streams import read_whole
from dataset_safety.collection.units import Read, Unit, Unreadable

FIRST_SLICE = 16
LARGEST_SLICE = 4096


def read_parquet(shard: Shard) -> Iterator[Read]:
    """All rows of a file. A damaged file ends with one unreadable unit; rows of slices before the damage stay."""
    import polars as pl

    try:
        source = _source(shard)
        scan = pl.scan_parquet(source, glob=False, hive_partitioning=False, use_statistics=False)
        rows = int(scan.select(pl.len()).collect().item())
        reader, start, size = shard.rows(), 0, FIRST_SLICE
        while start < rows:
            frame = scan.slice(start, size).collect()
            if frame.is_empty():
                raise UnitRefused("damaged_table", f"{rows} rows declared, {start} found")
            for row in frame.iter_rows(named=True):
                yield _read_row(shard, reader, row)
            start += frame.height
            size = max(1, min(LARGEST_SLICE, shard.limits.batch * frame.height // max(1, int(frame.estimated_size()))))
    except UnitRefused as refused:
        yield Unreadable(0, None, None, refused.reason, refused.detail)
    except BaseException as error:  # panics of the Parquet parser on hostile bytes are no Exception
        if not isinstance(error, pl.exceptions.PolarsError) and type(error).__name__ != "PanicException":
            raise
        yield Unreadable(0, None, shard.path.stat().st_size, "damaged_table", type(error).__name__)


def _source(shard: Shard) -> Path | io.BytesIO:
    """The file itself; a compressed one must be held whole, because Parquet is read from its end."""
    with shard.open() as stream:
        if stream.compression is None:
            return shard.path
        return io.BytesIO(read_whole(stream, shard.limits.document))


def _read_row(shard: Shard, reader: RowReader, row: dict[str, Any]) -> Unit | Unreadable:
    try:
        held = {key: blobs for key, value in row.items() if (blobs := _blobs(value))}
        if not held:
            return reader.unit({key: value for key, value in row.items() if value is not None})
        pictures = {key: kind for key, blobs in held.items() if (kind := media.kind_of(blobs[0][:64]))}
        if pictures:
            return _media_row(shard, reader, row, held, pictures)
        return _text_row(reader, row, held)
    except UnitRefused as refused:
        return Unreadable(0, None, None, refused.reason, refused.detail)


def _blobs(value: Any) -> list[bytes]:
    """Bytes of a binary cell: plain, in a list, or in a struct with a ``bytes`` field."""
    if isinstance(value, bytes):
        return [value] if value else []
    if isinstance(value, dict):
        return _blobs(value.get("bytes"))
    if isinstance(value, list) and value and isinstance(value[0], (bytes, dict)):
        return [blob for entry in value for blob in _blobs(entry)]
    return []


def _media_row(shard: Shard, reader: RowReader, row: dict[str, Any], held: dict[str, list[bytes]], kinds: dict[str, str]) -> Unit:
    """One unit of the media of a row, joined; its caption stays with the source information, for it is no text sample."""
    data = b"".join(blob for key in kinds for blob in held[key])
    if len(data) > shard.limits.media:
        raise UnitRefused("too_large", f"{len(data)} bytes of media in one row")
    unit = media_unit(shard, next(iter(kinds.values())), data, None)
    rest = {key: jsonable(value) for key, value in row.items() if key not in held and value is not None}
    reader.add_facts(unit, rest)
    captions = {key: rest[key] for key in (*TEXTS, "caption") if isinstance(rest.get(key), str)}
    if captions:
        unit.embedded_source = {**(unit.embedded_source or {}), **captions}
    return unit


def _text_row(reader: RowReader, row: dict[str, Any], held: dict[str, list[bytes]]) -> Unit:
    """Binary cells that hold text: pages are extracted, the rest is decoded strictly."""
    opened = {key: value for key, value in row.items() if key not in held and value is not None}
    declared = str(row.get("content_type") or row.get("mime_type") or "")
    repairs: list[str] = []
    for key, blobs in held.items():
        if not isinstance(row[key], bytes):
            continue
        data = blobs[0]
        if "html" in declared.lower() or looks_like_page(data):
            charset = declared.lower().partition("charset=")[2].strip("\"' ;") or None
            opened[key], found = page_unit_text(data, charset)
        else:
            decoded = decode_document(data)
            opened[key], found = decoded.text, decoded.repairs
        repairs.extend(found)
    unit = reader.unit(opened)
    unit.repairs = [*unit.repairs, *repairs]
    return unit
