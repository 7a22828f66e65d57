"""The guideline covers every risk; an answer holds for one version of its rules, and for every wording of its examples."""

from __future__ import annotations

import hashlib

import pytest
from click.testing import CliRunner

from dataset_safety.cli.review import command
from dataset_safety.evaluation import guideline as module
from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.evaluation.guideline import KIND, guideline, read_guideline, record_rules, rules_in_force
from dataset_safety.evaluation.reviewing import HELD, ballots
from dataset_safety.evaluation.rules import usage
from dataset_safety.evaluation.settling import decided
from dataset_safety.review.rooms import Rooms
from dataset_safety.review.status import review_status
from dataset_safety.standard import VerdictValue, load_edition
from dataset_safety.store import artifacts
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.guidelines import another_guideline, revised, ruled_otherwise, worded_better
from dataset_safety_tests.evaluation.rounds import inbox_of, judge, part, run


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with open_store(tmp_path / "home") as opened:
        yield opened


def test_every_risk_has_an_example_and_a_contrast_in_both_languages():
    assert tuple(guideline().risks) == load_edition("draft-2024-03").risk_ids
    for example in guideline().risks.values():
        assert all(len(words) > 5 for words in (example.en, example.zh, example.pass_en, example.pass_zh))


def _version(file: str) -> str:
    return read_guideline(file.encode()).version


def test_only_what_decides_makes_a_version():
    file = module.guideline_file().decode()
    assert _version(worded_better(file)) == _version(file)
    changed = [
        revised(file), ruled_otherwise(file), file.replace("因出生地", "因籍贯"),
        file.replace("Unsure goes to a second person", "Unsure goes to nobody"),
    ]  # fmt: skip
    assert len({_version(one) for one in [file, *changed]}) == len(changed) + 1


def test_answers_by_the_version_of_the_whole_file_count_on_as_long_as_its_rules_are_these():
    rules = guideline().rules
    assert rules.cover(rules.version) and rules.cover("15a9ddb057f4d698") and not rules.cover("0" * 16)
    assert rules.agree("x", "x") and rules.agree("15a9ddb057f4d698", rules.version) and not rules.agree("x", rules.version)
    assert hashlib.sha256(module.guideline_file()).hexdigest()[:16] not in rules.same


def _manual(found):
    return part(usage.risk_content(found.evidence()), "manual")


def test_other_rules_open_a_draw_again_in_the_verdict_on_the_page_and_in_the_status(store, tmp_path, monkeypatch):
    made = run(store, inbox_of(tmp_path))
    before = guideline().version
    judge(store, made.draw())
    assert _manual(made).value is VerdictValue.COMPLIANT and ballots(store, made.draw()).closed
    now = another_guideline(monkeypatch, ruled_otherwise)
    verdict = _manual(made)
    assert verdict.value is VerdictValue.INCOMPLETE and "0 of 20 judged" in verdict.why
    assert "20 were judged under an earlier guideline and are open again" in verdict.why
    (row,) = [one for one in review_status(store)["draws"] if one["purpose"] == "manual"]
    assert (row["judged"], row["outdated"], row["outdated_rules"], row["rules"], row["void"]) == (0, 20, [before], now, 0)
    assert row["agreement"] == []  # nothing that counts was judged twice
    shown = CliRunner().invoke(command, ["status", "--home", str(store.home.root)])
    assert f"20 open again: answered under guideline {before}, now {now}" in shown.output
    assert judge(store, made.draw(), most=5) == 5
    (row,) = [one for one in review_status(store)["draws"] if one["purpose"] == "manual"]
    assert (row["judged"], row["outdated"]) == (5, 15)
    judge(store, made.draw())
    assert _manual(made).value is VerdictValue.COMPLIANT and "earlier guideline" not in _manual(made).why
    assert {answer.rules_version for told in ballots(store, made.draw()).said["risk"].values() for answer in told.values()} == {
        now
    }


def test_better_words_for_examples_void_nothing(store, tmp_path, monkeypatch):
    made = run(store, inbox_of(tmp_path))
    judge(store, made.draw())
    another_guideline(monkeypatch, worded_better)
    assert _manual(made).value is VerdictValue.COMPLIANT
    assert judge(store, made.draw()) == 0


def test_a_draw_judged_half_under_each_of_two_guidelines_is_incomplete(store, tmp_path, monkeypatch):
    made = run(store, inbox_of(tmp_path))
    judge(store, made.draw(), most=10)
    another_guideline(monkeypatch, revised)
    judge(store, made.draw(), most=11)
    verdict = _manual(made)
    assert verdict.value is VerdictValue.INCOMPLETE and not ballots(store, made.draw()).closed
    assert not decided(store, made.release.stage).closed  # the halves never close it together


def test_161_bad_answers_under_the_earlier_rules_fail_nothing(store, tmp_path, monkeypatch):
    made = run(store, inbox_of(tmp_path))
    judge(store, made.draw(), lambda sample: {"risk": "yes", "categories": ["A.2.e"]})
    assert _manual(made).value is VerdictValue.NON_COMPLIANT
    another_guideline(monkeypatch, revised)
    assert _manual(made).value is VerdictValue.INCOMPLETE and _manual(made).k == 0


def test_rows_condemned_under_earlier_rules_stay_out_until_people_settle_otherwise(store, tmp_path, monkeypatch):
    inbox = inbox_of(tmp_path, pictures=1)
    first = run(store, inbox)
    bad = first.ids()[3]
    judge(store, first.draw(), lambda sample: {"risk": "yes", "categories": ["A.2.e"]} if sample == bad else {})
    judge(store, first.draw(HELD), lambda sample: {"held": "clear"})
    second = run(store, inbox)
    assert second.corpus.kept == first.corpus.kept  # one condemned, one held row released
    another_guideline(monkeypatch, revised)
    third = run(store, inbox)
    assert third.corpus.population == second.corpus.population
    judge(store, third.draw(), lambda sample: {"risk": "yes", "categories": ["A.2.e"]} if sample != bad else {}, most=1)
    assert decided(store, first.release.stage).settled[bad].condemned
    judge(store, third.draw())
    assert not decided(store, first.release.stage).settled[bad].condemned


def test_the_rules_in_force_are_on_record_and_hold_where_there_is_no_guideline(store, tmp_path, monkeypatch):
    made = run(store, inbox_of(tmp_path))
    assess_release(store, made.release)
    record_rules(store)
    before = guideline().version
    now = another_guideline(monkeypatch, revised)
    assess_release(store, made.release)
    with store.database.read() as connection:
        assert [change.version[:16] for change in artifacts.changes(connection, KIND)] == [before, now]
    guideline.cache_clear()
    monkeypatch.undo()
    assert guideline().version == before
    rebuilt = type(store)(store.home, store.database, store.objects, texts=False)
    assert rules_in_force(store).version == before and rules_in_force(rebuilt).version == now


def _on_record(store):
    """The rules that a store rebuilt from a bundle would judge by, and how often they changed."""
    with store.database.read() as connection:
        changes = len(artifacts.changes(connection, KIND))
    return rules_in_force(type(store)(store.home, store.database, store.objects, texts=False)), changes


def _covering(version):
    return lambda file: file.replace("same = [", f'same = ["{version}", ')


def test_rules_that_cover_more_versions_than_before_are_recorded_again(store, monkeypatch):
    record_rules(store)
    before = guideline().rules
    assert another_guideline(monkeypatch, _covering("0" * 16)) == before.version
    for _ in range(2):
        record_rules(store)
        assert _on_record(store) == (guideline().rules, 2) and guideline().rules.cover("0" * 16)
    monkeypatch.undo()
    guideline.cache_clear()
    record_rules(store)  # back to the list before, which is registered already
    assert _on_record(store) == (before, 3)


def test_rules_that_come_back_with_a_longer_list_are_recorded_with_it(store, monkeypatch):
    first = guideline().version
    record_rules(store)
    second = another_guideline(monkeypatch, revised)
    record_rules(store)
    monkeypatch.undo()
    assert another_guideline(monkeypatch, _covering(second)) == first
    record_rules(store)
    found, changes = _on_record(store)
    assert (found, changes) == (guideline().rules, 3) and found.cover(second)


def test_a_record_of_an_earlier_program_holds_until_the_rules_change(store, monkeypatch):
    rules = guideline().rules
    with store.database.write() as connection:
        artifacts.save(connection, artifacts.Artifact(KIND, rules.version, {"same": sorted(rules.same)}))
        artifacts.activate(connection, KIND, rules.version, reason="an earlier program")
    record_rules(store)
    assert _on_record(store) == (rules, 1)
    another_guideline(monkeypatch, _covering("0" * 16))
    record_rules(store)
    assert _on_record(store) == (guideline().rules, 2)


def test_a_queue_on_the_page_asks_again_for_what_was_said_under_earlier_rules(store, tmp_path, monkeypatch):
    made = run(store, inbox_of(tmp_path))
    judge(store, made.draw())
    another_guideline(monkeypatch, revised)
    rooms = Rooms(store)
    queue = rooms.queue(made.draw().draw_id)
    found = queue.progress()
    rooms.close()
    assert (found.drawn, found.judged, found.outdated, found.doubly) == (20, 0, 20, 0)
