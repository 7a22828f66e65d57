"""The draws that people can judge, each with its desk and queue, opened once and kept."""

from __future__ import annotations

import threading

from dataset_safety.evaluation.audits import newest_flagged, stored_audits
from dataset_safety.evaluation.reviewing import HELD, TECHNICAL
from dataset_safety.review.desk import Desk
from dataset_safety.review.errors import UnknownDraw
from dataset_safety.review.judging import catch_up
from dataset_safety.review.questions import Task, task_of
from dataset_safety.review.queue import Queue
from dataset_safety.standard import Stage
from dataset_safety.store import releases
from dataset_safety.store.draws import Draw, draws, earlier_draws, load_draw
from dataset_safety.store.facade import Store


class Rooms:
    """Queues by draw, shared by all requests of a server."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._queues: dict[str, Queue] = {}
        self._audits: dict[str, int] = {}
        self._retired: list[Queue] = []
        self._lock = threading.Lock()

    def listing(self) -> list[tuple[Draw, Task]]:
        """The newest draw of each purpose of the newest release of each stage."""
        return [pair for stage in Stage for pair in newest_draws(self.store, stage)]

    def queue(self, draw_id: str) -> Queue:
        """The queue of a draw, laid out at first use, with all stored answers; anew when the audit has flagged others."""
        with self._lock:
            found = self._queues.get(draw_id)
            if found is None or (found.task.purpose == TECHNICAL and self._audits[draw_id] != self._scans(draw_id)):
                self._retired += [found] if found else []
                found = self._queues[draw_id] = self._laid_out(draw_id)
        catch_up(self.store, found)
        return found

    def _laid_out(self, draw_id: str) -> Queue:
        drawn, task = draw_with_task(self.store, draw_id)
        with self.store.database.read() as connection:
            earlier = [one.draw_id for one in earlier_draws(connection, drawn)]
        self._audits[draw_id] = self._scans(draw_id)
        return Queue(Desk(self.store, drawn), task, earlier)

    def _scans(self, draw_id: str) -> int:
        return len(stored_audits(self.store, draw_id))

    def close(self) -> None:
        """Let all desks go."""
        for queue in [*self._queues.values(), *self._retired]:
            queue.desk.close()


def newest_draws(store: Store, stage: Stage) -> list[tuple[Draw, Task]]:
    """The newest draw of each purpose that asks people, of the newest release of a stage."""
    with store.database.read() as connection:
        release = releases.latest(connection, stage)
        made = draws(connection, release.release_id) if release else []
    newest = {drawn.purpose: drawn for drawn in made if drawn.size}
    if TECHNICAL in newest and not newest_flagged(store, newest[TECHNICAL].draw_id):
        del newest[TECHNICAL]  # nothing was flagged, or the audit has not looked yet
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
