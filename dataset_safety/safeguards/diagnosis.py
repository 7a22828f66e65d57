"""Is this installation, and this home folder, fit for work? Every finding says what to do."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

from dataset_safety.errors import DatasetSafetyError
from dataset_safety.safeguards.encryption import in_words, state
from dataset_safety.shipping import bundled_model, shipped
from dataset_safety.store.facade import open_store
from dataset_safety.store.home import Home
from dataset_safety.store.locking import exclusive
from dataset_safety.store.objects import ObjectStore
from dataset_safety.store.references import referenced_objects

PACKAGES = ("dagster", "dagster-webserver", "polars", "pyahocorasick", "onnxruntime", "sqlalchemy")
LOW_DISK = 2 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    detail: str


def diagnose(home: Home) -> list[Finding]:
    """Look at everything; a check that breaks is a finding of its own."""
    checks: list[tuple[str, Callable[[Home], Iterator[Finding]]]] = [
        ("packages", _packages),
        ("keyword library", _library),
        ("model", _model),
        ("home folder", _home),
        ("database", _database),
        ("encryption", _encryption),
    ]
    found = []
    for what, check in checks:
        try:
            found += list(check(home))
        except DatasetSafetyError as error:
            found.append(Finding(what, False, str(error)))
    return found


def clean_up(home: Home) -> Finding:
    """Delete what killed runs left behind, under the home's lock."""
    with exclusive(home.root, purpose="dataset-safety doctor --clean"), open_store(home) as store:
        store.objects.clear_staging()
        with store.database.read() as connection:
            named = referenced_objects(connection)
        return Finding("left-overs", True, f"{store.objects.collect_garbage(named)} unnamed objects deleted")


def _packages(home: Home) -> Iterator[Finding]:
    yield Finding("packages", True, ", ".join(f"{name} {version(name)}" for name in PACKAGES))


def _library(home: Home) -> Iterator[Finding]:
    from dataset_safety.keywords.files import read_store

    library = read_store(shipped("keyword_store"))
    yield Finding("keyword library", True, f"{library.stats()['total']} bundled entries, generation {library.generation[:12]}")


def _model(home: Home) -> Iterator[Finding]:
    from dataset_safety.classifier.models import load_model

    yield Finding("model", True, f"version {load_model(bundled_model()).version[:40]}")


def _home(home: Home) -> Iterator[Finding]:
    if not home.root.exists():
        yield Finding("home folder", True, f"{home.root} does not exist yet; the first run makes it")
        return
    mode = stat.S_IMODE(home.root.stat().st_mode)
    private = mode & 0o077 == 0
    yield Finding("home folder", private, f"mode {mode:04o}" + ("" if private else "; others may read it. Hint: chmod 700"))
    free = shutil.disk_usage(home.root).free
    yield Finding("disk", free > LOW_DISK, f"{free / (1 << 30):.1f} GiB free")


def _database(home: Home) -> Iterator[Finding]:
    if not home.root.exists():
        return
    with open_store(home) as store:
        store.database.check()
    yield Finding("database", True, "reads and passes its integrity check")


def _encryption(home: Home) -> Iterator[Finding]:
    if home.root.exists():
        yield from (Finding(*found) for found in in_words(state(ObjectStore(home.objects, home.staging))))
