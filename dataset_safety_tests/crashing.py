"""Runs the ``dataset-safety`` command and kills it (SIGKILL) at the n-th durable step.

Steps are the renames into the home folder and the commits of its database, seen from outside the product by an
audit hook and an event of SQLAlchemy. With n = 0 the run is left alone and the number of steps is printed.
Usage: ``python -m dataset_safety_tests.crashing N ARGUMENTS…``
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from dataset_safety.cli.main import main

STORED = ("objects", "reports", "keys")


def count_steps(limit: int) -> None:
    """Install the counter; the process dies at step ``limit``."""
    steps = 0

    def tick() -> None:
        nonlocal steps
        steps += 1
        if steps == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_audit(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "os.rename" and any(f"{os.sep}{part}{os.sep}" in os.fspath(arguments[1]) for part in STORED):
            tick()

    def on_commit(connection: Any) -> None:
        if str(connection.engine.url.database).endswith("safety.db"):
            tick()

    sys.addaudithook(on_audit)
    event.listen(Engine, "commit", on_commit)
    if limit == 0:
        atexit.register(lambda: print(f"steps={steps}", file=sys.stderr))


if __name__ == "__main__":
    count_steps(int(sys.argv[1]))
    sys.argv = ["dataset-safety", *sys.argv[2:]]
    main()
