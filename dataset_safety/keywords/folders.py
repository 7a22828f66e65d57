"""What changed in the folders of keyword files since they were last taken into a generation (B.1 c).

The bundled folder changes with an upgrade, an operator's folder by hand: entries come, change their facts, are retired or
deleted. Both become changes like those of an incoming file. What the folders held is kept with each candidate that takes them
in, so that only what is new in them counts: what people decided meanwhile stays as they decided it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.keywords.entries import Entry, Status
from dataset_safety.keywords.errors import GenerationDamaged
from dataset_safety.keywords.files import read_store
from dataset_safety.keywords.generations import CLAUSE, activations, stored_library
from dataset_safety.keywords.incoming import Incoming
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.stored import generation_bytes, matches_alike, read_generation
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import KEYWORD_LIBRARY, Evidence
from dataset_safety.store.facade import Store

FOLDERS = "keyword_folders"
NAME = "keyword folders"
WITHDRAWN = "withdrawn in the keyword folders"


def folder_changes(store: Store, active: Library, folders: tuple[Path, ...]) -> Incoming | None:
    """The changes of the folders that ``active`` does not hold yet; None when there are none."""
    before, now = _last_taken(store), read_store(*folders)
    entries = tuple(_changes(before, active, now))
    return Incoming(NAME, now.generation, entries) if entries else None


def keep_folders(store: Store, connection: Connection, folders: tuple[Path, ...], generation: str) -> None:
    """Keep what the folders hold under their ``generation``, once; a candidate that takes it in names it as a source."""
    kept = (one.subject for one in artifacts.evidence_for(connection, CLAUSE) if one.kind == FOLDERS)
    if generation in kept:
        return
    held = read_store(*folders)
    if held.generation != generation:
        hint = "run `dataset-safety keywords refresh` again."
        raise GenerationDamaged("the keyword folders were changed while they were read", hint=hint, name=generation)
    content = {"document": store.objects.publish_bytes(generation_bytes(held))}
    artifacts.save_evidence(connection, Evidence(FOLDERS, CLAUSE, generation, content, clock.now().isoformat()))


def _last_taken(store: Store) -> Library:
    """What the folders held when they were last taken into an activated generation; at first, the generation before all."""
    with store.database.read() as connection:
        history = activations(connection)
        kept = {one.subject: one.content for one in artifacts.evidence_for(connection, CLAUSE) if one.kind == FOLDERS}
        registered = {one.version: one for one in artifacts.versions(connection, KEYWORD_LIBRARY)}
    for activation in reversed(history):
        for source in activation.sources:
            if source in kept:
                return read_generation(store.objects.read_bytes(str(kept[source]["document"])), FOLDERS)
    return stored_library(store, registered[history[0].parent])


def _changes(before: Library, active: Library, now: Library) -> Iterator[Entry]:
    then, held = ({entry.id: entry for entry in library.entries} for library in (before, active))
    present = {entry.id: entry for entry in now.entries}
    for identity in sorted(then.keys() | present.keys()):
        old, new, ours = then.get(identity), present.get(identity), held.get(identity)
        if _same(old, new) or _same(new, ours) or not _may_decide(old, new, ours):
            continue
        if new is not None and new.active:
            yield new
        elif ours is not None and ours.active:
            yield replace(ours, status=Status.RETIRED, provenance=WITHDRAWN)


def _same(one: Entry | None, other: Entry | None) -> bool:
    """Whether two states of an entry match alike; one that is not there is like one that is retired."""
    if one is None or other is None or not (one.active and other.active):
        return not any(entry is not None and entry.active for entry in (one, other))
    return matches_alike(one, other)


def _may_decide(old: Entry | None, new: Entry | None, ours: Entry | None) -> bool:
    """Whether the folders decide about an entry of the active library.

    What people withdrew by an edit or a file stays withdrawn, and what they changed is not changed by the bundled folder.
    """
    if ours is None:
        return True
    if not ours.active:
        return ours.provenance == WITHDRAWN
    by_operator = not (new if new is not None else old or ours).bundled
    return by_operator or _same(old, ours)
