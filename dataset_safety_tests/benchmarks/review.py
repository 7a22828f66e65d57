"""The review queue over a large draw: `python -m dataset_safety_tests.benchmarks.review [ITEMS]`.

Prints how long the draw takes to lay out, and the slowest and median wait for the next sample and for keeping an answer.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from dataset_safety.review import reviewers
from dataset_safety.review.judging import Given, answer
from dataset_safety.review.rooms import Rooms
from dataset_safety.standard import load_edition
from dataset_safety.store.facade import open_store
from dataset_safety_tests.review.drawn import draw_over, sample

ANSWERS = 300
BOUND = 0.1


def main() -> int:
    """Judge some of a large draw, print the figures; 1 when the next sample takes longer than a tenth of a second."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
    risks = load_edition().risk_ids
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        reviewers.add(store, "an", reviewers.Role.REVIEWER, ["*"])
        with store.database.read() as connection:
            person = reviewers.named(connection, "an")
        drawn = draw_over(store, [sample(f"Sample {number} of the draw.", number) for number in range(items)])
        begun, rooms = time.perf_counter(), Rooms(store)
        queue = rooms.queue(drawn.draw_id)
        laid_out = time.perf_counter() - begun
        said = {question.id: question.good for question in queue.task.questions}
        nexts, kept = [], []
        for _ in range(ANSWERS):
            begun = time.perf_counter()
            name = queue.next_for(person)
            assert name is not None
            queue.desk.row(name)
            nexts.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            answer(store, queue, person, Given(name, said), risks)
            kept.append(time.perf_counter() - begun)
        rooms.close()
    print(f"{items} items laid out in {laid_out:.1f} s")
    for what, seconds in (("next sample", nexts), ("keeping an answer", kept)):
        print(f"{what:18} median {1000 * statistics.median(seconds):6.1f} ms, slowest {1000 * max(seconds):6.1f} ms")
    return int(max(nexts) > BOUND)


if __name__ == "__main__":
    sys.exit(main())
