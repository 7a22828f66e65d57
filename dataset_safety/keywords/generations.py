"""Generations of the library (B.1 c): which are registered, and which one is in force.

A generation is stored as one object, named by its SHA-256; ``files.read_store`` reads it like a folder of keyword
files. Until a refreshed generation was activated, the folders hold; from then on only the active generation does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from dataset_safety.keywords.errors import GenerationDamaged
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.stored import generation_bytes, read_generation
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import KEYWORD_LIBRARY, Artifact, Evidence
from dataset_safety.store.facade import Store, open_store
from dataset_safety.store.home import DATABASE_VARIABLE, Home

CLAUSE = "K.B.1.c"
ACTIVATION = "keyword_activation"


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
        problem = f"generation {found.version[:12]} was registered without its content"
        raise GenerationDamaged(problem, hint=hint, name=found.version)
    return read_generation(store.objects.read_bytes(found.object), found.version[:12])


@dataclass(frozen=True, slots=True)
class Activation:
    """One change of the generation in force through the gate, or a return to an earlier one."""

    generation: str
    parent: str
    version: int
    at: str
    sources: tuple[str, ...]
    signers: tuple[str, ...]
    needed: int
    rolled_back: bool
    seconds: int
    urgent: bool


def activations(connection: Connection) -> list[Activation]:
    """All changes through the gate, oldest first."""
    return [_activation(found) for found in artifacts.evidence_for(connection, CLAUSE) if found.kind == ACTIVATION]


def _activation(found: Evidence) -> Activation:
    lists = {name: tuple(found.content[name]) for name in ("sources", "signers")}
    return Activation(found.subject, at=found.collected_at, **{**found.content, **lists})


def put_in_force(connection: Connection, made: Activation, *, reason: str) -> None:
    """Make a registered generation the active one: one row, and what led to it."""
    content = {name: getattr(made, name) for name in Activation.__slots__ if name not in ("generation", "at")}
    content |= {"sources": list(made.sources), "signers": list(made.signers)}
    artifacts.save_evidence(connection, Evidence(ACTIVATION, CLAUSE, made.generation, content, made.at))
    artifacts.activate(connection, KEYWORD_LIBRARY, made.generation, reason=reason)


def highest_version(connection: Connection) -> int:
    """The highest version number that was ever activated; what the folders hold is version 1."""
    return max((found.version for found in activations(connection)), default=1)


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
        if active is None or active.object is None or not activations(connection):
            return library_folders(home, bundled)
        store.objects.read_bytes(active.object)  # a damaged generation is refused here, not in every worker
        return (store.objects.path(active.object),)
