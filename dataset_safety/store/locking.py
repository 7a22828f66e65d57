"""One run at a time in a home folder. The operating system lets go of the lock when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dataset_safety import clock
from dataset_safety.store.errors import HomeBusy


@contextmanager
def exclusive(
    home: Path, *, purpose: str, wait_seconds: float = 0.0, waiting: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the home folder; wait up to ``wait_seconds`` for another holder, whom ``waiting`` is told about."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "run.lock").open("a+") as lock:
        _acquire(lock.fileno(), home, wait_seconds, waiting)
        lock.seek(0)
        lock.truncate()
        json.dump({"pid": os.getpid(), "host": socket.gethostname(), "purpose": purpose, "since": clock.now().isoformat()}, lock)
        lock.flush()
        yield


def holder(home: Path) -> str:
    """Who holds the folder, in words, as the holder wrote it."""
    try:
        facts = json.loads((home / "run.lock").read_text())
        return f"{facts['purpose']} (process {facts['pid']} on {facts['host']}, since {facts['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _acquire(descriptor: int, home: Path, wait_seconds: float, waiting: Callable[[str], None] | None) -> None:
    deadline = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            who = holder(home)
            if time.monotonic() >= deadline:
                raise HomeBusy(
                    f"the home folder is held by {who}", hint="wait for it to end, or use another --home.", holder=who
                ) from None
            if waiting is not None and not told:
                waiting(who)
                told = True
            time.sleep(0.2)
