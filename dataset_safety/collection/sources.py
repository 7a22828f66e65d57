"""``source.toml``: what is known of one source (6.1 a, 6.1 d, 7.1 b).

Unknown keys are errors that name the nearest known one; missing facts are findings of the ledger.
"""

from __future__ import annotations

import difflib
import fnmatch
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import jmespath
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError

from dataset_safety.collection.encodings import known
from dataset_safety.collection.errors import SourceFileError, UnknownKey
from dataset_safety.collection.limits import MIB
from dataset_safety.records import SourceKind
from dataset_safety.standard.stages import Stage

SOURCE_FILE, SOURCE_FILE_LIMIT = "source.toml", MIB


def _moment(value: Any) -> Any:
    """A day or moment as ISO 8601 text; TOML dates and quoted ones alike."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, str):
        datetime.fromisoformat(value)
    return value


def _inside(value: Any) -> Any:
    """A file of the source's own folder: a label that leads nowhere else."""
    if isinstance(value, str):
        parts = PurePosixPath(value).parts
        if not parts or value.startswith("/") or ".." in parts or "\\" in value or "\0" in value:
            raise ValueError("must be the name of a file in the folder of the source")
        return str(PurePosixPath(value))
    return value


def _small(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Moment = Annotated[str, BeforeValidator(_moment)]
InFolder = Annotated[str, BeforeValidator(_inside)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), BeforeValidator(_small)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Origin(_Table):
    """Where the data were taken from, by kind of source (6.1 a)."""

    url: str | None = None
    dataset_name: str | None = None
    organisation: str | None = None
    legal_entity: str | None = None
    service_name: str | None = None
    obtained_from: list[str] = []
    revisions: list[str] = []
    collected_at: Moment | None = None
    collected_until: Moment | None = None
    crawler: str | None = None
    robots_respected: StrictBool | None = None


class Agreement(_Table):
    """Contract, cooperation agreement, licence or purchase that the use rests on (6.1 a 2)."""

    kind: Literal["licence", "contract", "cooperation", "purchase"] | None = None
    spdx: str | None = None
    statement: str | None = None
    document: InFolder | None = None
    sha256: Sha256 | None = None
    parties: list[str] = []
    scope: list[str] = []
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    survives_expiry: StrictBool | None = None
    page: str | int | None = None


class Review(_Table):
    """One review of what a partner delivered (6.1 d)."""

    of: Literal["data", "commitment", "materials"] | None = None
    reviewer: str | None = None
    date: Moment | None = None
    result: str | None = None
    document: InFolder | None = None


class AuthorisationRecords(_Table):
    """Where the authorisations of service users stand (6.1 a 3)."""

    text_version: str | None = None
    document: InFolder | None = None
    records: InFolder | None = None


class Generated(_Table):
    """Which generative model or service made the content, and when it was acquired (7.1 b)."""

    model: str | None = None
    version: str | None = None
    service: str | None = None
    acquired_at: Moment | None = None
    acquired_until: Moment | None = None
    prompt_policy: str | None = None


class Annotation(_Table):
    """Where the records of annotation stand (7.2 c)."""

    records: InFolder | None = None
    purpose: Literal["functional", "safety"] | None = None


class Fields(_Table):
    """Where facts stand inside a unit: JMESPath expressions, and four literals (unit, language, encoding, payloads)."""

    records: str | None = None
    text: str | None = None
    url: str | None = None
    retrieved_at: str | None = None
    user: str | None = None
    licence: str | None = None
    language_field: str | None = None
    model: str | None = None
    version: str | None = None
    acquired_at: str | None = None
    unit: Literal["line", "file"] | None = None
    language: str | None = None
    encoding: str | None = None
    payloads: list[str] | None = None


EXPRESSIONS = ("records", "text", "url", "retrieved_at", "user", "licence", "language_field", "model", "version", "acquired_at")
"""Keys of ``[fields]`` that hold a JMESPath expression."""


class FileOverride(_Table):
    """What differs for some files of the source."""

    match: str
    fields: Fields | None = None
    generated: Generated | None = None
    agreement: Agreement | None = None
    origin: Origin | None = None


class SourceRecord(_Table):
    """One source of one stage, as its ``source.toml`` tells it."""

    stage: Stage
    source_id: str
    kind: SourceKind
    title: str | None = None
    origin: Origin = Origin()
    agreement: Agreement | None = None
    reviews: list[Review] = []
    authorisation: AuthorisationRecords | None = None
    generated: Generated | None = None
    annotation: Annotation | None = None
    fields: Fields = Fields()
    files: list[FileOverride] = []

    def for_file(self, name: str) -> SourceRecord:
        """The record as it holds for one file: all ``[[files]]`` that match its name, the last one strongest."""
        record = self
        for override in self.files:
            if fnmatch.fnmatchcase(name, override.match):
                record = record.with_override(override)
        return record.model_copy(update={"files": []})

    def with_override(self, override: FileOverride) -> SourceRecord:
        """The record with the tables of one override laid over its own."""
        update: dict[str, Any] = {}
        for table in ("fields", "generated", "agreement", "origin"):
            laid: _Table | None = getattr(override, table)
            if laid is not None:
                under: _Table | None = getattr(self, table)
                values = {key: getattr(laid, key) for key in laid.model_fields_set}
                update[table] = under.model_copy(update=values) if under is not None else laid
        return self.model_copy(update=update)

    def canonical(self) -> dict[str, Any]:
        """What the ledger freezes: JSON-able, keys sorted, absent facts left out, nothing of this machine."""
        frozen: dict[str, Any] = _sorted(self.model_dump(mode="json", exclude_none=True, exclude_unset=True))
        return frozen

    def documents(self) -> tuple[str, ...]:
        """Names in the folder that are papers or records of the source, and so no data."""
        holders = [self.agreement, self.authorisation, self.annotation, *self.reviews, *(entry.agreement for entry in self.files)]
        names = {getattr(holder, key, None) for holder in holders if holder is not None for key in ("document", "records")}
        return tuple(sorted(name for name in names if name))


def read_source(folder: Path, stage: Stage) -> SourceRecord:
    """The record of one source folder; errors name the file of the source, the table and the key."""
    where = f"{stage}/{folder.name}/{SOURCE_FILE}"
    document = _load(folder / SOURCE_FILE, where)
    for unknown in _unknown_keys(document, SourceRecord, ""):
        raise _unknown_key(where, *unknown)
    document.setdefault("source_id", folder.name)
    if document["source_id"] != folder.name:
        message = f"{where}: source_id does not equal the name of its folder."
        raise SourceFileError(message, hint=f"write source_id = {folder.name!r}", source=folder.name, key="source_id")
    if "kind" not in document:
        hint = f"write one of {', '.join(SourceKind)}"
        raise SourceFileError(f"{where}: kind is missing.", hint=hint, source=folder.name, key="kind")
    try:
        record = SourceRecord.model_validate(document | {"stage": stage})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        hint = "the keys are described in the README, 'The inbox'"
        raise SourceFileError(f"{where}: {key}: {first['msg']}.", hint=hint, source=folder.name, key=key) from None
    _check_fields(record, where)
    return record


def _load(path: Path, where: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(SOURCE_FILE_LIMIT + 1)
    except FileNotFoundError:
        raise _broken(where, "is missing", "every folder of a stage is one source and needs it") from None
    except OSError as error:
        raise _broken(where, f"cannot be read ({error.strerror})", "check owner and mode of the file") from None
    if len(raw) > SOURCE_FILE_LIMIT:
        raise _broken(where, f"is larger than {SOURCE_FILE_LIMIT} bytes", "data belong beside it, not in it")
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _broken(where, f"is not UTF-8 (byte {error.start})", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _broken(where, f"is no TOML: {error}", "see https://toml.io") from None
    except RecursionError:
        raise _broken(where, "is nested too deeply", "see https://toml.io") from None


def _broken(where: str, what: str, hint: str) -> SourceFileError:
    return SourceFileError(f"{where} {what}.", hint=hint, path=where)


_TABLES: dict[str, type[_Table]] = {
    "origin": Origin, "agreement": Agreement, "reviews": Review, "authorisation": AuthorisationRecords, "generated": Generated,
    "annotation": Annotation, "fields": Fields, "files": FileOverride,
}  # fmt: skip


def _unknown_keys(table: dict[str, Any], model: type[_Table], path: str) -> Iterator[tuple[str, str, list[str]]]:
    """(table, key, known keys of the table) of every key that means nothing."""
    known = [key for key in model.model_fields if key != "stage"]
    for key, value in table.items():
        if key not in known:
            yield path, key, known
        elif key in _TABLES and (path == "" or path == "files"):
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, dict):
                    yield from _unknown_keys(part, _TABLES[key], f"{path}.{key}".lstrip("."))


def _unknown_key(where: str, table: str, key: str, known: list[str]) -> UnknownKey:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    elsewhere = [f"[{name}] {key}" for name, model in _TABLES.items() if key in model.model_fields and name != table]
    place = f" in [{table}]" if table else ""
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif elsewhere:
        hint = f"did you mean {elsewhere[0]}?"
    else:
        hint = f"known{place or ' here'}: {', '.join(known)}"
    return UnknownKey(
        f"{where}: unknown key {key!r}{place}.", hint=hint, path=where, table=table, key=key, suggestion=near[0] if near else None
    )


def _check_fields(record: SourceRecord, where: str) -> None:
    held = [("fields", record.fields), *((f"files.{entry.match}.fields", entry.fields) for entry in record.files)]
    for table, fields in held:
        if fields is not None and fields.encoding is not None and known(fields.encoding) is None:
            message = f"{where}: {table}.encoding is no encoding."
            raise SourceFileError(message, hint="write utf-8, gb18030, big5, ...", path=where, key=f"{table}.encoding")
        for key in EXPRESSIONS:
            expression = getattr(fields, key, None)
            if expression is None:
                continue
            try:
                jmespath.compile(expression)
            except (jmespath.exceptions.JMESPathError, RecursionError):
                message = f"{where}: {table}.{key} is no JMESPath expression."
                raise SourceFileError(message, hint="see https://jmespath.org", path=where, key=f"{table}.{key}") from None


def _sorted(value: Any) -> Any:
    if isinstance(value, list):
        return [_sorted(entry) for entry in value]
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value
