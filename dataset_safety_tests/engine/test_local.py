"""Mapping over processes gives what mapping in one process gives; a lost worker is an error that says so."""

from __future__ import annotations

import os
import signal

import pytest

from dataset_safety.engine.local import WorkerLost, map_unordered, worker_count


def square(number: int) -> int:
    return number * number


def threads(_: int) -> str:
    return os.environ["POLARS_MAX_THREADS"]


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_processes_and_one_process_agree():
    items = list(range(20))
    alone = dict(map_unordered(square, items, workers=1))
    assert dict(map_unordered(square, items, workers=2)) == alone


def test_each_worker_has_one_thread():
    assert {found for _, found in map_unordered(threads, [1, 2, 3], workers=2)} == {"1"}


def test_a_killed_worker_is_reported():
    with pytest.raises(WorkerLost, match="Hint"):
        list(map_unordered(die, [1, 2], workers=2))


def test_the_number_of_workers_can_be_stated(monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "3")
    assert worker_count() == 3
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "none")
    assert worker_count() >= 1
