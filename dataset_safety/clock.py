"""The one door through which time enters. Tests replace it with ``clock.fixed``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731


def now() -> datetime:
    """The present moment, UTC, timezone-aware."""
    return _source()


def today() -> date:
    """The present day in UTC."""
    return now().date()


@contextmanager
def fixed(moment: datetime) -> Iterator[None]:
    """Hold the clock at ``moment`` (timezone-aware) inside the block."""
    global _source
    before, _source = _source, lambda: moment
    try:
        yield
    finally:
        _source = before
