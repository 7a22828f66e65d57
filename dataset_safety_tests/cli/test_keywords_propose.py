"""Terms are proposed from what people settled about rows that a detector chose; random draws only when asked for."""

from __future__ import annotations

import json

import pytest

from dataset_safety import clock
from dataset_safety.evaluation.guideline import guideline
from dataset_safety.evaluation.reviewing import HELD, MANUAL, TECHNICAL
from dataset_safety.evaluation.settled_texts import QUESTIONS, settled_texts
from dataset_safety.store import artifacts, audit
from dataset_safety.store.draws import Judgement, save_judgements
from dataset_safety.store.facade import open_store
from dataset_safety_tests.review.drawn import draw_over, sample

RISK = "A.1.h"
TERM = "蓝色冰糖"
ARGUMENTS = ("--risk", RISK, "--language", "zh", "--author", "chen")


def rows():
    """Ten texts with the term, ten without, of two sources."""
    texts = [f"第{n}次联系，{TERM}到货" for n in range(10)] + [f"第{n}次通知，会议改到下午" for n in range(10)]
    return [sample(text, n, language="zh", source_id=f"source{n % 2}") for n, text in enumerate(texts)]


def judge(store, drawn, made, *, reviewer="an", flip=False, answers=None):
    question, confirming = QUESTIONS[drawn.purpose]
    clearing = "clear" if drawn.purpose == HELD else "no"
    now = clock.now().isoformat()
    given = []
    for n, row in enumerate(made):
        value = answers[n] if answers else (confirming if (n < 10) is not flip else clearing)
        named = [RISK] if value == confirming else []
        facts = (named, "", reviewer, "reviewer", guideline().version, row["content_sha256"], now, now)
        given.append(Judgement(drawn.draw_id, row["sample_id"], question, value, *facts))
    with store.database.write() as connection:
        save_judgements(connection, given)


def flag(store, drawn, made):
    """What the technical audit flagged of a draw."""
    stored = store.objects.publish_bytes(json.dumps([row["sample_id"] for row in made]).encode())
    facts = {"draw": drawn.draw_id, "scanned": drawn.size, "arm": "a", "same": False}
    with store.database.write() as connection:
        artifacts.save(connection, artifacts.Artifact("technical_audit", "1" * 64, facts, stored))


def proposed(command, home, out, *more):
    finished = command("keywords", "propose", *ARGUMENTS, "--out", out, *more, home=home)
    assert finished.returncode == 0, finished.stderr
    text = (out / f"proposed-{RISK}.zh.txt").read_text(encoding="utf-8")
    return finished.stdout, text, [line for line in text.splitlines() if line and not line.startswith("#")]


def test_held_rows_propose_by_default_and_no_text_is_shown(command, tmp_path):
    home, made = tmp_path / "home", rows()
    with open_store(home) as store:
        judge(store, draw_over(store, made, purpose=HELD), made)
    said, draft, terms = proposed(command, home, tmp_path / "out")
    assert "held: 10 confirmed, 10 cleared" in said and any(TERM in term or term in TERM for term in terms)
    assert not any(row["text"] in draft or row["text"] in said for row in made)
    with open_store(home) as store, store.database.read() as connection:
        (event,) = [one for one in audit.events(connection) if one.action == "keywords.propose"]
    assert TERM not in event.detail


def test_random_draws_measure_and_are_read_only_when_asked_for(command, tmp_path):
    home, made = tmp_path / "home", rows()
    with open_store(home) as store:
        judge(store, draw_over(store, made, purpose=MANUAL), made)
    said, _, terms = proposed(command, home, tmp_path / "out")
    assert terms == [] and "none yet" in said
    said, draft, terms = proposed(command, home, tmp_path / "out", "--include-draws")
    assert terms and "manual: 10 confirmed" in said and "random draws are included" in said and "random draws" in draft


@pytest.mark.parametrize("flagged", [0, 20])
def test_of_a_technical_draw_only_its_hits_count(tmp_path, flagged):
    made = rows()
    with open_store(tmp_path) as store:
        drawn = draw_over(store, made, purpose=TECHNICAL)
        judge(store, drawn, made)
        flag(store, drawn, made[:flagged])
        assert len(settled_texts(store)) == flagged


def test_what_is_open_disputed_or_taken_back_is_not_settled(tmp_path):
    made = rows()
    with open_store(tmp_path) as store:
        drawn = draw_over(store, made, purpose=HELD)
        judge(store, drawn, made[:4], answers=["confirm", "unsure", "confirm", "confirm"])
        judge(store, drawn, made[:4], reviewer="bo", answers=["clear", "confirm", "confirm", "cannot_read"])
        judge(store, drawn, made[3:4], answers=["withdrawn"])
        (only,) = settled_texts(store)
    assert (only.sample_id, only.risks, only.source_id) == (made[2]["sample_id"], {RISK}, "source0")


@pytest.mark.parametrize("more", [("--confirmed", __file__), ("--confirmed", __file__, "--cleared", __file__, "--include-draws")])
def test_files_come_in_pairs(command, tmp_path, more):
    finished = command("keywords", "propose", *ARGUMENTS, "--out", tmp_path, *more, home=tmp_path / "home")
    assert finished.returncode == 2 and "--confirmed" in finished.stderr
