"""Reading one file into units: the one entry to all readers.

Units stream; what cannot be read is quarantined with its place and reason; everything else goes on.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from dataset_safety.collection.errors import CollectionError, StreamDamaged
from dataset_safety.collection.formats import format_of, plain_name
from dataset_safety.collection.limits import Limits
from dataset_safety.collection.shard import Shard
from dataset_safety.collection.sources import SourceRecord
from dataset_safety.collection.units import Read, Skipped, Unit, Unreadable

__all__ = ["Limits", "Read", "Skipped", "Unit", "Unreadable", "read_shard"]

_READERS = {
    "json_lines": ("json_files", "read_json_lines"),
    "json": ("json_files", "read_json"),
    "table": ("tables", "read_table"),
    "parquet": ("parquet", "read_parquet"),
    "archive": ("archives", "read_archive"),
    "text": ("documents", "read_text"),
    "program": ("documents", "read_program"),
    "page": ("documents", "read_page"),
    "media": ("documents", "read_media"),
}


def read_shard(path: Path, *, name: str, record: SourceRecord, limits: Limits | None = None) -> Iterator[Read]:
    """All units of one file in order, numbered from 0; what was skipped comes last, once a kind.

    ``name`` is the file's name inside its source: it chooses the reader and the overrides, ``path`` only holds the bytes.
    """
    bounds = limits or Limits()
    skipped: Counter[str] = Counter()
    number = 0
    try:
        for item in _items(path, name, record, bounds):
            if isinstance(item, Skipped):
                skipped[item.kind] += item.count
                continue
            item.ordinal = number
            number += 1
            yield item
    except StreamDamaged as damage:
        yield Unreadable(number, damage.offset, damage.length, damage.reason, damage.detail)
    for kind in sorted(skipped):
        yield Skipped(kind, skipped[kind])


def _items(path: Path, name: str, record: SourceRecord, limits: Limits) -> Iterator[Read]:
    try:
        found = format_of(path, plain_name(name), limits)
    except OSError as error:
        raise CollectionError(
            f"The file {name!r} of source {record.source_id!r} cannot be opened ({error.strerror}).",
            hint="check that it exists and that you may read it",
            name=name,
        ) from None
    if found is None or found == "empty":
        reason, detail = ("empty_file", "") if found else ("unknown_format", "neither its first bytes nor its suffix are known")
        yield Unreadable(0, 0, path.stat().st_size, reason, detail)
        return
    module, function = _READERS[found]
    reader: Callable[[Shard], Iterator[Read]] = getattr(importlib.import_module(f"dataset_safety.collection.{module}"), function)
    yield from reader(Shard(path, plain_name(name), record.for_file(name), limits))
