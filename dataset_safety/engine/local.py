"""A pure function over many items: in this process, or one process a core with one thread each.

The function and its items travel to the workers by pickle inside this machine, so both are module-level
and small (paths and ids, never texts). A worker that dies (killed, out of memory) fails the run with
:class:`WorkerLost`; whatever was committed stays, and the next run goes on from there.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from typing import ClassVar, TypeVar

from dataset_safety.errors import DatasetSafetyError

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS_VARIABLE = "DATASET_SAFETY_WORKERS"
ONE_THREAD = {name: "1" for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")}


class WorkerLost(DatasetSafetyError):
    """A worker process ended without an answer: it was killed, or memory ran out."""

    exit_code: ClassVar[int] = 4


def worker_count() -> int:
    """Processes to use: ``DATASET_SAFETY_WORKERS``, or the cores this process may run on."""
    stated = os.environ.get(WORKERS_VARIABLE, "")
    if stated.isdigit() and int(stated) > 0:
        return int(stated)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Children read these variables when they import polars and numpy; ours stay as they were."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def map_unordered(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int | None = None
) -> Iterator[tuple[Item, Result]]:
    """Yield ``(item, function(item))`` as results arrive; the first error is raised after running work ends.

    With one worker, or one item, everything happens in this process. Worker processes stay for the next call, so
    that their imports and detectors are paid once.
    """
    count = workers or worker_count()
    if min(count, len(items)) <= 1:
        for item in items:
            yield item, function(item)
        return
    try:
        yield from _drain(_pool(count), function, items, in_flight=2 * count)
    except BrokenProcessPool as error:
        close_pool(count)
        raise WorkerLost(
            "a worker process ended without an answer",
            hint=f"look for an out-of-memory kill, then run again: finished work is kept. {WORKERS_VARIABLE}=1 uses less memory",
            workers=count,
        ) from error


@cache
def _pool(count: int) -> ProcessPoolExecutor:
    """The pool of this size; its processes start when the first work arrives."""
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


def close_pool(count: int) -> None:
    """End the worker processes; the next call starts new ones."""
    _pool(count).shutdown(cancel_futures=True)
    _pool.cache_clear()


def _drain(
    pool: ProcessPoolExecutor, function: Callable[[Item], Result], items: Sequence[Item], *, in_flight: int
) -> Iterator[tuple[Item, Result]]:
    waiting = iter(items)
    running: dict[Future[Result], Item] = {}
    exhausted = False
    try:
        while running or not exhausted:
            while not exhausted and len(running) < in_flight:
                try:
                    item = next(waiting)
                except StopIteration:
                    exhausted = True
                    break
                with _single_threaded_children():  # a submit may start a process, which reads the environment
                    running[pool.submit(function, item)] = item
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
    finally:
        for future in running:
            future.cancel()
