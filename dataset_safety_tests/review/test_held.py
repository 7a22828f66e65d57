"""The second queue: held rows that people clear or confirm, outside every count of section 8."""

from __future__ import annotations

from dataset_safety.evaluation.drawing import draw_release
from dataset_safety.evaluation.populations import Populations
from dataset_safety.evaluation.reviewing import HELD, current
from dataset_safety.review import judging, reviewers
from dataset_safety.review.answering import item
from dataset_safety.review.rooms import Rooms
from dataset_safety.standard import load_edition
from dataset_safety.store import corpora, releases
from dataset_safety_tests.review.drawn import draw_over, texts


def test_held_rows_are_judged_apart_and_only_they(store):
    rows = texts(20)
    drawn = draw_over(store, rows, held=frozenset({3, 14}))
    with store.database.read() as connection:
        release, corpus = releases.latest(connection, drawn.stage), corpora.latest(connection, drawn.release_id)
    populations = Populations(store, corpus)
    made = current(draw_release(store, release, populations, load_edition()), HELD)
    again = draw_release(store, release, populations, load_edition())
    assert [found for found in again if found.purpose == HELD] == [made]  # the same rows are laid out once
    reviewers.add(store, "an", reviewers.Role.REVIEWER, ["*"])
    with store.database.read() as connection:
        person = reviewers.named(connection, "an")
    rooms = Rooms(store)
    assert rooms.listing()[-1][0] == made  # apart, behind all draws that count
    queue, large = rooms.queue(made.draw_id), rooms.queue(drawn.draw_id)
    assert set(queue.desk.ids) == {rows[3]["sample_id"], rows[14]["sample_id"]} and not queue.doubly
    while sample := queue.next_for(person):
        assert item(queue, sample)["beside"] == [["reasons", "review:A.1.h"]]
        given = judging.Given(sample, {"held": "confirm"}, ["A.1.h"])
        judging.answer(store, queue, person, given, load_edition("draft-2024-03").risk_ids)
    assert queue.progress().judged == 2 and large.progress().judged == 0
    rooms.close()
