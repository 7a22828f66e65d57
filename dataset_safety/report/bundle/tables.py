"""What a report shows as JSON, and as CSV tables that a spreadsheet opens without running anything in them (clauses 5)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

from dataset_safety.report.wording import visible
from dataset_safety.standard import Edition
from dataset_safety.store.spreadsheets import neutral

JSON, CSV = "report.json", "tables/"
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")


def plain(value: Any) -> Any:
    """A value of the report as JSON knows it; fields keep their order."""
    if isinstance(value, Edition):
        return {"id": value.id, "digest": value.digest, "title": value.title_en, "status": value.status}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {found.name: plain(getattr(value, found.name)) for found in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, PurePath):
        return value.name
    return value.isoformat() if isinstance(value, date) else value


def json_bytes(document: Any) -> bytes:
    """A JSON document for people and programs; lone surrogates in names of files stay escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def tables_of(document: Mapping[str, Any]) -> dict[str, bytes]:
    """Every table in a report's JSON as a CSV file, by its name in the bundle."""
    return {f"{CSV}{name}.csv": _csv(rows) for name, rows in _tables("", document) if rows}


def _tables(prefix: str, document: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Tables are named by fields of the report; a mapping by names that others chose is a table, never a name of one."""
    for name, value in document.items():
        path = f"{prefix}{name}"
        if _is_table(value):
            yield path, [_flat(row) for row in value]
            yield from _below(path, value)
        elif isinstance(value, Mapping) and not prefix and _of_fields(value):
            yield from _tables(f"{path}-", value)
        elif isinstance(value, Mapping):
            yield (
                path,
                [{"name": key, **(inner if isinstance(inner, Mapping) else {"value": inner})} for key, inner in value.items()],
            )


def _of_fields(value: Mapping[str, Any]) -> bool:
    """Whether a mapping holds tables by names of fields."""
    return all(_FIELD.fullmatch(name) for name in value) and any(isinstance(inner, (Mapping, list)) for inner in value.values())


def _below(path: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Tables inside the rows of a table, all in one, each row with the first field of the one above it."""
    inner: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        first = next(iter(row), "")
        for name, value in row.items():
            if _is_table(value) and _FIELD.fullmatch(name):
                inner.setdefault(name, []).extend({f"of {first}": row[first], **_flat(one)} for one in value)
    yield from ((f"{path}-{name}", found) for name, found in inner.items())


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row of a table; what is nested in a row of its own (a draw in a row about it) gives its fields to the row."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping) and _is_record(value):
            flat |= {f"{name}.{key}": inner for key, inner in value.items()}
        elif not _is_table(value):
            flat[name] = value
    return flat


def _is_record(value: Mapping[str, Any]) -> bool:
    """Whether a mapping is a record of named facts, and not counts by names that others chose."""
    return not all(isinstance(inner, int) for inner in value.values())


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([cell(name) for name in columns])
    writer.writerows([cell(row.get(name)) for name in columns] for row in rows)
    return ("\ufeff" + out.getvalue()).encode("utf-8", "backslashreplace")


def cell(value: Any) -> str:
    """A cell as text: nothing in it is hidden, and no spreadsheet takes it for a formula."""
    if isinstance(value, Mapping):
        value = "; ".join(f"{name}: {cell(inner)}" for name, inner in value.items())
    elif isinstance(value, list):
        value = "; ".join(cell(inner) for inner in value)
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return neutral(visible(value))
