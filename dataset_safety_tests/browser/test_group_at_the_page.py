"""The demo corpus from INCOMPLETE to decided: one person in a real Chromium, the others as its requests; planted answers."""

from __future__ import annotations

import pytest

from dataset_safety.demo.corpus import build
from dataset_safety.evaluation.reviewing import MANUAL, ballots, current
from dataset_safety.standard import Stage
from dataset_safety.store.facade import open_store
from dataset_safety_tests.browser.test_review_page import _mine, _press_1, _sign_in
from dataset_safety_tests.review.drawn import Person, Server
from dataset_safety_tests.review.group import CAREFUL, DECIDES, Group, Place, decide, finish, newest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
AT_THE_PAGE = 25


def planted_in(store, key, stage):
    """Samples of P2 with hidden characters: what was planted and no detector takes out."""
    places = {unit.place for unit in key.of(stage) if unit.kind.startswith("hidden_characters")}
    rows = newest(store, stage)[0].p2.select("sample_id", "source_id", "file", "unit").collect().iter_rows()
    return {sample for sample, *place in rows if tuple(place) in places}


def judge_at_the_page(page, server, token, drawn):
    """By keyboard, from what is seen: a text that hides characters is risky."""
    _sign_in(page, server, token)
    page.goto(f"{server.url}/draws/{drawn.draw_id}")
    page.wait_for_selector("#sample .text")
    for number in range(1, AT_THE_PAGE + 1):
        if page.query_selector("#sample .text .hidden"):
            for pressed in ("2", "b", "5", "Enter"):
                page.keyboard.press(pressed)
            _mine(page, number)
        else:
            _press_1(page, number)


def test_the_demo_corpus_is_decided_by_people_at_the_page(page, tmp_path):
    place = Place(tmp_path)
    key = build(tmp_path / "inbox", samples_per_stage=500)
    first = place.run()
    assert all(first[stage][clause] == "INCOMPLETE" for stage, clause in DECIDES.items())
    server = Server(place.home).start()
    try:
        with open_store(place.home) as store:
            planted = {stage: planted_in(store, key, stage) for stage in Stage}
            kept = {stage: newest(store, stage)[0].corpus.kept for stage in Stage}
            assert all(planted.values())
            group = Group(store, server.url, set().union(*planted.values())).sign_up()
            drawn = current(newest(store, Stage.PRE_TRAINING)[1], MANUAL)
            judge_at_the_page(page, server, group.tokens[CAREFUL[0]], drawn)
            assert 0 < len(ballots(store, drawn).settled("risk")) <= AT_THE_PAGE  # items with known answers do not count
            decide(store, group, 60)
    finally:
        server.kill()
        while Person.opened:
            Person.opened.pop().close()
    finish(place, tmp_path, planted, kept)
