"""The drill "disk loss", executed by the tool: a backup of the home, brought back into an empty folder, and proved there.

Every step is measured and recorded as it ends; a disk that takes nothing is a step that failed. The copy has to hold the
start of this very drill, so that it is not an older one, and its audit log has to verify from the first event to the last.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from dataset_safety.errors import DatasetSafetyError
from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.safeguards.backup import DATABASE, create_backup, restore_backup
from dataset_safety.safeguards.drills import DISK_LOSS_STEPS, Drill, drills, known_drill, record_measured
from dataset_safety.safeguards.team import CLAUSE
from dataset_safety.store.artifacts import evidence_for
from dataset_safety.store.database import Database
from dataset_safety.store.facade import Store
from dataset_safety.store.home import Home

Step = Callable[[], tuple[bool, str]]
SCRATCH = "scratch"


def play_disk_loss(store: Store, drill: Drill, scratch: Path | None = None) -> Drill:
    """Take the steps in a scratch folder below ``scratch`` and record each; stop at the first that fails."""
    begun = time.perf_counter()
    try:
        with TemporaryDirectory(prefix="disk-loss-", dir=scratch) as folder:
            _play(store, drill.id, Path(folder))
    except OSError as error:
        _record(store, drill.id, SCRATCH, begun, good=False, observed=_unusable(error))
    with store.database.read() as connection:
        return known_drill(connection, drill.id)


def _play(store: Store, drill_id: str, folder: Path) -> None:
    copy, lost = folder / "backup", Home(folder / "restored")
    steps: tuple[Step, ...] = (
        lambda: _backed_up(store.home, copy),
        lambda: _restored(copy, lost),
        lambda: _verified(lost, drill_id),
    )
    for name, step in zip(DISK_LOSS_STEPS, steps, strict=True):
        if not _take(store, drill_id, name, step):
            break


def _take(store: Store, drill_id: str, name: str, step: Step) -> bool:
    begun = time.perf_counter()
    try:
        good, observed = step()
    except DatasetSafetyError as error:
        good, observed = False, error.message
    except (OSError, sqlite3.Error) as error:
        good, observed = False, _unusable(error)
    _record(store, drill_id, name, begun, good=good, observed=observed)
    return good


def _record(store: Store, drill_id: str, name: str, begun: float, *, good: bool, observed: str) -> None:
    took = round((time.perf_counter() - begun) * 1000)
    with store.database.write() as connection:
        record_measured(connection, drill_id, name, milliseconds=took, good=good, observed=observed)


def _unusable(error: OSError | sqlite3.Error) -> str:
    known = error.strerror if isinstance(error, OSError) else str(error)
    return f"a file or folder cannot be used ({known or type(error).__name__})"


def _backed_up(home: Home, copy: Path) -> tuple[bool, str]:
    made = create_backup(home, copy)
    return True, f"{made.files} files copied, manifest {made.manifest_sha256[:12]}"


def _restored(copy: Path, lost: Home) -> tuple[bool, str]:
    made = restore_backup(copy, lost)
    return True, f"{made.files} files restored, every hash as in the manifest"


def _verified(lost: Home, drill_id: str) -> tuple[bool, str]:
    database = Database(f"sqlite:///{lost.root / DATABASE}")
    try:
        database.check()
        with database.read() as connection:
            state = verify_chain(connection)
            current = any(one.id == drill_id for one in drills(evidence_for(connection, CLAUSE)))
    finally:
        database.close()
    if not state.intact:
        return False, f"the restored audit log breaks at event {state.broken_at}"
    return current, f"{state.events} events verify" if current else "the copy does not hold the start of this drill"
