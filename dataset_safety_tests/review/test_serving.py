"""The real server: many people at once, restarts, strangers, hostile texts."""

from __future__ import annotations

import json
import statistics
import threading
import time
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest

from dataset_safety import clock
from dataset_safety.evaluation.reviewing import answers
from dataset_safety.review import reviewers
from dataset_safety.standard import Stage
from dataset_safety.store.audit import events
from dataset_safety.store.draws import judgements
from dataset_safety_tests.hostile import TEXTS
from dataset_safety_tests.review.drawn import Person, draw_over, sample, texts

BAD = frozenset({"yes"})


def _judge_everything(url, token, draw, times):
    person = Person(url, token)
    while True:
        try:
            item = person.next(draw)
            if item is None:
                return
            begun = time.perf_counter()
            person.answer(draw, item["sample"])
            times.append(time.perf_counter() - begun)
        except (httpx.HTTPError, json.JSONDecodeError):
            time.sleep(0.1)  # the server is being restarted: ask again, as the page does


def _four_people(store, tokens, server, size, kill_at):
    drawn = draw_over(store, texts(size))
    server.start()
    times = []
    jobs = [(server.url, tokens[name], drawn.draw_id, times) for name in ("an", "bo", "chen", "du")]
    people = [threading.Thread(target=_judge_everything, args=job) for job in jobs]
    for person in people:
        person.start()
    while len(times) < kill_at:
        time.sleep(0.02)
    server.kill()
    server.start()
    for person in people:
        person.join(timeout=280)
    assert not any(person.is_alive() for person in people)
    with store.database.read() as connection:
        given = [answer for answer in judgements(connection, drawn.draw_id) if answer.question == "risk"]
        chain = list(events(connection))
    by_sample = Counter(answer.sample_id for answer in given)
    assert len({(answer.sample_id, answer.reviewer) for answer in given}) == len(given)
    assert len(by_sample) == size
    assert Counter(by_sample.values()) == {1: size - -(-size // 10), 2: -(-size // 10)}
    assert all(event.hash == event.expected_hash() and event.previous == before.hash for before, event in pairwise(chain))
    assert answers(store, drawn, "risk", BAD).complete
    return times


def test_four_people_judge_at_once_and_a_killed_server_loses_and_doubles_nothing(store, tokens, server):
    _four_people(store, tokens, server, 60, 20)


@pytest.mark.slow
def test_four_thousand_judgements_of_four_people(store, tokens, server):
    times = _four_people(store, tokens, server, 4000, 1500)
    assert statistics.median(times) < 0.05


def test_an_answer_sent_again_after_a_lost_reply_counts_once(store, tokens, server):
    drawn = draw_over(store, texts(5))
    person = Person(server.start().url, tokens["an"])
    item = person.next(drawn.draw_id)
    assert [person.answer(drawn.draw_id, item["sample"]).status_code for _ in range(3)] == [200, 200, 200]
    with store.database.read() as connection:
        assert sum(answer.question == "risk" for answer in judgements(connection, drawn.draw_id)) == 1


def test_a_sample_judged_by_somebody_else_meanwhile_is_refused(store, tokens, server):
    drawn = draw_over(store, texts(20))
    url = server.start().url
    one, other = Person(url, tokens["an"]), Person(url, tokens["bo"])
    codes = []
    while item := one.next(drawn.draw_id):
        assert one.answer(drawn.draw_id, item["sample"]).status_code == 200
        codes.append(other.answer(drawn.draw_id, item["sample"]).status_code)
    assert Counter(codes) == {200: 2, 409: 18}  # a tenth is judged twice


def test_an_undo_is_a_new_event_and_the_sample_comes_back(store, tokens, server):
    drawn = draw_over(store, texts(5))
    person = Person(server.start().url, tokens["an"])
    item = person.next(drawn.draw_id)
    person.answer(drawn.draw_id, item["sample"], "yes", categories=["A.1.h"], others={"rights": "infringing"})
    back = person.client.post(f"/api/draws/{drawn.draw_id}/undo", json={}).json()
    assert back["item"]["sample"] == item["sample"]
    assert back["before"]["risk"] == "yes" and back["before"]["rights"] == "infringing"
    assert answers(store, drawn, "risk", BAD).answered == 0
    assert person.next(drawn.draw_id)["sample"] == item["sample"]
    person.answer(drawn.draw_id, item["sample"], "no")
    found = answers(store, drawn, "risk", BAD)
    assert (found.answered, found.bad) == (1, ())
    with store.database.read() as connection:
        assert [a.answer for a in judgements(connection, drawn.draw_id) if a.question == "risk"] == ["yes", "withdrawn", "no"]


def test_differences_and_doubts_wait_for_an_adjudicator_whose_answer_wins(store, tokens, server):
    drawn = draw_over(store, texts(1))  # one sample: the tenth that is judged twice is all of it
    url, draw = server.start().url, drawn.draw_id
    one, other, judge = (Person(url, tokens[name]) for name in ("an", "bo", "judge"))
    assert judge.next(draw) is None
    sample_id = one.next(draw)["sample"]
    one.answer(draw, sample_id, "no")
    found = answers(store, drawn, "risk", BAD)
    assert found.answered == 1 and not found.complete  # the second answer of the tenth is still out
    assert other.next(draw)["sample"] == sample_id
    other.answer(draw, sample_id, "yes", categories=["A.2.e"])
    assert not answers(store, drawn, "risk", BAD).complete
    shown = judge.next(draw)
    assert shown["sample"] == sample_id and "A.2.e" not in json.dumps(shown)
    judge.answer(draw, sample_id, "yes", categories=["A.2.e"])
    assert answers(store, drawn, "risk", BAD).bad == (sample_id,)
    assert judge.next(draw) is None


def test_people_get_only_languages_they_read_and_cannot_read_leaves_a_sample_open(store, server):
    token = reviewers.add(store, "eve", reviewers.Role.REVIEWER, ["en"])
    reader = reviewers.add(store, "han", reviewers.Role.REVIEWER, ["en", "zh"])
    drawn = draw_over(store, [sample("只有中文", 0, language="zh"), sample("English", 1)])
    url = server.start().url
    eve, han = Person(url, token), Person(url, reader)
    english = eve.next(drawn.draw_id)["sample"]
    eve.answer(drawn.draw_id, english, "cannot_read")
    assert eve.next(drawn.draw_id) is None
    seen = set()
    while item := han.next(drawn.draw_id):
        seen.add(item["sample"])
        han.answer(drawn.draw_id, item["sample"])
    assert seen == {row["sample_id"] for row in (sample("", 0), sample("", 1))}
    assert answers(store, drawn, "risk", BAD).answered == 2


def test_generated_rows_are_compared_with_their_records_in_both_directions(store, tokens, server):
    rows = [sample(f"made {n}", n, generated=n > 0) for n in range(3)]
    drawn = draw_over(store, rows, stage=Stage.FINE_TUNING, risky=frozenset({2}))
    person = Person(server.start().url, tokens["an"])
    while item := person.next(drawn.draw_id):
        assert "risk" not in json.dumps(item)
        person.answer(drawn.draw_id, item["sample"], "no")
    found = answers(store, drawn, "generated_record", frozenset({"mismatch"}))
    assert found.answered == 3 and found.bad == (rows[2]["sample_id"],)


def test_a_lost_part_leaves_its_samples_open_and_is_never_replaced(store, tokens, server):
    drawn = draw_over(store, texts(10))
    with store.database.read() as connection:
        from dataset_safety.store import corpora

        part = corpora.latest(connection, drawn.release_id).parts[0]
    store.objects.path(part.part).unlink()
    person = Person(server.start().url, tokens["an"])
    while item := person.next(drawn.draw_id):
        person.answer(drawn.draw_id, item["sample"])
    assert answers(store, drawn, "risk", BAD).answered == 5
    assert "lost, count as not clean" in person.client.get("/").text


def test_strangers_are_refused(store, tokens, server):
    drawn = draw_over(store, texts(3))
    url, path = server.start().url, f"/api/draws/{drawn.draw_id}"
    assert httpx.get(f"{url}{path}/next").status_code == 401
    assert httpx.get(f"{url}/draws/{drawn.draw_id}").headers["location"] == "/sign-in"
    assert httpx.get(url, headers={"host": "evil.example"}).status_code == 400
    person = Person(url, tokens["an"])
    body = {"sample": person.next(drawn.draw_id)["sample"], "answers": {"risk": "no"}}
    assert person.client.post(f"{path}/answers", json=body, headers={"origin": "http://evil.example"}).status_code == 403
    assert person.client.post(f"{path}/answers", json=body, headers={"x-csrf-token": "0" * 64}).status_code == 403
    assert person.client.post("/sign-in", data={"token": tokens["bo"]}, headers={"origin": "null"}).status_code == 403
    assert person.client.post(f"{path}/answers", content=b"[" * 50000).status_code == 400
    assert person.answer(drawn.draw_id, "f" * 64).status_code == 409
    assert person.answer(drawn.draw_id, body["sample"], "maybe").status_code == 409
    assert person.answer(drawn.draw_id, body["sample"], "yes").status_code == 409  # names no risk
    assert person.client.get("/content/" + drawn.draw_id + "/..%2f..%2fsafety.db").status_code == 404
    guest = Person(url, tokens["guest"])
    assert guest.next(drawn.draw_id) is None and guest.answer(drawn.draw_id, body["sample"]).status_code == 409
    with store.database.read() as connection:
        assert judgements(connection, drawn.draw_id) == []


def test_wrong_tokens_are_limited_and_a_second_sign_in_ends_the_first(store, tokens, server):
    draw_over(store, texts(3))
    first = Person(server.start().url, tokens["an"])
    assert first.client.get("/").status_code == 200
    second = Person(server.url, tokens["an"])
    assert second.client.get("/").status_code == 200
    assert first.client.get("/").status_code == 303
    reviewers.revoke(store, "an")
    assert second.client.get("/").status_code == 303
    assert [Person(server.url, "wrong").signed_in.status_code for _ in range(7)] == [401] * 5 + [429] * 2
    assert int(Person(server.url, tokens["bo"]).signed_in.headers["retry-after"]) > 0


def test_an_expired_token_opens_nothing_and_ends_what_was_open(store, server):
    draw_over(store, texts(3))
    with clock.fixed(datetime.now(UTC) - timedelta(days=1, seconds=-8)):
        late = reviewers.add(store, "late", reviewers.Role.REVIEWER, ["*"], days=1)
    with clock.fixed(datetime.now(UTC) - timedelta(days=3)):
        gone = reviewers.add(store, "gone", reviewers.Role.REVIEWER, ["*"], days=2)
    assert Person(server.start().url, gone).signed_in.status_code == 401
    person = Person(server.url, late)
    while person.client.get("/").status_code == 200:  # eight seconds are left
        time.sleep(0.5)
    assert person.client.get("/").headers["location"] == "/sign-in"
    assert Person(server.url, late).signed_in.status_code == 401


def test_of_two_people_with_one_token_at_once_only_one_stays(store, tokens, server):
    drawn = draw_over(store, texts(30))
    url = server.start().url
    with ThreadPoolExecutor(4) as pool:
        people = list(pool.map(lambda _: Person(url, tokens["an"]), range(4)))
    inside = [person for person in people if person.client.get("/").status_code == 200]
    assert len(inside) == 1
    sample_id = inside[0].next(drawn.draw_id)["sample"]
    codes = Counter(person.answer(drawn.draw_id, sample_id).status_code for person in people)
    assert codes == {200: 1, 401: 3}
    with store.database.read() as connection:
        assert sum(given.question == "risk" for given in judgements(connection, drawn.draw_id)) == 1


def test_hostile_texts_leave_as_text_and_pictures_as_pictures(store, tokens, server):
    picture = b"\x89PNG\r\n\x1a\n" + bytes(30)
    assert len(set(TEXTS)) >= 60
    media = [sample(None, 900, content=picture), sample(None, 901, content=b"<svg onload=alert(1)>")]
    rows = [*(sample(text, n) for n, text in enumerate(TEXTS)), *media]
    drawn = draw_over(store, rows)
    person = Person(server.start().url, tokens["an"])
    seen = {}
    while item := person.next(drawn.draw_id):
        seen[item["sample"]] = item
        person.answer(drawn.draw_id, item["sample"])
    for row in rows[: len(TEXTS)]:
        piece, runs = seen[row["sample_id"]]["text"], []
        while True:
            runs += [run for block in piece["blocks"] for run in block["runs"]]
            if piece["next"] is None:
                break
            path = f"/api/draws/{drawn.draw_id}/samples/{row['sample_id']}"
            piece = person.client.get(path, params={"start": piece["next"]}).json()
        visible = "".join(run[1] for run in runs if run[0] == "text")
        letters = iter(row["text"])
        assert all(letter in letters for letter in visible)  # the same letters in the same order
        assert len(visible) + sum(run[0] == "hidden" for run in runs) == len(row["text"])
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") for c in visible if c not in "\t\n")
    shown = person.client.get(f"/content/{drawn.draw_id}/{media[0]['sample_id']}")
    assert (shown.content, shown.headers["content-type"]) == (picture, "image/png")
    refused = person.client.get(f"/content/{drawn.draw_id}/{media[1]['sample_id']}")
    assert refused.headers["content-type"] == "application/octet-stream"
    assert "attachment" in refused.headers["content-disposition"]
    for path in ("/", f"/draws/{drawn.draw_id}", "/guideline"):
        page = person.client.get(path)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in page.text and " style=" not in page.text and "onclick" not in page.text
