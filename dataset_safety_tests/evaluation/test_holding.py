"""A pass of 8.1 b 1 or 8.1 b 4 holds until the very day after which its rule no longer passes it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from dataset_safety import clock
from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.evaluation.freshness import standing
from dataset_safety.evaluation.rules.emergency import emergency
from dataset_safety.evaluation.rules.grading import grading
from dataset_safety.evaluation.rules.holding import emergency_holds_until, grading_holds_until
from dataset_safety.safeguards import incidents, team
from dataset_safety.safeguards.grading import Population
from dataset_safety.safeguards.grading_records import CLAUSE, Derived, Judged, record_decision, record_grade
from dataset_safety.standard import Stage, VerdictValue, load_edition
from dataset_safety.store import corpora
from dataset_safety.store.artifacts import evidence_for
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.cases import evidence_of, filtered, release_over
from dataset_safety_tests.inboxes import small_inbox
from dataset_safety_tests.review.drawn import texts
from dataset_safety_tests.safeguards.recorded import (
    DATA,
    GRADER,
    LEAD,
    NOW,
    OTHER,
    complete,
    drilled,
    graded,
    incident_at,
    plan_of,
    team_of,
    with_scheme,
)

DAY = timedelta(days=1)
LIMITS = load_edition().thresholds
EMERGENCY = {
    "as recorded": (lambda store, folder: None, 183),
    "a nearer membership": (lambda store, folder: until(store, DATA, 100), 100),
    "one of three memberships": (lambda store, folder: (team_of(store, OTHER), until(store, DATA, 100)), 183),
    "a nearer review": (lambda store, folder: plan_of(store, folder, review_on=f"{NOW.date() + 50 * DAY}"), 50),
}


def until(store, person: str, days: int) -> None:
    """Confirm a membership for so many days."""
    with store.database.write() as connection:
        team.add_member(connection, person, role="lead", contact="phone", valid_until=f"{NOW.date() + days * DAY}")


def confirmed(store, folder, day: date) -> None:
    """Members and plan once more on a later day, so that what is left decides."""
    with clock.fixed(at(day)):
        team_of(store, LEAD, DATA)
        plan_of(store, folder)


def at(day: date) -> datetime:
    return datetime.combine(day, time(23), NOW.tzinfo)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with open_store(tmp_path / "home") as opened, clock.fixed(NOW):
        yield opened


def rows(store, clause: str):
    with store.database.read() as connection:
        return evidence_for(connection, clause)


def until_emergency(store) -> date | None:
    return emergency_holds_until(rows(store, team.CLAUSE), NOW.date(), LIMITS)


def passes_until(store, release, rule, last: date) -> bool:
    """Whether the rule passes on the last day and not on the one after it."""
    found = []
    for day in (last, last + DAY):
        with clock.fixed(at(day)):
            found.append(rule(evidence_of(store, release)).value)
    return found[0] is VerdictValue.COMPLIANT and not found[1].passed


@pytest.mark.parametrize("case", EMERGENCY)
def test_the_record_of_8_1_b_4_that_runs_out_first_decides(store, tmp_path, case):
    release = release_over(store, texts(5))
    complete(store, tmp_path)
    change, days = EMERGENCY[case]
    change(store, tmp_path)
    assert until_emergency(store) == NOW.date() + days * DAY
    assert passes_until(store, release, emergency, NOW.date() + days * DAY)


def test_an_incident_speaks_for_a_year_after_it_was_closed_and_a_statement_after_its_end(store, tmp_path):
    release = release_over(store, texts(5))
    team_of(store, LEAD, DATA)
    plan_of(store, tmp_path)
    drilled(store, NOW)
    assert until_emergency(store) is None
    incident_at(store, NOW - 10 * DAY)
    later = NOW.date() + 200 * DAY
    confirmed(store, tmp_path, later)
    with clock.fixed(at(later)):
        drilled(store, at(later))
    assert until_emergency(store) == NOW.date() + (365 - 8) * DAY
    assert passes_until(store, release, emergency, NOW.date() + (365 - 8) * DAY)
    with store.database.write() as connection:
        incidents.state_none(connection, person=LEAD, since="2025-01-01", until="2026-11-09")
        assert until_emergency(store) == NOW.date() + (365 - 8) * DAY  # it ends before the release
    with clock.fixed(at(later)), store.database.write() as connection:
        incidents.open_incident(connection, "keys in a log", person=LEAD)
    assert until_emergency(store) is None


def test_a_stored_pass_of_8_1_b_4_turns_stale_when_its_records_run_out(store, tmp_path):
    release = release_over(store, texts(5))
    complete(store, tmp_path)
    assess_release(store, release)
    last = until_emergency(store)
    for day, value in ((last, VerdictValue.COMPLIANT), (last + DAY, VerdictValue.STALE)):
        with clock.fixed(at(day)):
            assert standing(store, release).by_clause()["8.1.b.4"].value is value


def test_without_a_team_a_plan_or_a_drill_nothing_holds(store, tmp_path):
    assert until_emergency(store) is None
    complete(store, tmp_path)
    with store.database.write() as connection:
        team.remove_member(connection, LEAD)
    assert until_emergency(store) is None


@pytest.fixture
def release(store, tmp_path):
    return filtered(store, small_inbox(tmp_path), Stage.PRE_TRAINING)


def until_grading(store, release) -> date | None:
    return grading_holds_until(rows(store, CLAUSE), release, population(store, release), LIMITS)


def population(store, release) -> str:
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    assert corpus is not None
    return corpus.population


def decide(store, subject: str, on: date) -> None:
    with store.database.write() as connection:
        record_decision(connection, subject, permitted=True, person=LEAD, document="1" * 64, decided_on=on)


def test_the_record_of_8_1_b_1_that_runs_out_first_decides(store, release, tmp_path):
    assert until_grading(store, release) is None
    with_scheme(store, tmp_path, approved_on="2026-10-01")
    first, *others = sorted(release.sources)
    for source in others:
        graded(store, source, "general-2")
    assert until_grading(store, release) is None
    graded(store, first, "important-1", on=date(2026, 10, 20))
    graded(store, "no-source-of-this-release", "important-1", on=date(2026, 10, 1))
    assert until_grading(store, release) is None
    decide(store, first, date(2026, 10, 10))
    for change, last in (
        (lambda: None, date(2027, 10, 1)),  # the scheme
        (lambda: with_scheme(store, tmp_path, edition="2", approved_on="2026-11-01"), date(2027, 10, 10)),  # the decision
        (lambda: decide(store, first, date(2026, 11, 10)), date(2027, 10, 20)),  # the grade
        (lambda: graded(store, first, "important-1"), date(2027, 11, 1)),  # the scheme again
    ):
        change()
        assert until_grading(store, release) == last
        assert passes_until(store, release, grading, last)


def test_a_population_raised_to_important_data_needs_a_decision_of_its_own(store, release, tmp_path):
    with_scheme(store, tmp_path, approved_on="2026-10-01")
    for source in release.sources:
        graded(store, source, "general-2")
    judged = Judged("web", "important-1", GRADER, "joined", NOW.date())
    subject = Population.P2.of(Stage.PRE_TRAINING)
    with store.database.write() as connection:
        record_grade(connection, subject, judged, Derived("another state", "general-2"))
    assert until_grading(store, release) == date(2027, 10, 1)
    with store.database.write() as connection:
        record_grade(connection, subject, judged, Derived(population(store, release), "general-2"))
    assert until_grading(store, release) is None
    decide(store, subject, date(2026, 9, 1))
    assert until_grading(store, release) == date(2027, 9, 1)
    assert passes_until(store, release, grading, date(2027, 9, 1))
