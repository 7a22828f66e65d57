"""Generations of the library (B.1 c): their stored form, what is active, and what differs between two.

A generation is stored as one object, named by its SHA-256; ``files.read_store`` reads it like a folder of keyword
files. Until a refreshed generation was activated, the folders hold; from then on only the active generation does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from dataset_safety.keywords.entries import Entry, EntryEffect, MatchMode, Status
from dataset_safety.keywords.errors import GenerationDamaged
from dataset_safety.keywords.library import Library
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import KEYWORD_LIBRARY, Artifact
from dataset_safety.store.facade import Store, open_store
from dataset_safety.store.home import DATABASE_VARIABLE, Home

FORMAT = "dataset-safety keyword generation 1"
REFRESHED = "refresh"
FOLDERS = "folders"
_NAMES = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from one generation to another: entries that match from now on, and those that match no longer.

    An entry whose facts changed stands in both.
    """

    added: tuple[Entry, ...]
    withdrawn: tuple[Entry, ...]

    @property
    def changes(self) -> int:
        """How many entries are concerned."""
        return len({entry.id for entry in (*self.added, *self.withdrawn)})

    def authors(self) -> set[str]:
        """Who wrote the entries that are new or changed."""
        return {entry.author.casefold() for entry in self.added}


def difference(old: Library, new: Library) -> Difference:
    """Active entries of ``new`` that ``old`` does not hold exactly so, and the other way round."""
    before, after = set(old.active), set(new.active)
    return Difference(
        tuple(entry for entry in new.active if entry not in before), tuple(entry for entry in old.active if entry not in after)
    )


def generation_bytes(library: Library) -> bytes:
    """A library as it is stored: a line that names the format, then one JSON array an entry, ordered by id."""
    rows = (json.dumps([getattr(entry, name) for name in _NAMES], ensure_ascii=False) for entry in library.entries)
    return "\n".join((FORMAT, *rows, "")).encode()


def read_generation(content: bytes, name: str = "generation") -> Library:
    """The library that :func:`generation_bytes` wrote."""
    try:
        first, *lines = content.decode("utf-8").splitlines()
        if first != FORMAT:
            raise ValueError(first[:40])
        return Library.of(_entry(line) for line in lines)
    except (ValueError, TypeError, KeyError) as error:
        hint = "restore it from a backup, or export it again where it was made."
        raise GenerationDamaged(f"{name} is no stored generation of a keyword library", hint=hint, name=name) from error


def _entry(line: str) -> Entry:
    facts = dict(zip(_NAMES, json.loads(line), strict=True))
    facts["match"], facts["effect"] = MatchMode(facts["match"]), EntryEffect(facts["effect"])
    facts["status"] = Status(facts["status"])
    for name in ("parts", "risks", "exceptions"):
        facts[name] = tuple(facts[name])
    return Entry(**facts)


def with_changes(parent: Library, changes: Iterable[Entry]) -> Library:
    """``parent`` with entries added, changed or retired; an entry that was bundled stays bundled when it is retired."""
    by_id = {entry.id: entry for entry in parent.entries}
    for entry in changes:
        before = by_id.get(entry.id)
        if before is None and not entry.active:
            continue
        if before is None or not _matches_alike(before, entry):
            by_id[entry.id] = entry
    return Library.of(by_id.values())


def _matches_alike(one: Entry, other: Entry) -> bool:
    facts = ("match", "effect", "within", "exceptions", "risks", "active")
    return all(getattr(one, name) == getattr(other, name) for name in facts)


def register(store: Store, connection: Connection, library: Library, facts: Mapping[str, Any]) -> Artifact:
    """Store a generation and its row; doing it twice changes nothing."""
    content = {**library.stats(), **facts}
    made = Artifact(KEYWORD_LIBRARY, library.generation, content, store.objects.publish_bytes(generation_bytes(library)))
    artifacts.save(connection, made)
    return made


def stored_library(store: Store, found: Artifact) -> Library:
    """The library of a registered generation, its bytes compared with their name."""
    if found.object is None:
        hint = "materialise keyword_library first, which stores what is read from the folders."
        raise GenerationDamaged(f"generation {found.version[:12]} was registered without its content", hint=hint, name=found.version)
    return read_generation(store.objects.read_bytes(found.object), found.version[:12])


def is_refreshed(connection: Connection) -> bool:
    """Whether a refreshed generation was ever activated, so that the folders no longer decide."""
    return any(found.facts.get("origin") == REFRESHED for found in artifacts.versions(connection, KEYWORD_LIBRARY))


def highest_version(connection: Connection) -> int:
    """The highest version number that was ever given out."""
    return max((int(found.facts.get("version", 1)) for found in artifacts.versions(connection, KEYWORD_LIBRARY)), default=0)


def library_folders(home: Home, bundled: Path) -> tuple[Path, ...]:
    """The bundled folder and every folder in the home's ``libraries/``."""
    root = home.libraries
    return (bundled, *(sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else ()))


def active_sources(home: Home, bundled: Path) -> tuple[Path, ...]:
    """Where the library in force stands: the object of the active generation, or the folders before the first refresh."""
    if not (home.root / "safety.db").is_file() and not os.environ.get(DATABASE_VARIABLE):
        return library_folders(home, bundled)
    with open_store(home) as store, store.database.read() as connection:
        active = artifacts.active(connection, KEYWORD_LIBRARY)
        if active is None or active.object is None or not is_refreshed(connection):
            return library_folders(home, bundled)
        return (store.objects.verified(active.object),)
