"""One opened home: its folders, database and objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dataset_safety.store.database import Database
from dataset_safety.store.home import Home
from dataset_safety.store.keyring import Keyring, wanted
from dataset_safety.store.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Store:
    """What every room that keeps something works with.

    ``texts`` is False in a store that was rebuilt from a bundle: its samples have no text, so that nothing in it can
    be scanned, and what was scanned holds.
    """

    home: Home
    database: Database
    objects: ObjectStore
    texts: bool = True


@contextmanager
def open_store(home: Home | Path | str | None = None) -> Iterator[Store]:
    """Open a home, make or migrate what is missing, and close it at the end of the block.

    Where the environment asks for it (``DATASET_SAFETY_ENCRYPT``) new objects are encrypted from now on.
    """
    found = (home if isinstance(home, Home) else Home.find(home)).create()
    database = Database(found.database_url)
    try:
        database.migrate()
        if wanted():
            Keyring(found).switch_on()
        yield Store(found, database, ObjectStore(found.objects, found.staging))
    finally:
        database.close()
