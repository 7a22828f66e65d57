"""A person at the review page: real Chromium, real server, keyboard only."""

from __future__ import annotations

import pytest

from dataset_safety.evaluation.reviewing import answers
from dataset_safety.review import reviewers
from dataset_safety.review.reviewers import Role
from dataset_safety.store.draws import judgements
from dataset_safety.store.facade import open_store
from dataset_safety_tests.review.drawn import Server, draw_over, sample, texts

pytestmark = pytest.mark.browser
BAD = frozenset({"yes"})


@pytest.fixture
def judged(tmp_path):
    """A store with a draw of 40 over awkward and plain texts, a reviewer, an adjudicator, and a running server."""
    with open_store(tmp_path / "home") as store:
        rows = [*texts(38), sample("<img src=x onerror=alert(1)> \u202egnp\u202c", 90), sample("long line. " * 6000, 91)]
        drawn = draw_over(store, rows)
        tokens = {name: reviewers.add(store, name, Role.REVIEWER, ["zh", "en"]) for name in ("an", "bo")}
        tokens["judge"] = reviewers.add(store, "judge", Role.ADJUDICATOR, ["*"])
        server = Server(store.home.root).start()
        yield store, drawn, tokens, server
        server.kill()


def _sign_in(page, server, token):
    page.goto(server.url)
    page.wait_for_function("() => document.activeElement.id === 'token'")
    page.keyboard.type(token)
    page.keyboard.press("Enter")
    page.wait_for_selector(".draws")


def _mine(page, count):
    page.wait_for_function("n => document.getElementById('counts').textContent.includes(` · ${n} `)", arg=count)


def _press_1(page, count):
    page.keyboard.press("1")
    page.wait_for_timeout(40)
    if "end" in page.inner_text("#news"):
        page.keyboard.press("1")  # a long text: said once, then the answer stands
    _mine(page, count)


def test_a_person_judges_twenty_by_keyboard_undoes_one_and_resumes_after_a_restart(judged, page):
    store, drawn, tokens, server = judged
    _sign_in(page, server, tokens["an"])
    page.goto(f"{server.url}/draws/{drawn.draw_id}")
    page.wait_for_selector("#sample .text")
    for count in range(1, 19):
        _press_1(page, count)
    page.keyboard.press("i")
    page.keyboard.press("2")
    for key in ("a", "8", "b", "5", "Enter"):
        page.keyboard.press(key)
    _mine(page, 19)
    page.keyboard.press("u")
    _mine(page, 18)
    assert page.get_attribute("button[data-answer=yes]", "aria-pressed") == "true"
    assert page.is_checked("[data-question=rights]")
    page.keyboard.press("i")
    _press_1(page, 19)
    server.kill()
    page.keyboard.press("1")
    page.wait_for_function("() => document.getElementById('news').classList.contains('loud')")
    server.start()
    page.wait_for_timeout(1500)
    if "end" in page.inner_text("#news"):
        page.keyboard.press("1")
    _mine(page, 20)
    page.reload()
    page.wait_for_selector("#sample .text")
    _mine(page, 20)
    found = answers(store, drawn, "risk", BAD)
    assert (found.answered, found.bad) == (20, ())
    with store.database.read() as connection:
        said = [answer for answer in judgements(connection, drawn.draw_id) if answer.question == "risk"]
    assert [answer.answer for answer in said].count("withdrawn") == 1
    assert [list(answer.categories) for answer in said if answer.categories] == [["A.1.h", "A.2.e"]]


def test_digits_do_nothing_while_a_note_is_written_or_chinese_is_composed(judged, page):
    store, drawn, tokens, server = judged
    _sign_in(page, server, tokens["an"])
    page.goto(f"{server.url}/draws/{drawn.draw_id}")
    page.wait_for_selector("#sample .text")
    page.keyboard.press("n")
    page.keyboard.type("12 u?")
    assert page.input_value("#note") == "12 u?"
    page.keyboard.press("Escape")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: '1', isComposing: true, bubbles: true}))")
    page.wait_for_timeout(200)
    assert answers(store, drawn, "risk", BAD).answered == 0
    page.keyboard.press("?")
    assert page.is_visible("#rules") and "A.4.g" in page.inner_text("#rules")
    page.keyboard.press("Escape")
    assert not page.is_visible("#rules")


def test_an_adjudicator_settles_a_difference(judged, page):
    store, drawn, tokens, server = judged
    for name, key in (("an", "1"), ("bo", "3")):
        _sign_in(page, server, tokens[name])
        page.goto(f"{server.url}/draws/{drawn.draw_id}")
        page.wait_for_selector("#sample .text")
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        page.keyboard.press(key)
        page.wait_for_function("() => / · [1-9] /.test(document.getElementById('counts').textContent)")
        page.wait_for_load_state("networkidle")
        page.goto(server.url)
        page.context.clear_cookies()
    assert answers(store, drawn, "risk", BAD).answered < 3
    _sign_in(page, server, tokens["judge"])
    page.goto(f"{server.url}/draws/{drawn.draw_id}")
    page.wait_for_selector("#sample .text, #sample p")
    assert page.is_visible(".settling")
    page.keyboard.press("1")
    page.wait_for_timeout(100)
    page.keyboard.press("1")
    page.wait_for_selector("#sample p:not(.quiet)")  # nothing is left to settle
    with store.database.read() as connection:
        assert "adjudicator" in {answer.role for answer in judgements(connection, drawn.draw_id)}


def test_every_character_of_a_long_text_can_be_reached_and_nothing_runs(judged, page):
    _, drawn, tokens, server = judged
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    _sign_in(page, server, tokens["an"])
    page.goto(f"{server.url}/draws/{drawn.draw_id}")
    for _ in range(41):
        page.wait_for_selector("#sample .text")
        if "long line" in page.inner_text("#sample"):
            break
        count = int(page.evaluate("document.getElementById('counts').textContent.split(' · ')[1].split(' ')[0]"))
        _press_1(page, count + 1)
    for _ in range(12):
        page.evaluate("document.getElementById('sample').scrollTo({top: 1e9, behavior: 'instant'})")
        page.wait_for_timeout(80)
    assert page.evaluate("document.querySelector('#sample .text').textContent.length") == len("long line. " * 6000)
    assert alerts == []
