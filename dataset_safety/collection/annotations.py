"""Records of annotation (7.2 c, GB/T 45674): who labelled and reviewed which unit, in which batch, with which result.

``[annotation] records`` names a JSONL file, or a folder of them, in the folder of the source. One object a line, told apart
by its key ``record``; people are named by tokens of the operator's choice, which never leave this room's objects: whoever
checks the rules elsewhere gets :func:`numbered_records`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dataset_safety.collection.errors import AnnotationRecordError
from dataset_safety.collection.limits import MIB
from dataset_safety.collection.sources import Moment, SourceRecord
from dataset_safety.store.canonical import canonical_json

LONGEST_LINE = MIB
PEOPLE = ("person", "executor", "reviewer", "arbiter")
UNREADABLE = b"null\n"
"""What stands in for a file that cannot be read: it cannot be read either."""
Name = Annotated[str, Field(min_length=1, max_length=128)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Record):
    """Somebody who took part, with roles (7.2) and the certificate of the exam (7.1)."""

    record: Literal["person"]
    person: Name
    roles: tuple[Literal["executor", "reviewer", "arbiter", "supervisor"], ...]
    certified_from: Moment | None = None
    certified_until: Moment | None = None
    left: Moment | None = None

    def certified(self, at: str) -> bool:
        """Whether the person held a certificate on a day and had not left."""
        begins, ends, left = self.certified_from, self.certified_until, self.left
        return begins is not None and begins[:10] <= at[:10] <= (ends or "9999")[:10] and (left is None or at[:10] <= left[:10])


class Batch(_Record):
    """What was labelled together under one version of the rules."""

    record: Literal["batch"]
    batch: Name
    purpose: Literal["functional", "safety"] | None = None
    rules_version: Name | None = None


class Item(_Record):
    """One labelled unit: file and number as in the metadata of its sample, who did and who reviewed it, and the result."""

    record: Literal["item"]
    batch: Name
    file: Annotated[str, Field(min_length=1, max_length=1024)]
    unit: Annotated[int, Field(strict=True, ge=0)]
    executor: Name
    executed_at: Moment
    reviewer: Name | None = None
    reviewed_at: Moment | None = None
    passed: bool | None = None
    arbiter: Name | None = None
    risk: Name | None = None

    @property
    def failed(self) -> bool:
        """Whether a reviewer found it wrong."""
        return self.passed is False


class SpotCheck(_Record):
    """A manual check of a batch (8.2 g): one unlawful or harmful item voids a functional batch."""

    record: Literal["check"]
    batch: Name
    person: Name
    at: Moment
    looked_at: Annotated[int, Field(strict=True, ge=1)]
    inaccurate: Annotated[int, Field(strict=True, ge=0)] = 0
    unlawful: Annotated[int, Field(strict=True, ge=0)] = 0


_ANY: TypeAdapter[Person | Batch | Item | SpotCheck] = TypeAdapter(
    Annotated[Person | Batch | Item | SpotCheck, Field(discriminator="record")]
)


@dataclass(frozen=True)
class AnnotationRecords:
    """All records of one source; ``changed`` says that the files are not those that the ledger froze."""

    source_id: str
    people: Mapping[str, Person] = field(default_factory=dict)
    batches: Mapping[str, Batch] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    checks: tuple[SpotCheck, ...] = ()
    changed: bool = False

    def items_of(self, batch: str) -> list[Item]:
        """The items of one batch."""
        return [item for item in self.items if item.batch == batch]


def record_files(folder: Path, name: str) -> list[Path]:
    """The record files behind ``[annotation] records``, in order; links that lead out of the source are left alone."""
    named = folder / name
    found = sorted(named.rglob("*.jsonl")) if named.is_dir() else [named]
    return [path for path in found if path.is_file() and path.resolve().is_relative_to(folder.resolve())]


def read_annotations(record: SourceRecord, folder: Path, documents: Mapping[str, str]) -> AnnotationRecords | None:
    """The records of a source, or None when it names none that is there; a line that cannot be read is an error."""
    declared = record.annotation
    files = record_files(folder, declared.records) if declared is not None and declared.records else []
    if declared is None or not files:
        return None
    found: list[Person | Batch | Item | SpotCheck] = []
    changed = False
    for path in files:
        name = path.relative_to(folder).as_posix()
        content = _content(f"{record.source_id}/{name}", path)
        changed = changed or documents.get(name) != hashlib.sha256(content).hexdigest()
        found += _records(f"{record.source_id}/{name}", content)
    batches = {one.batch: one for one in found if isinstance(one, Batch)}
    items = tuple(one for one in found if isinstance(one, Item))
    for item in items:
        batches.setdefault(item.batch, Batch(record="batch", batch=item.batch))
    purposed = {
        name: one if one.purpose else one.model_copy(update={"purpose": declared.purpose}) for name, one in batches.items()
    }
    people = {one.person: one for one in found if isinstance(one, Person)}
    return AnnotationRecords(
        record.source_id, people, purposed, items, tuple(one for one in found if isinstance(one, SpotCheck)), changed
    )


@dataclass(frozen=True, slots=True)
class NumberedFile:
    """A record file in which people are numbers; ``sha256`` is the hash of the file that it stands for."""

    name: str
    sha256: str
    content: bytes


def numbered_records(record: SourceRecord, folder: Path) -> list[NumberedFile]:
    """The record files of a source with people as ``person-1`` and so on, in all of them alike; everything else as it is."""
    declared, numbers, found = record.annotation, dict[str, str](), []
    files = record_files(folder, declared.records) if declared is not None and declared.records else []
    for path in files:
        name, sha256, lines = path.relative_to(folder).as_posix(), "", UNREADABLE
        with suppress(AnnotationRecordError):
            content = _content(name, path)
            sha256 = hashlib.sha256(content).hexdigest()
            lines = b"".join(_numbered(one, numbers) for one in list(_records(name, content)))
        found.append(NumberedFile(name, sha256, lines))
    return found


def _numbered(one: Person | Batch | Item | SpotCheck, numbers: dict[str, str]) -> bytes:
    stated = one.model_dump(mode="json", exclude_none=True)
    people = {key: stated[key] for key in PEOPLE if key in stated}
    row = stated | {key: numbers.setdefault(name, f"person-{len(numbers) + 1}") for key, name in people.items()}
    return f"{canonical_json(row)}\n".encode()


def _content(where: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AnnotationRecordError(
            f"{where} cannot be read ({error.strerror}).", hint="check its name and mode", path=where
        ) from None


def _records(where: str, content: bytes) -> Iterator[Person | Batch | Item | SpotCheck]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise _unreadable(where, number, "the line is too long")
        try:
            yield _ANY.validate_json(line)
        except ValidationError as invalid:
            first = invalid.errors(include_input=False, include_url=False, include_context=False)[0]
            key = ".".join(str(step) for step in first["loc"][1:]) or "record"
            raise _unreadable(where, number, f"{key}: {first['type']}") from None


def _unreadable(where: str, number: int, what: str) -> AnnotationRecordError:
    hint = 'one object a line with "record": "person", "batch", "item" or "check"'
    return AnnotationRecordError(f"{where}, line {number}: no record of annotation ({what}).", hint=hint, row=number)
