"""Progress of long work, told to whoever watches: a terminal, Dagster's log, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[int, int, str], None]

_listeners: list[Listener] = []


def report(done: int, total: int, what: str) -> None:
    """Say that ``done`` of ``total`` steps of ``what`` are finished."""
    if not total:
        return
    for listener in _listeners:
        listener(done, total, what)


@contextmanager
def watched(listener: Listener) -> Iterator[None]:
    """Let ``listener`` hear every report of this process inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
