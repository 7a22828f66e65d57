"""The draws that people can judge, each with its desk and queue, opened once and kept."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import polars as pl

from dataset_safety.evaluation.draws import Frame, make_draw
from dataset_safety.evaluation.reviewing import HELD
from dataset_safety.records import Decision
from dataset_safety.review.desk import Desk
from dataset_safety.review.errors import UnknownDraw
from dataset_safety.review.judging import catch_up
from dataset_safety.review.questions import Task, task_of
from dataset_safety.review.queue import Queue
from dataset_safety.standard import Stage
from dataset_safety.store import corpora, releases
from dataset_safety.store.canonical import digest_of_lines
from dataset_safety.store.draws import Draw, draws, load_draw, save_draw
from dataset_safety.store.facade import Store


class Rooms:
    """Queues by draw, shared by all requests of a server."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._queues: dict[str, Queue] = {}
        self._lock = threading.Lock()

    def listing(self) -> list[tuple[Draw, Task]]:
        """The newest draw of each purpose of the newest release of each stage."""
        return [pair for stage in Stage for pair in newest_draws(self.store, stage)]

    def queue(self, draw_id: str) -> Queue:
        """The queue of a draw, laid out at first use, with all stored answers."""
        with self._lock:
            found = self._queues.get(draw_id)
            if found is None:
                drawn, task = draw_with_task(self.store, draw_id)
                found = self._queues[draw_id] = Queue(Desk(self.store, drawn), task)
        catch_up(self.store, found)
        return found

    def close(self) -> None:
        """Let all desks go."""
        for queue in self._queues.values():
            queue.desk.close()


def newest_draws(store: Store, stage: Stage) -> list[tuple[Draw, Task]]:
    """The newest draw of each purpose that asks people, of the newest release of a stage."""
    with store.database.read() as connection:
        release = releases.latest(connection, stage)
        made = draws(connection, release.release_id) if release else []
    newest = {drawn.purpose: drawn for drawn in made if drawn.size}
    pairs = ((drawn, task_of(drawn.purpose, stage)) for drawn in newest.values())
    found = [(drawn, task) for drawn, task in pairs if task is not None]
    return sorted(found, key=lambda pair: (pair[0].purpose == HELD, -pair[0].size, pair[0].purpose))


def draw_with_task(store: Store, name: str) -> tuple[Draw, Task]:
    """The draw with this id, or unique beginning of an id, and what it asks."""
    with store.database.read() as connection:
        drawn = load_draw(connection, name)
    if drawn is None and len(name) >= 6:
        fitting = [found for stage in Stage for found, _ in newest_draws(store, stage) if found.draw_id.startswith(name)]
        drawn = fitting[0] if len(fitting) == 1 else None
    task = task_of(drawn.purpose, drawn.stage) if drawn else None
    if drawn is None or task is None:
        raise UnknownDraw("no such draw waits for people", hint="`dataset-safety review status` lists the draws.")
    return drawn, task


def draw_held(store: Store, stages: Iterable[Stage] = tuple(Stage)) -> list[Draw]:
    """Lay out the second queue: every held row of the newest corpora, outside all counts of section 8."""
    made = []
    for stage in stages:
        with store.database.read() as connection:
            release = releases.latest(connection, stage)
            corpus = corpora.latest(connection, release.release_id) if release else None
        if release is None or corpus is None:
            continue
        frames = [_held_rows(store, part.part, part.excluded_object) for part in corpus.parts if part.excluded]
        rows = pl.concat(frames).sort("sample_id") if frames else pl.DataFrame({"sample_id": [], "content_sha256": []})
        if rows.is_empty():
            continue
        ids, shown = rows["sample_id"].to_list(), rows["content_sha256"].to_list()
        population = digest_of_lines(f"{name} {content}" for name, content in zip(ids, shown, strict=True))
        frame = Frame(HELD, population, ids, shown)
        made.append(make_draw(store, release.release_id, stage, frame, len(ids), reason="held rows, outside all counts"))
    with store.database.write() as connection:
        for drawn in made:
            save_draw(connection, drawn)
    return made


def _held_rows(store: Store, part: str, excluded: str) -> pl.DataFrame:
    held = store.objects.read_frame(excluded, ["sample_id", "decision"]).filter(pl.col("decision") == Decision.HELD.value)
    return store.objects.read_frame(part, ["sample_id", "content_sha256"]).join(held, on="sample_id", how="semi")
