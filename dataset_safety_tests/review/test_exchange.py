"""Files for other tools: what goes out comes back, and nothing else."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dataset_safety.evaluation.draws import share_of
from dataset_safety.evaluation.guideline import guideline
from dataset_safety.evaluation.reviewing import answers
from dataset_safety.review import exchange, reviewers
from dataset_safety.review.errors import RefusedImport
from dataset_safety.review.rooms import Rooms
from dataset_safety.store.draws import judgements
from dataset_safety_tests import hostile
from dataset_safety_tests.evaluation.guidelines import another_guideline, revised, revised_alike
from dataset_safety_tests.review.drawn import draw_over, sample

AWKWARD = ["'quoted", "'=both", 'two\nlines "and" quotes, commas', "\u202e隐藏\u200b", "plain", "\ttab"]
TEXTS = [*hostile.TEXTS, *AWKWARD]


@pytest.fixture
def queue(store):
    """The queue of a draw over awkward texts."""
    for name in ("an", "bo"):
        reviewers.add(store, name, reviewers.Role.REVIEWER, ["*"])
    drawn = draw_over(store, [sample(text, n) for n, text in enumerate(TEXTS)])
    rooms = Rooms(store)
    yield rooms.queue(drawn.draw_id)
    rooms.close()


def _person(store, name="an"):
    with store.database.read() as connection:
        return reviewers.named(connection, name)


def _answered(content, form, main="no", edit=lambda rows: rows):
    """What another tool would write back."""
    if form == "label-studio":
        tasks = json.loads(content)
        for task in tasks:
            result = {"from_name": "risk", "to_name": "text", "type": "choices", "value": {"choices": [main]}}
            task["annotations"] = [{"result": [result]}]
        return json.dumps(edit(tasks)).encode()
    if form == "jsonl":
        found = edit([json.loads(line) for line in content.split("\n") if line])
        return "\n".join(json.dumps({**row, "risk": main}) for row in found).encode()
    rows = edit([{**row, "risk": main} for row in csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""))])
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


@pytest.mark.parametrize("form", exchange.FORMATS)
def test_answers_come_back_complete_and_once(store, queue, form):
    content = _answered(exchange.export(queue, form), form)
    for _ in range(2):  # the same file again changes nothing
        assert exchange.import_answers(store, queue, _person(store), content, form) == len(TEXTS)
    found = answers(store, queue.desk.draw, "risk", frozenset({"yes"}))
    assert found.answered == queue.progress().judged == len(TEXTS) and not found.complete
    tenth = _answered(exchange.export(queue, form), form, edit=lambda rows: [row for row in rows if _name(row) in queue.doubly])
    given = exchange.import_answers(store, queue, _person(store, "bo"), tenth, form)
    assert given == len(queue.doubly) == share_of(len(TEXTS), 10)
    assert answers(store, queue.desk.draw, "risk", frozenset({"yes"})).complete


def test_no_cell_begins_like_a_formula(queue):
    rows = list(csv.reader(io.StringIO(exchange.export(queue, "csv").removeprefix("\ufeff"), newline="")))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


def _name(row):
    return row.get("data", row)["sample_id"]


def _changed(rows):
    rows[2] = {**rows[2], "text": "another text"}
    return rows


def _foreign(rows):
    rows[1] = {**rows[1], "sample_id": "f" * 64}
    return rows


def _of_another_draw(rows):
    return [{**row, "draw_id": "e" * 64} for row in rows]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_changed, "text was changed"),
        (_foreign, "no sample of this draw"),
        (_of_another_draw, "another draw"),
        (lambda rows: [*rows, rows[0]], "second time"),
    ],
)
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_file_with_one_problem_is_refused_whole_with_its_line(store, queue, form, edit, words):
    with pytest.raises(RefusedImport, match=rf"line \d+: .*{words}"):
        exchange.import_answers(store, queue, _person(store), _answered(exchange.export(queue, form), form, edit=edit), form)
    assert answers(store, queue.desk.draw, "risk", frozenset()).answered == 0


@pytest.fixture
def later(store, queue, monkeypatch):
    """The queue of the same draw under a guideline that was changed after the export."""
    rooms = Rooms(store)

    def after(change):
        another_guideline(monkeypatch, change)
        return rooms.queue(queue.desk.draw.draw_id)

    yield after
    rooms.close()


def _stored(store, queue):
    with store.database.read() as connection:
        return judgements(connection, queue.desk.draw.draw_id)


@pytest.mark.parametrize("form", exchange.FORMATS)
def test_answers_under_other_rules_than_those_in_force_are_refused_whole(store, queue, later, form):
    before, content = guideline().version, _answered(exchange.export(queue, form), form)
    now = later(revised)
    with pytest.raises(RefusedImport, match=rf"line \d+: was exported under guideline {before}") as refused:
        exchange.import_answers(store, now, _person(store), content, form)
    assert len(refused.value.problems) == len(TEXTS) and guideline().version in str(refused.value)
    assert "Hint: export again" in str(refused.value) and _stored(store, queue) == []
    again = _answered(exchange.export(now, form), form)
    assert exchange.import_answers(store, now, _person(store), again, form) == now.progress().judged == len(TEXTS)


@pytest.mark.parametrize("form", exchange.FORMATS)
def test_answers_keep_the_version_of_their_file_under_rules_that_say_the_same(store, queue, later, form):
    before, content = guideline().version, _answered(exchange.export(queue, form), form)
    now = later(revised_alike)
    assert exchange.import_answers(store, now, _person(store), content, form) == now.progress().judged == len(TEXTS)
    assert {answer.rules_version for answer in _stored(store, queue)} == {before} != {guideline().version}


@pytest.mark.parametrize("form", exchange.FORMATS)
@pytest.mark.parametrize("stated", ["", "a private sentence", None])
def test_one_line_without_a_version_of_the_guideline_refuses_the_file(store, queue, form, stated):
    def edit(rows):
        fixed = rows[3].get("data", rows[3])
        if stated is None and form != "csv":
            del fixed["rules_version"]
        else:
            fixed["rules_version"] = stated or ""
        return rows

    with pytest.raises(RefusedImport, match=r"1 problems: line \d+: names no version of the guideline") as refused:
        exchange.import_answers(store, queue, _person(store), _answered(exchange.export(queue, form), form, edit=edit), form)
    assert "private" not in str(refused.value) and _stored(store, queue) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1]", b"{", b'{"sample_id": 3}', b"a,b\n1", b"[" * 100_000])
@pytest.mark.parametrize("form", exchange.FORMATS)
def test_nonsense_is_refused_or_answers_nothing(store, queue, form, content):
    try:
        assert exchange.import_answers(store, queue, _person(store), content, form) == 0
    except RefusedImport as refused:
        assert "Hint:" in str(refused)


def test_an_answer_that_the_question_does_not_allow_is_refused(store, queue):
    with pytest.raises(RefusedImport, match="names the risk"):
        exchange.import_answers(store, queue, _person(store), _answered(exchange.export(queue, "csv"), "csv", "yes"), "csv")


def test_the_labelling_configuration_names_every_question(queue):
    config = exchange.labelling_config(queue.task)
    assert all(f'name="{question.id}"' in config for question in queue.task.questions) and config.count("A.") >= 29
