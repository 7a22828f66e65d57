"""Library files: one reviewable TSV per risk and language, such as ``keyword_store/A.2.e/zh.tsv``.

Comment lines give what holds for all records (``# risk: A.2.e``, ``# language: zh``, ``# author``, ``# added``,
``# provenance``, ``# status``); then comes a row of column names and one record a line. A record may leave out
its last columns when they are empty, and overrides the header where it fills ``risks``, ``author``, ``added`` or ``status``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from dataset_safety.keywords.entries import JOIN, Entry, EntryEffect, MatchMode, Status, entry_id
from dataset_safety.keywords.errors import InvalidEntry, StoreNotFound
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.stored import read_generation
from dataset_safety.preprocessing.folding import fold
from dataset_safety.standard import load_edition
from dataset_safety.store.objects import read_object

COLUMNS = ("id", "text", "match", "effect", "within", "exceptions", "topic", "risks", "author", "added", "status")
HEADER = ("risk", "language", "author", "added", "provenance", "status")
EXCEPTION_JOIN = " | "
_MATCH = {mode.value: mode for mode in MatchMode}
_EFFECT = {effect.value: effect for effect in EntryEffect}
_STATUS = {status.value: status for status in Status}
_Value = TypeVar("_Value", MatchMode, EntryEffect, Status)
Contents = tuple[tuple[Path, bytes], ...]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_store(*folders: Path) -> Library:
    """The library in ``folders``; the first holds bundled entries, the others those of the operator.

    A file in place of a folder is a stored generation, which knows itself what is bundled. What was read before in this
    process, to the same byte, is not read into entries again.
    """
    return library_of(tuple(_contents(folder) for folder in folders))


def _contents(folder: Path) -> Contents:
    """Every file of a folder, or the one stored generation, with its bytes."""
    if folder.is_file():
        return ((folder, read_object(folder)),)
    if not folder.is_dir():
        hint = "name the folder that holds <risk>/<language>.tsv."
        raise StoreNotFound(f"no keyword library at {folder}.", hint=hint, path=folder)
    return tuple((path, path.read_bytes()) for path in sorted(folder.glob("*/*.tsv")))


@lru_cache(maxsize=2)
def library_of(folders: tuple[Contents, ...]) -> Library:
    """The library that files of these bytes hold; ``cache_clear()`` has the next one read anew."""
    entries: list[Entry] = []
    for number, files in enumerate(folders):
        for path, content in files:
            if path.suffix == ".tsv":
                entries += _entries(f"{path.parent.name}/{path.name}", content, bundled=number == 0)
            else:
                entries += read_generation(content, path.name[:12]).entries
    return Library.of(entries)


def read_file(path: Path, *, bundled: bool) -> Iterator[Entry]:
    """Entries of one file; the first bad line ends the reading with file, line, field and a hint."""
    return _entries(f"{path.parent.name}/{path.name}", path.read_bytes(), bundled=bundled)


def _entries(name: str, content: bytes, *, bundled: bool) -> Iterator[Entry]:
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        bad_line = content[: error.start].count(b"\n") + 1
        raise InvalidEntry("not UTF-8", file=name, line=bad_line, field="encoding", hint="save the file as UTF-8.") from None
    header, first = _header(lines, name)
    reader = _RecordReader(name, header, bundled)
    for number, line in enumerate(lines[first:], first + 1):
        if line and not line.startswith("#"):
            yield reader.entry(line, number)


def _header(lines: list[str], name: str) -> tuple[dict[str, str], int]:
    header: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            key, found, value = line[1:].partition(":")
            if found and key.strip() in HEADER:
                header[key.strip()] = value.strip()
            continue
        if tuple(line.split("\t")) != COLUMNS:
            hint = f"write {', '.join(COLUMNS)}, tabs between."
            raise InvalidEntry("unknown columns", file=name, line=number, field="columns", hint=hint)
        missing = [key for key in HEADER if not header.get(key)]
        if missing:
            hint = f"add the line '# {missing[0]}: …'."
            raise InvalidEntry("missing in the header", file=name, line=1, field=missing[0], hint=hint)
        return header, number
    raise InvalidEntry("no row of column names", file=name, line=len(lines), field="columns", hint="see keyword_store/README.md.")


class _RecordReader:
    """Turns lines of one file into entries, with the header as default."""

    def __init__(self, name: str, header: Mapping[str, str], bundled: bool) -> None:
        self._name = name
        self._header = header
        self._bundled = bundled
        self._known = frozenset(load_edition("draft-2024-03").risk_ids)
        self._risks = {"": self._read_risks(header["risk"], 1)}

    def entry(self, line: str, number: int) -> Entry:
        """The entry that the line says."""
        cells = line.split("\t")
        if len(cells) < 4 or len(cells) > len(COLUMNS):
            raise self._wrong(number, "columns", f"{len(cells)} columns", f"write 4 to {len(COLUMNS)} columns with tabs between.")
        cells += [""] * (len(COLUMNS) - len(cells))
        identity, text, match, effect, within, exceptions, topic, risks, author, added, status = cells
        parts = tuple(fold(text).split(JOIN))
        if not all(parts) or text != text.strip() or len(parts) > 3:
            hint = "write one keyword, or 2 or 3 parts joined by ' + '."
            raise self._wrong(number, "text", "empty, padded or with more than three parts", hint)
        if risks not in self._risks:
            self._risks[risks] = self._read_risks(risks, number)
        if identity != entry_id(self._header["risk"], self._header["language"], parts):
            raise self._wrong(number, "id", "does not belong to this text", self._id_hint(parts))
        if not (within.isdigit() and int(within) <= 500 if len(parts) > 1 else within in ("", "0")):
            raise self._wrong(number, "within", "not a distance", "write 1 to 500 for a combination and nothing for one keyword.")
        day = added or self._header["added"]
        if not _DAY.fullmatch(day):
            raise self._wrong(number, "added", "not a day", "write it as 2026-11-23.")
        return Entry(
            identity, parts, self._risks[risks], self._header["language"],
            self._one_of(_MATCH, match, number, "match"), self._one_of(_EFFECT, effect, number, "effect"),
            int(within or 0), tuple(fold(exceptions).split(EXCEPTION_JOIN)) if exceptions else (), topic,
            self._header["provenance"], author or self._header["author"], day,
            self._one_of(_STATUS, status or self._header["status"], number, "status"), self._bundled,
        )  # fmt: skip

    def _read_risks(self, text: str, number: int) -> tuple[str, ...]:
        risks = tuple(text.replace(",", " ").split())
        for risk in risks:
            if risk not in self._known:
                raise self._wrong(number, "risks", f"unknown risk {risk[:20]!r}", "use the ids of Appendix A, such as A.2.e.")
        return risks

    def _id_hint(self, parts: tuple[str, ...]) -> str:
        return f"the id of this text is {entry_id(self._header['risk'], self._header['language'], parts)}."

    def _one_of(self, known: Mapping[str, _Value], value: str, number: int, field: str) -> _Value:
        if value in known:
            return known[value]
        near = difflib.get_close_matches(value, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(known)}."
        raise self._wrong(number, field, "unknown value", hint)

    def _wrong(self, number: int, field: str, problem: str, hint: str) -> InvalidEntry:
        return InvalidEntry(problem, file=self._name, line=number, field=field, hint=hint)


def write_file(path: Path, header: Mapping[str, str], entries: Iterable[Entry]) -> None:
    """Write one file of the store, ordered by topic and text, so that changes read well as a diff."""
    lines = [f"# {key}: {header[key]}" for key in HEADER] + ["\t".join(COLUMNS)]
    lines += [_line(entry, header) for entry in sorted(entries, key=lambda entry: (entry.topic, entry.text))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(entry: Entry, header: Mapping[str, str]) -> str:
    risks = "" if entry.risks == (header["risk"],) else ",".join(entry.risks)
    cells = [
        entry.id, entry.text, entry.match.value, entry.effect.value, str(entry.within or ""),
        EXCEPTION_JOIN.join(entry.exceptions), entry.topic, risks,
        "" if entry.author == header["author"] else entry.author, "" if entry.added == header["added"] else entry.added,
        "" if entry.status.value == header["status"] else entry.status.value,
    ]  # fmt: skip
    return "\t".join(cells).rstrip("\t")
