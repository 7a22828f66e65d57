"""A store rebuilt from a bundle in a folder of its own: a new database, the objects, and people as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from dataset_safety.report.bundle.errors import BundleUnreadable, NotABundle
from dataset_safety.report.bundle.evidence import OBJECTS, ROWS
from dataset_safety.report.bundle.leaving_out import COLUMNS
from dataset_safety.report.bundle.opening import Opened
from dataset_safety.report.bundle.people import write_people
from dataset_safety.store import corpora, releases, shards
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.database import Database
from dataset_safety.store.excerpts import TABLES, restore
from dataset_safety.store.facade import Store
from dataset_safety.store.home import Home
from dataset_safety.store.objects import ObjectStore
from dataset_safety.store.releases import Release

_OBJECT = re.compile(rf"{OBJECTS}([0-9a-f]{{64}})\.(parquet|json)")
ROWS_A_BYTE = 16
"""No honest frame packs rows tighter: each has an id or a place of its own."""


@contextmanager
def rebuilt(bundle: Opened, folder: Path) -> Iterator[tuple[Store, Release, Corpus]]:
    """The store, the release and its corpus; the database is always a new file, whatever the environment names."""
    home = Home(folder / "home").create()
    database = Database(f"sqlite:///{folder / 'evidence.db'}")
    inbox = folder / "inbox"
    try:
        database.migrate()
        _extract_objects(bundle, home.objects)
        with database.write() as connection:
            for name in TABLES:
                restore(connection, name, _rows(bundle, name, inbox))
        store = Store(home, database, ObjectStore(home.objects, home.staging), texts=False)
        with database.read() as connection:
            release = releases.load(connection, bundle.manifest.release)
            corpus = corpora.latest(connection, release.release_id)
        if corpus is None:
            raise BundleUnreadable("the bundle holds no filtered corpus of its release", hint=_ASK)
        _check_frames(bundle, store, release, corpus)
        release = write_people(bundle, release, home)
        yield store, release, corpus
    finally:
        database.close()


def _rows(bundle: Opened, name: str, inbox: Path) -> Iterator[dict[str, Any]]:
    for row in bundle.lines(f"{ROWS}{name}.jsonl"):
        if not isinstance(row, dict):
            raise NotABundle(f"a row of table {name} of the bundle is no record", hint=_ASK)
        yield {**row, "inbox": str(inbox)} if name == "release" else row


def _extract_objects(bundle: Opened, objects: Path) -> None:
    for name, facts in bundle.manifest.members.items():
        if not name.startswith(OBJECTS):
            continue
        found = _OBJECT.fullmatch(name)
        if found is None or found.group(1) != facts.sha256:
            raise NotABundle(f"{name} of the bundle is not named by its content", hint=_ASK, member=name)
        folder = objects / facts.sha256[:2]
        folder.mkdir(mode=0o700, exist_ok=True)
        bundle.extract(name, folder / facts.sha256)


def _check_frames(bundle: Opened, store: Store, release: Release, corpus: Corpus) -> None:
    """Frames of hostile bundles are refused before they are read: columns that are not theirs, rows that nobody counted."""
    with store.database.read() as connection:
        read = shards.annotated(connection, [shard.shard_key for shard in release.shards])
    expected = [(one.quarantine_object, "quarantine_object", one.quarantined) for one in read.values()]
    samples = {part.object: part.samples for one in read.values() for part in one.parts}
    for part in corpus.parts:
        expected += [(part.part, "part", samples.get(part.part, -1)), (part.labels, "labels", part.kept + part.excluded)]
        expected += [(part.kept_object, "kept_object", part.kept), (part.excluded_object, "excluded_object", part.excluded)]
    for found in map(_OBJECT.fullmatch, bundle.manifest.members):
        if found is not None and found.group(2) == "parquet":
            _height(store.objects, found.group(1))
    for digest, kind, rows in expected:
        names = store.objects.frame_schema(digest)
        if _height(store.objects, digest) != rows or not set(names) <= set(COLUMNS[kind] or names):
            raise NotABundle(f"object {digest[:12]}… of the bundle is no {kind} of {rows} rows", hint=_ASK, digest=digest)


def _height(objects: ObjectStore, digest: str) -> int:
    """Rows of a frame, by its own directory; nothing of it is unpacked."""
    height: int = objects.scan_frame([digest]).select(pl.len()).collect().item()
    if height > ROWS_A_BYTE * objects.path(digest).stat().st_size:
        raise NotABundle(f"object {digest[:12]}… of the bundle has more rows than its bytes can hold", hint=_ASK, digest=digest)
    return height


_ASK = "ask for the bundle again; if it comes the same, its evidence was changed before it was signed."
