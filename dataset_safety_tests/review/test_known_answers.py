"""Known-answer items look like any sample, come at fixed places, and never reach a count of section 8."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from dataset_safety.evaluation.reviewing import answers
from dataset_safety.review import known_answers, reviewers
from dataset_safety.review.errors import RefusedImport
from dataset_safety.review.known_answers import BLOCK, FIRST, KnownAnswers, in_force, parsed, register
from dataset_safety.review.rooms import Rooms
from dataset_safety.review.status import review_status, told
from dataset_safety.store.draws import judgements
from dataset_safety_tests.review.drawn import Person, draw_over, texts

LINE = {"text": "A plain text.", "language": "en", "answers": {"risk": "no"}}


def lines(*items):
    return "\n".join(json.dumps(item) for item in items).encode()


def test_the_shipped_items_are_thirty_chinese_and_twenty_english(store):
    items = in_force(store)
    assert Counter(item.language for item in items) == {"zh": 30, "en": 20}
    assert {answer for item in items for answer in item.answers.values()} == {"yes", "no"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no item"),
        (b"{", "line 1"),
        (lines(LINE, {**LINE, "text": ""}), "line 2: text"),
        (lines({**LINE, "answers": {"risk": "unsure"}}), "line 1: answers"),
        (lines({**LINE, "answers": {"taste": "no"}}), "line 1: answers"),
        (lines({**LINE, "answers": {}}), "line 1: answers"),
        (lines({**LINE, "extra": 1}), "line 1: extra"),
        (lines(LINE, LINE), "twice"),
        (b"\xff\xfe", "line 1"),
        (b"[" * 100_000, "line 1"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_without_its_text(store, content, words):
    with pytest.raises(RefusedImport, match=words) as refused:
        register(store, content)
    assert "plain text" not in str(refused.value)
    assert len(in_force(store)) == 50


def test_an_operators_file_takes_the_place_of_ours(store):
    register(store, lines(LINE))
    assert in_force(store) == parsed(lines(LINE))


def judge_all(person, draw, known, main="no"):
    """Answer everything; the items of the first set wrongly when ``main`` is wrong for them. How many were known."""
    met, seen = [], []
    while item := person.next(draw):
        text = "".join(run[1] for block in item["text"]["blocks"] for run in block["runs"])
        seen.append(item)
        if text in known:
            met.append((len(seen) - 1, item))
        assert person.answer(draw, item["sample"], main if text in known else "no").status_code == 200
    return met, seen


def test_items_come_at_the_same_places_and_no_count_sees_them(store, tokens, server):
    drawn = draw_over(store, texts(140))
    known = {item.text for item in in_force(store)}
    person = Person(server.start().url, tokens["an"])
    met, seen = judge_all(person, drawn.draw_id, known)
    places = [number for number, _ in met]
    assert len(places) == 2 and all(n * BLOCK + FIRST <= at - n < (n + 1) * BLOCK for n, at in enumerate(places))
    assert {frozenset(item) for item in seen} == {frozenset(seen[0])} and all(len(item["sample"]) == 64 for item in seen)
    found = answers(store, drawn, "risk", frozenset({"yes"}))
    assert (found.answered, found.bad) == (140, ())
    with store.database.read() as connection:
        samples = {given.sample_id for given in judgements(connection, drawn.draw_id)}
        (result,) = known_answers.results(connection)
    assert not samples & {item["sample"] for _, item in met}
    assert (result.reviewer, result.answered) == ("an", 2)


def test_a_wrong_answer_is_told_and_an_answer_sent_again_counts_once(store, tokens, server):
    register(store, lines({**LINE, "language": "en"}, {**LINE, "text": "Another plain text.", "language": "en"}))
    drawn = draw_over(store, texts(80))
    person = Person(server.start().url, tokens["bo"])
    met = None
    while item := person.next(drawn.draw_id):
        text = "".join(run[1] for block in item["text"]["blocks"] for run in block["runs"])
        if "plain text" in text:
            met = met or item["sample"]
            assert person.answer(drawn.draw_id, item["sample"], "yes").status_code == 409  # a risk has to be named
            for _ in range(3):
                assert person.answer(drawn.draw_id, item["sample"], "yes", categories=["A.2.e"]).status_code == 200
        else:
            person.answer(drawn.draw_id, item["sample"])
    with store.database.read() as connection:
        (result,) = known_answers.results(connection)
    assert result.answered >= 1 and result.right == 0 and result.doubtful
    status = review_status(store)
    assert status["known_answers"][0]["doubtful"]
    assert any("WARNING" in line for line in told(status))


def test_undo_takes_back_a_known_item_as_it_takes_back_any_sample(store, tokens, server):
    register(store, lines(LINE))
    drawn = draw_over(store, texts(80))
    person = Person(server.start().url, tokens["an"])
    while item := person.next(drawn.draw_id):
        known = "plain text" in json.dumps(item)
        person.answer(drawn.draw_id, item["sample"])
        if known:
            break
    before = person.client.get(f"/api/draws/{drawn.draw_id}/next").json()["progress"]["mine"]
    back = person.client.post(f"/api/draws/{drawn.draw_id}/undo", json={}).json()
    assert back["item"]["sample"] == item["sample"] and back["before"]["risk"] == "no"
    assert back["progress"]["mine"] == before - 1
    with store.database.read() as connection:
        assert known_answers.results(connection) == []
    assert person.next(drawn.draw_id)["sample"] == item["sample"]
    again = person.client.post(f"/api/draws/{drawn.draw_id}/undo", json={}).json()
    assert again["item"]["sample"] != item["sample"]  # before it stands a drawn sample
    assert answers(store, drawn, "risk", frozenset()).answered == before - 2


def test_adjudicators_and_other_draws_get_none(store):
    reviewers.add(store, "judge", reviewers.Role.ADJUDICATOR, ["*"])
    reviewers.add(store, "an", reviewers.Role.REVIEWER, ["*"])
    drawn = draw_over(store, texts(3), purpose="risk_records")
    known, rooms = KnownAnswers(store), Rooms(store)
    with store.database.read() as connection:
        people = reviewers.everybody(connection)
    assert [known.due(rooms.queue(drawn.draw_id), person) for person in people] == [None, None]
    rooms.close()
