"""A draw lasts: another release with the same population uses it, a changed one is topped up, a second one needs a reason."""

from __future__ import annotations

import json

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.cli.review import command
from dataset_safety.collection.paperwork import add_agreement_document
from dataset_safety.evaluation.drawing import redraw
from dataset_safety.evaluation.draws import bottom_k, doubly_judged, read_items, seed_of
from dataset_safety.evaluation.errors import RedrawRefused
from dataset_safety.evaluation.reviewing import METADATA, RISK_RECORDS, ballots, current
from dataset_safety.evaluation.rules import usage
from dataset_safety.evaluation.rules.shapes import share_clean
from dataset_safety.records import CONDEMNS, Decision, Outcome, RightsStatus, Settled
from dataset_safety.review.rooms import Rooms
from dataset_safety.standard import VerdictValue, load_edition
from dataset_safety.store import audit
from dataset_safety.store.draws import draws
from dataset_safety.store.facade import open_store
from dataset_safety.usage.decisions import decide, only_condemned
from dataset_safety.usage.policy import Case, Policy, SourceFacts
from dataset_safety_tests.evaluation.guidelines import another_guideline, revised
from dataset_safety_tests.evaluation.rounds import inbox_of, judge, part, run, small_edition
from dataset_safety_tests.inboxes import jsonl

names = st.sets(st.text(st.characters(codec="ascii"), min_size=1, max_size=6), max_size=60)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with open_store(tmp_path / "home") as opened:
        yield opened


@given(ids=names, more=names, gone=names, size=st.integers(1, 40))
def test_under_the_same_key_only_new_samples_and_successors_of_lost_ones_are_new(ids, more, gone, size):
    key = seed_of("population", "1", "manual")
    before, after = bottom_k(ids, size, key), bottom_k((ids | more) - gone, size, key)
    remaining = [name for name in before if name not in gone]
    arrived = (more - ids) - gone
    assert len(set(remaining) - set(after)) <= len(arrived)
    if not arrived:
        assert after[: len(remaining)] == remaining


outcomes = st.sampled_from(Outcome)
answers_given = st.fixed_dictionaries(
    {},
    optional={
        "risk": st.sampled_from(["yes", "no"]), "rights": st.sampled_from(["ok", "infringing"]),
        "personal_information": st.sampled_from(["yes", "no"]), "held": st.sampled_from(["clear", "confirm"]),
    },
)  # fmt: skip


@given(outcome=outcomes, said=answers_given, review=st.sampled_from(["hold", "keep"]), barred=st.sampled_from(["", "licence"]))
def test_condemning_drawn_rows_leaves_the_drawn_population_as_it_was(outcome, said, review, barred):
    """Kept or only condemned afterwards, exactly if kept when nobody had condemned."""
    policy, facts = Policy(review=review), SourceFacts(barred=barred)
    case = Case(outcome, ["A.2.e"], [], [], RightsStatus.NONE, None, facts, Settled("c", said, ("A.2.e",)))
    spared = {question: answer for question, answer in said.items() if CONDEMNS.get(question) != answer}
    without = decide(Case(outcome, ["A.2.e"], [], [], RightsStatus.NONE, None, facts, Settled("c", spared)), policy)[0]
    decision, reasons = decide(case, policy)
    drawn_from = decision is Decision.KEPT or only_condemned(case, policy)
    assert drawn_from == (without is Decision.KEPT)
    assert not any(CONDEMNS.get(question) == answer for question, answer in said.items()) or decision is Decision.REMOVED
    assert (decision is Decision.KEPT) == (reasons == [])


def _add_shard(inbox, count=12):
    rows = [{"text": f"Later note {n}: the map room is closed for repairs."} for n in range(count)]
    (inbox / "pre_training" / "notes" / "later.jsonl").write_text(jsonl(rows), encoding="utf-8")


def test_a_shard_more_throws_no_work_away(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    judge(store, first.draw())
    assert part(usage.risk_content(first.evidence()), "manual").value is VerdictValue.COMPLIANT
    _add_shard(inbox)
    second = run(store, inbox)
    assert second.release.release_id != first.release.release_id
    assert second.draw().seed == first.draw().seed and second.draw().population != first.draw().population
    kept = set(second.ids()) & set(first.ids())
    assert len(kept) >= 20 - 12
    assert second.draw().reason == f"topped up from {first.draw().draw_id[:12]}: {len(kept)} of 20 answers carried over"

    rooms = Rooms(store)
    queue = rooms.queue(second.draw().draw_id)
    assert queue.progress().judged == len(kept)
    rooms.close()
    manual = part(usage.risk_content(second.evidence()), "manual")
    assert manual.value is VerdictValue.INCOMPLETE and f"{len(kept)} of 20 judged" in manual.why
    asked = judge(store, second.draw())
    doubly = doubly_judged(second.ids(), second.draw())
    again = sum(2 for name in doubly - kept) + sum(1 for name in kept & doubly - doubly_judged(first.ids(), first.draw()))
    assert asked == 20 - len(kept) - len(doubly - kept) + again  # only new samples, and new ones of the tenth
    found = second.evidence().ballots(second.draw()).answers("risk", frozenset({"yes"}))
    earlier = kept - doubly | kept & doubly & doubly_judged(first.ids(), first.draw())
    assert found.complete and found.reused == len(earlier)
    assert f"{found.reused} of them carried over" in part(usage.risk_content(second.evidence()), "manual").observed


def test_an_agreement_document_more_asks_nobody_again(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    for purpose in ("manual", RISK_RECORDS, f"{METADATA}.organisation"):
        judge(store, first.draw(purpose))
    document = tmp_path / "contract.txt"
    document.write_text("Agreement.")
    add_agreement_document(inbox, "notes", document)
    second = run(store, inbox)
    assert second.release.release_id != first.release.release_id
    assert second.draw() == first.draw() and second.draw(RISK_RECORDS) == first.draw(RISK_RECORDS)
    with store.database.read() as connection:  # it belongs to both releases, though it was made for the first
        assert current(draws(connection, second.release.release_id), "manual") == first.draw()
    for purpose in ("manual", RISK_RECORDS, f"{METADATA}.organisation"):
        assert ballots(store, second.draw(purpose)).closed
        assert judge(store, second.draw(purpose)) == 0


def test_changed_metadata_and_records_void_exactly_the_answers_about_them(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first, purpose = run(store, inbox), f"{METADATA}.organisation"
    judge(store, first.draw(purpose))
    toml = inbox / "pre_training" / "notes" / "source.toml"
    toml.write_text(toml.read_text().replace('"notes press"', '"another press"'))
    second = run(store, inbox)
    assert second.draw() == first.draw()  # the texts are the same
    assert second.draw(purpose).reason.endswith("0 of 3 answers carried over") and second.ids(purpose) == first.ids(purpose)
    assert judge(store, second.draw(purpose)) == 4


def test_answers_by_another_guideline_are_not_carried_over(store, tmp_path, monkeypatch):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    judge(store, first.draw())
    _add_shard(inbox)
    second = run(store, inbox)
    assert ballots(store, second.draw()).answers("risk", frozenset()).answered > 0
    another_guideline(monkeypatch, revised)
    assert ballots(store, second.draw()).answers("risk", frozenset()).answered == 0
    _add_shard(inbox, 13)
    third = run(store, inbox)
    assert third.draw().reason.endswith("0 of 20 answers carried over")


def test_a_larger_draw_of_the_same_population_begins_with_the_smaller_one(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    second = run(store, inbox, small_edition(30))
    assert second.ids()[:20] == first.ids() and second.draw().size == 30
    assert run(store, inbox, small_edition(10)).draw() == second.draw()  # one that is large enough is used


def test_a_second_draw_needs_a_reason_and_both_stay_visible(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    judge(store, first.draw(), lambda sample: {"rights": "infringing"} if sample == first.ids()[0] else {})
    for purpose, reason in (("manual", " \n"), ("nothing", "because"), ("metadata.website", "because")):
        with pytest.raises(RedrawRefused, match="Hint:"):
            redraw(store, first.release, purpose, reason, first.edition)
    made = redraw(store, first.release, "manual", "the assessor\x1b asked for it", first.edition)
    assert made.reason == "drawn again: the assessor asked for it" and made.seed != first.draw().seed
    second = run(store, inbox)
    assert second.draw() == made
    assert [one.reason for one in second.draws if one.purpose == "manual"] == ["first draw", made.reason]
    with store.database.read() as connection:
        assert made.draw_id in {event.subject for event in audit.events(connection) if event.action == "review.draw"}
    judge(store, made)
    manual = part(usage.rights(second.evidence()), "manual")
    assert made.reason in manual.observed
    _add_shard(inbox)
    assert run(store, inbox).draw().seed == made.seed


def test_the_command_draws_again(store, tmp_path):
    run(store, inbox_of(tmp_path), load_edition())
    verb = ["redraw", "manual", "--home", str(store.home.root), "--reason", "asked for", "--stage", "pre_training"]
    finished = CliRunner().invoke(command, [*verb, "--json"])
    assert finished.exit_code == 0, finished.output
    assert json.loads(finished.output)["reason"] == "drawn again: asked for"


def test_records_are_frozen_with_the_draw(store, tmp_path):
    first = run(store, inbox_of(tmp_path, pictures=1))
    items = read_items(store, first.draw(RISK_RECORDS))
    assert items["outcome"].null_count() == 0 and set(items["outcome"]) <= {"clear", "not_identified"}
    assert items.filter(pl.col("outcome") == "clear")["looked"].to_list()[0] == ["keyword", "pattern", "rights"]


def test_a_draw_of_another_population_is_stale(store, tmp_path):
    inbox = inbox_of(tmp_path)
    first = run(store, inbox)
    judge(store, first.draw())
    _add_shard(inbox)
    second = run(store, inbox)
    second.draws = [drawn for drawn in second.draws if drawn.population != second.corpus.drawn_population] + [first.draw()]
    assert part(usage.risk_content(second.evidence()), "manual").value is VerdictValue.STALE
    assert part(usage.rights(second.evidence()), "manual").value is VerdictValue.STALE


def test_all_answered_without_the_second_answers_of_the_tenth_is_incomplete(store, tmp_path):
    first = run(store, inbox_of(tmp_path))
    judge(store, first.draw(), most=20)
    found = first.evidence().ballots(first.draw()).answers("risk", frozenset({"yes"}))
    assert (found.answered, found.doubly, found.doubly_needed, found.complete) == (20, 0, 2, False)
    verdict = share_clean("8.2.3.b.4.manual", found, 96, 20)
    assert verdict.value is VerdictValue.INCOMPLETE and "only 0 of 2 by two people" in verdict.why
