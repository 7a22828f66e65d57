"""The inbox: ``<stage>/<source_id>/source.toml`` with data files beside it, in any depth.

Names are labels, never paths to follow.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataset_safety.collection.errors import InboxError, LinkRefused, NoSources, UnreadableFolder
from dataset_safety.collection.sources import SOURCE_FILE, SourceRecord, read_source
from dataset_safety.standard.stages import Stage

SOURCE_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")
MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class InboxFile:
    """One data file. ``name`` is its POSIX path inside the folder of the source."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class InboxSource:
    """One source: its record, its folder and its data files, ordered by name."""

    record: SourceRecord
    folder: Path
    files: list[InboxFile]


def discover(inbox: Path, stage: Stage) -> list[InboxSource]:
    """All sources of one stage, ordered by id; empty when only the other stage has sources."""
    _list(inbox, inbox)
    folder = inbox / stage.value
    found = [_source(inbox, child, stage) for child in _source_folders(inbox, folder)] if folder.is_dir() else []
    if not found and not any(_has_sources(inbox, inbox / other.value) for other in Stage if other is not stage):
        raise NoSources(
            f"{inbox} has no sources.",
            hint="put each source into its own folder: <inbox>/pre_training/<source_id>/source.toml, data files beside it",
            inbox=inbox,
        )
    return found


def file_sha256(path: Path) -> str:
    """SHA-256 of a file as it lies on disk: the name of a shard."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _has_sources(inbox: Path, folder: Path) -> bool:
    return folder.is_dir() and any(entry.is_dir() and not entry.name.startswith(".") for entry in _list(inbox, folder))


def _source_folders(inbox: Path, folder: Path) -> Iterator[Path]:
    for entry in _list(inbox, folder):
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            raise _link(inbox, Path(entry.path))
        if not entry.is_dir():
            if entry.name.upper().startswith("README"):
                continue
            message = f"{_label(inbox, Path(entry.path))} belongs to no source."
            raise InboxError(message, hint="move it into the folder of its source", name=entry.name)
        if SOURCE_ID.fullmatch(entry.name) is None:
            raise InboxError(
                f"{_label(inbox, Path(entry.path))} is no name for a source.",
                hint="use small letters, digits, '.', '_' and '-'; begin with a letter or digit; at most 128 characters",
                name=entry.name,
            )
        yield Path(entry.path)


def _source(inbox: Path, folder: Path, stage: Stage) -> InboxSource:
    _list(inbox, folder)
    record = read_source(folder, stage)
    papers = record.documents()
    files = [
        file
        for file in _files(inbox, folder, folder, 0)
        if file.name != SOURCE_FILE and file.name not in papers and not file.name.startswith(tuple(f"{name}/" for name in papers))
    ]
    return InboxSource(record, folder, sorted(files, key=lambda file: file.name))


def _files(inbox: Path, source: Path, folder: Path, depth: int) -> Iterator[InboxFile]:
    """Regular files below a folder; names that begin with a dot are left alone, as everywhere."""
    if depth > MAX_DEPTH:
        raise InboxError(f"{_label(inbox, folder)} lies deeper than {MAX_DEPTH} folders.", hint="flatten the source", path=folder)
    for entry in _list(inbox, folder):
        if entry.name.startswith("."):
            continue
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _files(inbox, source, path, depth + 1)
            continue
        target = _resolved(inbox, path) if entry.is_symlink() else path
        facts = target.stat()
        if not stat.S_ISREG(facts.st_mode):
            message = f"{_label(inbox, path)} is no regular file."
            raise InboxError(message, hint="only files with data belong into a source", path=path)
        yield InboxFile(_name(inbox, path.relative_to(source)), target, facts.st_size)


def _list(inbox: Path, folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise UnreadableFolder(
            f"{_label(inbox, folder)} cannot be read ({error.strerror}).",
            hint="check that the folder exists and that you may list it",
            path=folder,
        ) from None


def _resolved(inbox: Path, link: Path) -> Path:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        raise _link(inbox, link) from None
    if target.is_dir() or not target.is_relative_to(inbox.resolve()):
        raise _link(inbox, link)
    return target


def _link(inbox: Path, link: Path) -> LinkRefused:
    message = f"{_label(inbox, link)} is a link that leads out of the inbox, to a folder, or nowhere."
    return LinkRefused(message, hint="copy the data instead", path=link)


def _name(inbox: Path, relative: Path) -> str:
    name = relative.as_posix()
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        message = f"A file name under {_label(inbox, inbox)} is not UTF-8: {name!a}."
        raise InboxError(message, hint="rename the file", name=name) from None
    return name


def _label(inbox: Path, path: Path) -> str:
    return str(path if path == inbox else path.relative_to(inbox)).encode("utf-8", "backslashreplace").decode()
