"""8.1 b 1 over real releases: what is missing is INCOMPLETE, what is too old STALE, what the records show to be wrong fails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from dataset_safety import clock
from dataset_safety.evaluation.grades import derived, grade_rows
from dataset_safety.evaluation.rules.grading import grading
from dataset_safety.privacy.bases import record_basis
from dataset_safety.records import Verdict
from dataset_safety.safeguards.errors import GradeRefused
from dataset_safety.safeguards.grading import GRADE, Population
from dataset_safety.safeguards.grading_records import CLAUSE, Judged, record_decision, record_grade
from dataset_safety.standard import Stage, VerdictValue
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.cases import evidence_of, filtered, part, release_over
from dataset_safety_tests.inboxes import CHINESE, ENGLISH, jsonl, write_source
from dataset_safety_tests.review.drawn import texts
from dataset_safety_tests.safeguards.recorded import GRADER, LEAD, NOW, RISING, graded, with_scheme

V = VerdictValue
PRESS = 'kind = "organisation"\n[origin]\ndataset_name = "{0}"\norganisation = "{0} press"\n'
IDENTITY = "身份证号码 11010519491231002X，请核对。"
CHECKS = ("scheme", "census", "inheritance", "sensitivity", "important")


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with open_store(tmp_path / "home") as opened, clock.fixed(NOW):
        yield opened


@pytest.fixture
def release(store, tmp_path):
    """Two sources; one holds an identity number in P2, on separate consent."""
    inbox = tmp_path / "inbox"
    write_source(inbox, "pre_training", "books", PRESS.format("books"), {"a.jsonl": jsonl([{"text": text} for text in CHINESE])})
    rows = [{"text": ENGLISH[0] * 2}, {"text": IDENTITY}]
    write_source(inbox, "pre_training", "forms", PRESS.format("forms"), {"a.jsonl": jsonl(rows)})
    with store.database.write() as connection:
        record_basis(connection, "forms", classes=["identity_number"], basis="separate_consent", document="1" * 64)
    return filtered(store, inbox, Stage.PRE_TRAINING)


def found(store, release) -> Verdict:
    return grading(evidence_of(store, release))


def values(verdict: Verdict) -> Mapping[str, VerdictValue]:
    return {one.clause.rpartition(".")[2]: one.value for one in verdict.parts}


def all_graded(store, **grades: str) -> None:
    for source, grade in ({"books": "general-1", "forms": "general-2"} | grades).items():
        graded(store, source, grade)


def test_without_records_it_is_incomplete_and_names_the_command(store, release):
    verdict = found(store, release)
    assert verdict.value is V.INCOMPLETE and "`dataset-safety ledger scheme --set FILE`" in verdict.remedy
    graded_alone = Evidence(GRADE, CLAUSE, "books", {"scale": "0" * 64, "grade": "general-1"}, NOW.isoformat())
    with store.database.write() as connection:
        save_evidence(connection, graded_alone)
    assert found(store, release) == verdict


def test_complete_and_fresh_records_comply_in_every_check(store, release, tmp_path):
    with_scheme(store, tmp_path)
    all_graded(store)
    verdict = found(store, release)
    assert values(verdict) == dict.fromkeys(CHECKS, V.COMPLIANT) and verdict.value is V.COMPLIANT
    assert "P2 general-2" in part(verdict, "inheritance").observed
    assert part(verdict, "sensitivity").n == 1  # the identity number of `forms`, which the filter kept on consent


def test_one_source_without_a_grade_is_incomplete_and_named(store, release, tmp_path):
    with_scheme(store, tmp_path)
    graded(store, "books", "general-1")
    verdict = found(store, release)
    assert values(verdict) == {
        "scheme": V.COMPLIANT, "census": V.INCOMPLETE, "inheritance": V.INCOMPLETE, "sensitivity": V.INCOMPLETE,
        "important": V.COMPLIANT,
    }  # fmt: skip
    census = part(verdict, "census")
    assert (census.n, census.k, census.offenders) == (2, 1, ("forms",))
    assert "ledger grade forms" in census.remedy


def test_rows_of_a_source_that_the_ledger_does_not_know_need_a_grade_too(store, tmp_path):
    orphan = release_over(store, texts(5))
    with_scheme(store, tmp_path)
    census = part(found(store, orphan), "census")
    assert (orphan.sources, census.value, census.offenders) == ({}, V.INCOMPLETE, ("notes",))


def test_a_scheme_past_its_review_fails_although_every_grade_is_fresh(store, release, tmp_path):
    with_scheme(store, tmp_path, review_days=60)
    all_graded(store)
    last = date(2026, 10, 1) + timedelta(days=60)
    for day, value in ((last, V.COMPLIANT), (last + timedelta(days=1), V.NON_COMPLIANT)):
        with clock.fixed(NOW.replace(month=day.month, day=day.day)):
            assert values(found(store, release)) == {**dict.fromkeys(CHECKS, V.COMPLIANT), "scheme": value}


def test_grades_that_nobody_confirmed_for_a_year_are_stale(store, release, tmp_path):
    with_scheme(store, tmp_path, review_days=3650)
    all_graded(store)
    with clock.fixed(NOW + timedelta(days=365)):
        assert values(found(store, release))["census"] is V.COMPLIANT
    with clock.fixed(NOW + timedelta(days=366)):
        graded(store, "books", "general-1")
        census = part(found(store, release), "census")
        assert (census.value, census.offenders) == (V.STALE, ("forms",))


def test_a_renewed_scheme_keeps_the_grades_and_another_scale_makes_them_stale(store, release, tmp_path):
    with_scheme(store, tmp_path)
    all_graded(store)
    with_scheme(store, tmp_path, edition="2026-2", approved_on="2026-11-19")
    assert found(store, release).value is V.COMPLIANT
    with_scheme(store, tmp_path, edition="2026-3", grades=(("general-0", "general"), *RISING))
    assert values(found(store, release))["census"] is V.STALE


def test_sensitive_information_below_the_least_grade_fails(store, release, tmp_path):
    with_scheme(store, tmp_path)
    all_graded(store, forms="general-1")
    low = part(found(store, release), "sensitivity")
    assert (low.value, low.offenders) == (V.NON_COMPLIANT, ("forms", "pre_training/P2"))
    graded(store, "forms", "general-2")
    assert found(store, release).value is V.COMPLIANT


def test_a_lowering_without_a_second_person_fails_and_has_no_effect(store, release, tmp_path):
    with_scheme(store, tmp_path)
    all_graded(store)
    forged = newest_grades(store)["forms"] | {"grade": "general-1"}  # the tool refuses it, so the row is written past it
    with store.database.write() as connection:
        save_evidence(connection, Evidence(GRADE, CLAUSE, "forms", forged, NOW.isoformat()))
    verdict = found(store, release)
    lowered = part(verdict, "inheritance")
    assert (lowered.value, lowered.offenders) == (V.NON_COMPLIANT, ("forms",))
    assert part(verdict, "sensitivity").value is V.COMPLIANT  # the grade before it stands
    graded(store, "forms", "general-2")
    assert found(store, release).value is V.COMPLIANT


def newest_grades(store) -> dict[str, dict[str, object]]:
    """Content of the newest grade of each subject."""
    with store.database.read() as connection:
        return {one.subject: dict(one.content) for one in evidence_for(connection, CLAUSE) if one.kind == GRADE}


def test_a_population_is_graded_anew_in_exactly_its_present_state(store, release, tmp_path):
    with_scheme(store, tmp_path)
    with pytest.raises(GradeRefused, match="has no grade"):
        derived(store, Stage.PRE_TRAINING, Population.P2)
    all_graded(store)
    state = derived(store, Stage.PRE_TRAINING, Population.P2)
    subject = Population.P2.of(Stage.PRE_TRAINING)
    lower = Judged("web", "general-1", GRADER, "nothing sensitive left", clock.today())
    with store.database.write() as connection, pytest.raises(GradeRefused, match="lower"):
        record_grade(connection, subject, lower, state)
    seconded = Judged("web", "general-1", GRADER, "nothing sensitive left", clock.today(), "deidentified", LEAD)
    with store.database.write() as connection:
        record_grade(connection, subject, seconded, state)
    verdict = found(store, release)
    assert "P2 general-1" in part(verdict, "inheritance").observed
    assert part(verdict, "sensitivity").value is V.NON_COMPLIANT  # the identity number is still in it
    rows = {row["subject"]: row for row in grade_rows(store, None)}
    assert (rows[subject]["grade"], rows["pre_training/P1"]["grade"]) == ("general-1", "general-2")


@pytest.mark.parametrize("level", ["important-1", "core-1"])
def test_important_and_core_data_stop_until_legal_has_decided(store, release, tmp_path, level):
    with_scheme(store, tmp_path)
    all_graded(store, books=level)
    stop = part(found(store, release), "important")
    assert (stop.value, stop.offenders) == (V.INCOMPLETE, ("books",))
    assert stop.remedy.startswith("legal: ") and "ask legal" in stop.why
    for permitted, value in ((False, V.NON_COMPLIANT), (True, V.COMPLIANT)):
        decide(store, "books", permitted)
        assert part(found(store, release), "important").value is value
    with clock.fixed(NOW + timedelta(days=366)):
        assert part(found(store, release), "important").value is V.INCOMPLETE


def test_a_decision_about_important_data_does_not_reach_core_data(store, release, tmp_path):
    with_scheme(store, tmp_path)
    all_graded(store, books="important-1")
    decide(store, "books", True)
    graded(store, "books", "core-1")
    assert part(found(store, release), "important").value is V.INCOMPLETE
    with pytest.raises(GradeRefused, match="only important and core"):
        decide(store, "forms", True)


def decide(store, source: str, permitted: bool) -> None:
    with store.database.write() as connection:
        record_decision(connection, source, permitted=permitted, person=LEAD, document="2" * 64, decided_on=clock.today())
