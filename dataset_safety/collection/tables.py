"""CSV and TSV: one unit a row; the separator is told by the first rows, fields are bounded, quoting is strict."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

from dataset_safety.collection.encodings import conversion, decode_line, without_mark
from dataset_safety.collection.errors import UnitRefused
from dataset_safety.collection.lines import Oversized, read_lines
from dataset_safety.collection.shapes import TEXTS
from dataset_safety.collection.shard import Shard, as_utf8
from dataset_safety.collection.streams import ReadsBytes
from dataset_safety.collection.units import Read, Skipped, Unit, Unreadable

SEPARATORS = ",\t;|"
_HEAD = 20


class _Lines:
    """Decoded lines for ``csv.reader``. An iterator object, because the reader goes on after an error of a line."""

    def __init__(self, stream: ReadsBytes, encoding: str, limit: int) -> None:
        self._lines = read_lines(stream, limit)
        self._encoding, self._limit = encoding, limit
        self.begin()
        self.blank = 0

    def begin(self) -> None:
        """A new row begins with the next line."""
        self.offset: int | None = None
        self.length = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        offset, line = next(self._lines)
        if self.offset is None:
            self.offset = offset
        if isinstance(line, Oversized):
            self.length += line.length
            raise UnitRefused("too_large", line.detail)
        self.length += len(line) + 1
        if self.length > self._limit:
            raise UnitRefused("too_large", f"a row beyond {self._limit} bytes")
        return decode_line(without_mark(line) if offset == 0 else line, self._encoding) + "\n"


def read_table(shard: Shard) -> Iterator[Read]:
    """All rows of a file; the first row names the columns."""
    encoding = shard.encoding()
    with shard.open() as opened:
        stream, pieces = as_utf8(opened, encoding, wholly=False)
        separator = "\t" if shard.name.lower().endswith((".tsv", ".tab")) else _separator(stream, pieces, shard.limits.line)
    with shard.open() as opened:
        stream, pieces = as_utf8(opened, encoding, wholly=False)
        yield from _rows(shard, _Lines(stream, pieces, shard.limits.line), separator, conversion(encoding))


def _separator(stream: ReadsBytes, encoding: str, limit: int) -> str:
    """The sign that cuts the first rows into the same number of columns, most columns first; a comma if none does."""
    lines: list[str] = []
    try:
        for line in _Lines(stream, encoding, limit):
            lines.append(line)
            if len(lines) == _HEAD:
                break
    except UnitRefused:
        pass
    best, proof = ",", (0, 0)
    for separator in SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO("".join(lines)), delimiter=separator) if row)
        except csv.Error:
            continue
        width, rows = widths.most_common(1)[0] if widths else (0, 0)
        if width > 1 and (rows, width) > proof:
            best, proof = separator, (rows, width)
    return best


def _rows(shard: Shard, lines: _Lines, separator: str, repairs: list[str]) -> Iterator[Read]:
    csv.field_size_limit(max(csv.field_size_limit(), shard.limits.line))
    table = csv.reader(lines, delimiter=separator, strict=True)
    reader, columns, blank = shard.rows(), None, 0
    while True:
        lines.begin()
        try:
            row = next(table)
            if not row or not any(cell.strip() for cell in row):
                blank += 1
                continue
            if columns is None:
                columns = _columns(row)
                continue
            unit = reader.unit(_record(columns, row), lines.offset)
        except StopIteration:
            break
        except UnitRefused as refused:
            yield Unreadable(0, lines.offset, lines.length, refused.reason, refused.detail)
            if columns is None:
                return  # without the names of its columns no row can be read
            continue
        except csv.Error:
            yield Unreadable(0, lines.offset, lines.length, "invalid_row", "quotes do not match, or a field is too long")
            continue
        if isinstance(unit, Unit) and repairs:
            unit.repairs = [*unit.repairs, *repairs]
        yield unit
    if blank:
        yield Skipped("blank_line", blank)


def _columns(row: list[str]) -> list[str]:
    columns = [cell.strip() for cell in row]
    if len(set(columns)) != len(columns):
        raise UnitRefused("duplicate_key", "two columns have the same name")
    return ["text"] if len(columns) == 1 and columns[0] not in TEXTS else columns


def _record(columns: list[str], row: list[str]) -> dict[str, Any]:
    if len(row) != len(columns):
        raise UnitRefused("wrong_width", f"{len(row)} fields, {len(columns)} columns")
    return dict(zip(columns, row, strict=True))
