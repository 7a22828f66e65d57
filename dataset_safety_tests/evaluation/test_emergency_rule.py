"""8.1 b 4 over records in a real store: nothing is INCOMPLETE, too old is STALE, a breach is NON_COMPLIANT."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from dataset_safety import clock
from dataset_safety.evaluation.rules.emergency import emergency
from dataset_safety.records import Verdict
from dataset_safety.safeguards import drills, incidents
from dataset_safety.safeguards import team as rosters
from dataset_safety.safeguards.drills import DrillKind
from dataset_safety.safeguards.incidents import Phase
from dataset_safety.standard import VerdictValue
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.cases import evidence_of, part, release_over
from dataset_safety_tests.review.drawn import texts
from dataset_safety_tests.safeguards.recorded import DATA, LEAD, NOW, OTHER, complete, drilled, incident_at, plan_of, team_of

V = VerdictValue
CHECKS = ("team", "plan", "drill", "incidents")
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened, clock.fixed(NOW):
        yield opened


@pytest.fixture
def release(store):
    return release_over(store, texts(5))


def found(store, release) -> Verdict:
    return emergency(evidence_of(store, release))


def values(verdict: Verdict) -> Mapping[str, VerdictValue]:
    return {one.clause.rpartition(".")[2]: one.value for one in verdict.parts}


def check(store, release, name: str) -> Verdict:
    return part(found(store, release), name)


def test_without_records_everything_is_incomplete_and_names_its_command(store, release):
    verdict = found(store, release)
    assert values(verdict) == dict.fromkeys(CHECKS, V.INCOMPLETE)
    for command in ("incident team add", "incident plan set", "incident drill start", "incident none"):
        assert f"`dataset-safety {command}" in verdict.remedy


def test_complete_and_fresh_records_comply(store, release, tmp_path):
    complete(store, tmp_path)
    assert values(found(store, release)) == dict.fromkeys(CHECKS, V.COMPLIANT)
    assert found(store, release).value is V.COMPLIANT


def test_a_team_needs_two_persons_who_are_confirmed_every_half_year(store, release):
    team_of(store, LEAD)
    assert check(store, release, "team").value is V.NON_COMPLIANT
    team_of(store, DATA)
    assert check(store, release, "team").value is V.COMPLIANT
    with clock.fixed(NOW + 183 * DAY):
        assert check(store, release, "team").value is V.COMPLIANT
    with clock.fixed(NOW + 184 * DAY):
        assert check(store, release, "team").value is V.STALE
        team_of(store, LEAD, DATA)
        assert check(store, release, "team").value is V.COMPLIANT
        with store.database.write() as connection:
            rosters.remove_member(connection, DATA)
        assert check(store, release, "team").value is V.NON_COMPLIANT


def test_a_plan_past_its_review_fails(store, release, tmp_path):
    plan_of(store, tmp_path, approved_on="2026-01-01", review_on="2026-11-20")
    assert check(store, release, "plan").value is V.COMPLIANT
    with clock.fixed(NOW + DAY):
        assert check(store, release, "plan").value is V.NON_COMPLIANT
        plan_of(store, tmp_path)
        assert check(store, release, "plan").value is V.COMPLIANT


def test_a_drill_counts_for_a_year(store, release):
    team_of(store, LEAD, DATA)
    drilled(store, NOW)
    with clock.fixed(NOW + 365 * DAY):
        assert check(store, release, "drill").value is V.COMPLIANT
    with clock.fixed(NOW + 366 * DAY):
        assert check(store, release, "drill").value is V.STALE


def test_a_drill_that_is_not_finished_says_what_to_do(store, release):
    with store.database.write() as connection:
        drills.start_drill(connection, DrillKind.LEAK, person=LEAD)
    running = check(store, release, "drill")
    assert running.value is V.INCOMPLETE and "drill finish D1" in running.remedy


@pytest.mark.parametrize(("minutes", "passed", "why"), [(61, True, "later than 60"), (5, False, "failed")])
def test_the_newest_finished_drill_decides(store, release, minutes, passed, why):
    team_of(store, LEAD, DATA)
    drilled(store, NOW)
    drilled(store, NOW + timedelta(hours=1), minutes=minutes, passed=passed)
    with clock.fixed(NOW + timedelta(hours=3)):
        failed = check(store, release, "drill")
        assert (failed.value, failed.offenders) == (V.NON_COMPLIANT, ("D2",)) and why in failed.why
        drilled(store, NOW + timedelta(hours=3))
    with clock.fixed(NOW + timedelta(hours=4)):
        assert check(store, release, "drill").value is V.COMPLIANT


def test_an_incident_handled_in_time_needs_no_statement_and_a_late_one_fails(store, release):
    incident_at(store, NOW - 10 * DAY)
    assert check(store, release, "incidents").value is V.COMPLIANT
    incident_at(store, NOW - 5 * DAY, ack_hours=24)
    assert check(store, release, "incidents").value is V.COMPLIANT
    incident_at(store, NOW - 4 * DAY, ack_hours=25)
    late = check(store, release, "incidents")
    assert (late.value, late.n, late.k, late.offenders) == (V.NON_COMPLIANT, 3, 1, ("I3",))


def test_an_open_incident_is_incomplete_within_its_time_and_fails_after_it(store, release):
    with store.database.write() as connection:
        incidents.open_incident(connection, "keys in a log", person=LEAD)
    waiting = check(store, release, "incidents")
    assert waiting.value is V.INCOMPLETE and "incident ack I1" in waiting.remedy
    with clock.fixed(NOW + timedelta(hours=25)):
        assert "not acknowledged" in check(store, release, "incidents").why
    with store.database.write() as connection:
        incidents.advance(connection, "I1", Phase.ACKNOWLEDGED, person=DATA)
    with clock.fixed(NOW + 30 * DAY):
        assert check(store, release, "incidents").value is V.INCOMPLETE
    with clock.fixed(NOW + 31 * DAY):
        overdue = check(store, release, "incidents")
        assert overdue.value is V.NON_COMPLIANT and "more than 30 days" in overdue.why


def test_an_incident_of_more_than_a_year_ago_asks_for_a_statement(store, release):
    incident_at(store, NOW - 400 * DAY)
    assert check(store, release, "incidents").value is V.INCOMPLETE
    with store.database.write() as connection:
        incidents.state_none(connection, person=OTHER)
    assert check(store, release, "incidents").value is V.COMPLIANT


def test_an_old_incident_that_was_closed_within_the_year_is_judged(store, release):
    incident_at(store, NOW - 400 * DAY, close_hours=399 * 24)
    late = check(store, release, "incidents")
    assert (late.value, late.offenders) == (V.NON_COMPLIANT, ("I1",)) and "more than 30 days" in late.why
    with clock.fixed(NOW + 364 * DAY):
        assert check(store, release, "incidents").value is V.NON_COMPLIANT
    with clock.fixed(NOW + 365 * DAY):
        assert check(store, release, "incidents").value is V.INCOMPLETE


def test_a_statement_holds_for_a_year_also_for_a_release_as_old_as_it(store, release):
    with store.database.write() as connection:
        incidents.state_none(connection, person=LEAD)
    with clock.fixed(NOW + 365 * DAY):
        assert check(store, release, "incidents").value is V.COMPLIANT
    with clock.fixed(NOW + 366 * DAY):
        old = check(store, release, "incidents")
        assert old.value is V.STALE and "incident none" in old.remedy
        with store.database.write() as connection:
            incidents.state_none(connection, person=LEAD)
        assert check(store, release, "incidents").value is V.COMPLIANT


@pytest.mark.parametrize("period", [{"until": "2026-11-19"}, {"since": "2026-11-01"}])
def test_a_statement_that_is_short_or_ends_before_the_release_does_not_count(store, release, period):
    with store.database.write() as connection:
        incidents.state_none(connection, person=LEAD, **period)
    assert check(store, release, "incidents").value is V.STALE
    with store.database.write() as connection:
        incidents.state_none(connection, person=LEAD)
    assert check(store, release, "incidents").value is V.COMPLIANT


def test_an_incident_recorded_after_the_statement_is_judged_by_itself(store, release):
    with store.database.write() as connection:
        incidents.state_none(connection, person=LEAD)
        incidents.open_incident(connection, "found later", person=LEAD, at=(NOW - 40 * DAY).isoformat())
    assert check(store, release, "incidents").value is V.NON_COMPLIANT
