"""Authorisation records of service users (6.1 a 3): who agreed to what, when, and until when. Users are never logged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from dataset_safety.collection import strict_json
from dataset_safety.collection.errors import AuthorisationError, UnitRefused
from dataset_safety.collection.limits import MIB
from dataset_safety.collection.lines import Oversized, read_lines
from dataset_safety.collection.sources import SourceRecord

KEYS = ("user", "scope", "granted_at", "revoked_at", "text_version")
RECORD_LIMIT = MIB
USE = "training"
"""The word that a scope must hold (6.1 a 2, 6.1 a 3)."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """One authorisation. ``user`` is in the clear: turn it into a keyed token before it goes anywhere."""

    user: str = field(repr=False)
    scope: tuple[str, ...] = ()
    granted_at: date | None = None
    revoked_at: date | None = None
    text_version: str | None = None

    @property
    def permits_training(self) -> bool:
        """Whether training is in its scope."""
        return USE in self.scope

    def in_force(self, at: date) -> bool:
        """Whether training was permitted on that day: in scope, granted by then, not revoked by then."""
        granted = self.granted_at is not None and self.granted_at <= at
        return self.permits_training and granted and (self.revoked_at is None or at < self.revoked_at)


def authorisations(record: SourceRecord, folder: Path) -> list[Authorisation]:
    """All records of the source; empty when it names none. A record that cannot be read is an error that names its row."""
    declared = record.authorisation
    if declared is None or declared.records is None:
        return []
    where = f"{record.source_id}/{declared.records}"
    path = folder / declared.records
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise AuthorisationError(f"{where} lies outside the folder of the source.", hint="copy the file into it", path=where)
        rows = _csv_rows(path, where) if path.suffix.lower() == ".csv" else _json_rows(path, where)
        return [_authorisation(where, number, row, declared.text_version) for number, row in rows]
    except OSError as error:
        message = f"{where} cannot be read ({error.strerror})."
        raise AuthorisationError(message, hint="check its name and mode", path=where) from None


def _authorisation(where: str, number: int, row: dict[str, Any], text_version: str | None) -> Authorisation:
    unknown = [key for key in row if key not in KEYS]
    user = row.get("user")
    if unknown or isinstance(user, bool) or not isinstance(user, (str, int)) or not str(user).strip():
        hint = f"its keys are {', '.join(KEYS)}; user must be there"
        raise AuthorisationError(f"{where}, row {number}: not an authorisation record.", hint=hint, row=number)
    days = {key: _day(where, number, key, row.get(key)) for key in ("granted_at", "revoked_at")}
    version = row.get("text_version")
    return Authorisation(
        user=str(user).strip(),
        scope=_scope(row.get("scope")),
        granted_at=days["granted_at"],
        revoked_at=days["revoked_at"],
        text_version=str(version).strip() if version not in (None, "") else text_version,
    )


def _scope(value: Any) -> tuple[str, ...]:
    """A list, or words separated by semicolons or commas."""
    words: Sequence[Any] = value if isinstance(value, list) else str(value or "").replace(";", ",").split(",")
    return tuple(word.strip() for word in words if isinstance(word, str) and word.strip())


def _day(where: str, number: int, key: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    day = day_of(value) if isinstance(value, str) else None
    if day is None:
        hint = "write it as 2026-11-23 or 2026-11-23T08:00:00Z"
        raise AuthorisationError(f"{where}, row {number}: {key} is no date.", hint=hint, row=number)
    return day


def day_of(moment: str | None) -> date | None:
    """The day of an ISO 8601 date or moment, in UTC when it names a zone; None when it is none."""
    try:
        told = datetime.fromisoformat(moment.strip()) if moment else None
    except ValueError:
        return None
    if told is None:
        return None
    return (told.astimezone(UTC) if told.tzinfo is not None else datetime.combine(told.date(), time())).date()


def _csv_rows(path: Path, where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    table: list[str] | None = None
    for number, line in _lines(path, where):
        try:
            cells = next(csv.reader(io.StringIO(line), strict=True), [])
        except csv.Error:
            raise _unreadable(where, number) from None
        if table is None:
            table = [cell.strip() for cell in cells]
            if "user" not in table or len(set(table)) != len(table):
                hint = f"columns are {', '.join(KEYS)}"
                raise AuthorisationError(f"{where}: the first row must name the columns.", hint=hint, row=1)
        elif len(cells) != len(table):
            raise _unreadable(where, number)
        else:
            yield number, dict(zip(table, cells, strict=True))


def _json_rows(path: Path, where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path, where):
        try:
            value = strict_json.parse(line.encode("utf-8"))
        except UnitRefused:
            raise _unreadable(where, number) from None
        if not isinstance(value, dict):
            raise _unreadable(where, number)
        yield number, value


def _lines(path: Path, where: str) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for number, (_, line) in enumerate(read_lines(file, RECORD_LIMIT), start=1):
            if isinstance(line, Oversized):
                raise _unreadable(where, number)
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r")
            except UnicodeDecodeError:
                raise _unreadable(where, number) from None
            if text.strip():
                yield number, text


def _unreadable(where: str, number: int) -> AuthorisationError:
    hint = "the file must be UTF-8, CSV or one JSON object a line"
    return AuthorisationError(f"{where}, row {number}: cannot be read.", hint=hint, row=number)
