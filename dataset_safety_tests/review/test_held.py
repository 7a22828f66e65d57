"""The second queue: held rows that people clear or confirm, outside every count of section 8."""

from __future__ import annotations

from dataset_safety.review import judging, reviewers
from dataset_safety.review.answering import item
from dataset_safety.review.rooms import Rooms, draw_held
from dataset_safety.standard import load_edition
from dataset_safety_tests.review.drawn import draw_over, texts


def test_held_rows_are_judged_apart_and_only_they(store):
    rows = texts(20)
    drawn = draw_over(store, rows, held=frozenset({3, 14}))
    made = draw_held(store)
    assert draw_held(store) == made  # the same rows are laid out once
    reviewers.add(store, "an", reviewers.Role.REVIEWER, ["*"])
    with store.database.read() as connection:
        person = reviewers.named(connection, "an")
    rooms = Rooms(store)
    assert {found.purpose for found, _ in rooms.listing()} == {"manual", "held"}
    queue, large = rooms.queue(made[0].draw_id), rooms.queue(drawn.draw_id)
    assert set(queue.desk.ids) == {rows[3]["sample_id"], rows[14]["sample_id"]} and not queue.doubly
    while sample := queue.next_for(person):
        assert item(queue, sample)["beside"] == [["reasons", "review:A.1.h"]]
        given = judging.Given(sample, {"held": "confirm"}, ["A.1.h"])
        judging.answer(store, queue, person, given, load_edition("draft-2024-03").risk_ids)
    assert queue.progress().judged == 2 and large.progress().judged == 0
    rooms.close()
