"""8.1 b 2, b 3 and b 5 by stored evidence alone: what was probed, when, and what nobody probed."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_safety import clock
from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.evaluation.freshness import standing
from dataset_safety.evaluation.rules import general, monitoring, protection
from dataset_safety.safeguards.alerts import close_alert, raise_alert
from dataset_safety.safeguards.checkpoints import write_checkpoint
from dataset_safety.safeguards.monitors import MONITORS, RUN
from dataset_safety.safeguards.probes import inventory
from dataset_safety.safeguards.probes.contract import PROTECTION, Family, Kind, Place, Result
from dataset_safety.safeguards.probes.registry import required
from dataset_safety.safeguards.probes.running import deployment, run_probes
from dataset_safety.standard import VerdictValue as V
from dataset_safety.store.artifacts import Evidence, save_evidence
from dataset_safety.store.facade import open_store
from dataset_safety.usage.export import gates
from dataset_safety_tests.evaluation.cases import evidence_of, part, release_over
from dataset_safety_tests.review.drawn import texts

PLACES = {
    "home": Kind.HOME, "database": Kind.DATABASE_FILE, "objects": Kind.OBJECTS, "keys": Kind.KEYS,
    "dagster home": Kind.DAGSTER_HOME, "backup": Kind.BACKUP, "http://127.0.0.1:3000": Kind.DAGSTER_WEB,
    "http://127.0.0.1:3080": Kind.REVIEW_PAGE,
}  # fmt: skip
NOW = datetime.fromisoformat("2026-11-23T10:00:00+00:00")


@pytest.fixture
def store(tmp_path):
    with clock.fixed(NOW), open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def release(store):
    return release_over(store, texts(5))


def keep(store, kind, clause, subject, content, age=timedelta()):
    with store.database.write() as connection:
        save_evidence(connection, Evidence(kind, clause, subject, content, (NOW - age).isoformat()))


def listed(store):
    with store.database.write() as connection:
        inventory.record(connection, [Place(name, kind) for name, kind in PLACES.items()])


def observed(store, family, place, probe, result=Result.PASSED, age=timedelta(), **more):
    content = {
        "family": family.value, "probe": probe, "place": place, "kind": PLACES[place].value if place in PLACES else "",
        "result": result.value, "observed": "seen", **more,
    }  # fmt: skip
    keep(store, "probe", family.clause, place, content, age)


def all_passed(store, families=PROTECTION, but=()):
    """The inventory, and a pass of everything that these families ask for."""
    listed(store)
    for family in families:
        for place, probe in required(family, PLACES):
            if (place, probe) not in but:
                observed(store, family, place, probe)


def judged(store, release):
    return protection.protection(evidence_of(store, release))


def test_without_any_probe_everything_is_incomplete_and_names_the_command(store, release):
    evidence = evidence_of(store, release)
    for verdict in (protection.protection(evidence), monitoring.monitoring(evidence)):
        assert verdict.value is V.INCOMPLETE and "`dataset-safety probe run" in verdict.remedy
        assert {one.value for one in verdict.parts} == {V.INCOMPLETE}
    assert part(general.logs(evidence), "checkpoint").value is V.INCOMPLETE


def test_all_probes_passed_on_all_places_complies(store, release):
    all_passed(store)
    verdict = judged(store, release)
    assert verdict.value is V.COMPLIANT and verdict.remedy == ""
    names = ("authentication", "access", "encryption", "backup")
    assert [one.clause for one in verdict.parts] == [f"8.1.b.3.{name}" for name in names]
    assert all(one.k == 0 and one.n for one in verdict.parts)


CASES = [(Result.FAILED, V.NON_COMPLIANT), (Result.COULD_NOT_RUN, V.INCOMPLETE)]


@pytest.mark.parametrize("family", PROTECTION)
@pytest.mark.parametrize(("result", "value"), CASES)
def test_one_probe_on_one_place_decides_its_family(store, release, family, result, value):
    place, probe = required(family, PLACES)[-1]
    all_passed(store, but=[(place, probe)])
    observed(store, family, place, probe, result, remedy="operators: repair it")
    verdict = judged(store, release)
    found = part(verdict, family.value)
    assert verdict.value is found.value is value and found.offenders == (f"{place}/{probe}",)
    assert found.remedy == verdict.remedy == "operators: repair it"


@pytest.mark.parametrize("family", PROTECTION)
def test_a_place_that_nobody_probed_leaves_its_family_incomplete(store, release, family):
    missing = required(family, PLACES)[0]
    all_passed(store, but=[missing])
    assert part(judged(store, release), family.value).value is V.INCOMPLETE


@pytest.mark.parametrize("family", PROTECTION)
@pytest.mark.parametrize(("age", "value"), [(timedelta(days=7), V.COMPLIANT), (timedelta(days=7, seconds=1), V.STALE)])
def test_a_probe_holds_for_seven_days(store, release, family, age, value):
    pair = required(family, PLACES)[0]
    all_passed(store, but=[pair])
    observed(store, family, *pair, age=age)
    assert part(judged(store, release), family.value).value is value


def test_the_newest_observation_counts(store, release):
    all_passed(store)
    observed(store, Family.ACCESS, "keys", "file_modes", Result.FAILED)
    assert judged(store, release).value is V.NON_COMPLIANT
    observed(store, Family.ACCESS, "keys", "file_modes")
    assert judged(store, release).value is V.COMPLIANT


@pytest.mark.parametrize(("seen", "value"), [(Result.PASSED, V.COMPLIANT), (Result.FAILED, V.NON_COMPLIANT)])
def test_what_was_seen_of_a_store_here_outlasts_a_probe_that_could_not_look_as_long_as_it_holds(store, release, seen, value):
    all_passed(store)
    pair = "objects", "unprivileged_account"
    observed(store, Family.ACCESS, *pair, seen, age=timedelta(days=5))
    observed(store, Family.ACCESS, *pair, Result.COULD_NOT_RUN, age=timedelta(days=1))
    observed(store, Family.ACCESS, *pair, Result.COULD_NOT_RUN, remedy="operators: the newest")
    assert part(judged(store, release), "access").value is value
    with clock.fixed(NOW + timedelta(days=2, seconds=1)):
        assert part(judged(store, release), "access").remedy == "operators: the newest"
        assert part(judged(store, release), "access").offenders == ("objects/unprivileged_account",)
        assert part(judged(store, release), "access").value is V.INCOMPLETE


def test_a_server_that_is_switched_off_later_could_not_be_probed(store, release):
    all_passed(store)
    observed(store, Family.AUTHENTICATION, "http://127.0.0.1:3000", "dagster_login", Result.COULD_NOT_RUN)
    assert part(judged(store, release), "authentication").value is V.INCOMPLETE


def test_without_a_server_there_is_nothing_to_authenticate_and_nothing_is_proved(store, release):
    with store.database.write() as connection:
        inventory.record(connection, [Place("home", Kind.HOME), Place("objects", Kind.OBJECTS)])
    found = part(judged(store, release), "authentication")
    assert found.value is V.INCOMPLETE and "--dagster-url" in found.remedy


def test_a_retired_server_is_not_asked_for_any_more(store, release):
    all_passed(store)
    observed(store, Family.AUTHENTICATION, "http://127.0.0.1:3000", "dagster_login", Result.FAILED)
    assert judged(store, release).value is V.NON_COMPLIANT
    inventory.retire(store, "http://127.0.0.1:3000", reason="gone", by="chen")
    assert part(judged(store, release), "encryption").value is V.COMPLIANT
    assert part(judged(store, release), "authentication").value is V.COMPLIANT
    inventory.retire(store, "http://127.0.0.1:3080", reason="gone", by="chen")
    assert part(judged(store, release), "authentication").value is V.INCOMPLETE


@pytest.mark.parametrize("missing", [Kind.DAGSTER_WEB, Kind.REVIEW_PAGE])
def test_authentication_is_proved_only_when_each_kind_of_server_is_named_or_retired(store, release, missing):
    places = {name: kind for name, kind in PLACES.items() if kind is not missing} | {"server": Kind.DATABASE_SERVER}
    with store.database.write() as connection:
        inventory.record(connection, [Place(name, kind) for name, kind in places.items()])
    for place, probe in required(Family.AUTHENTICATION, places):
        observed(store, Family.AUTHENTICATION, place, probe, kind=places[place].value)
    found = part(judged(store, release), "authentication")
    assert (found.value, found.n - found.k) == (V.INCOMPLETE, 2) and "--never" in found.remedy
    assert found.offenders[0].startswith(missing.value)
    inventory.retire(store, "http://127.0.0.1:9", reason="there was none", by="chen", never=missing)
    assert part(judged(store, release), "authentication").value is V.COMPLIANT
    listed(store)
    assert part(judged(store, release), "authentication").value is V.INCOMPLETE


LIES = ("COMPLIANT", "passed", "true", "1", "https://example.org/", "", "0")
SETTINGS = (
    "DATASET_SAFETY_ALERT_WEBHOOK", "DATASET_SAFETY_REVIEW_URL", "DATASET_SAFETY_ACTOR", "DATASET_SAFETY_INBOX",
    "DATASET_SAFETY_PROBE_VIEWER_TOKEN", "DATASET_SAFETY_WORKERS", "DATASET_SAFETY_8_1_B_3", "DATASET_SAFETY_PROBES",
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.dictionaries(st.sampled_from(SETTINGS), st.sampled_from(LIES) | st.text("abcXYZ0189:/._-", max_size=20)),
    kind=st.sampled_from(["probe", "probe_inventory", "monitor_run", "alert_handling", "document", "attestation"]),
    clause=st.sampled_from(["8.1.b.2", "8.1.b.3", "R.5.c"]),
    content=st.dictionaries(
        st.sampled_from(["result", "verdict", "value", "statement", "probe", "place", "family", "places", "monitors"]),
        st.sampled_from([*LIES, "access", "home", 1, True, None, [], {}, [{"name": "x"}], {"exposed_files": 0}]),
        max_size=5,
    ),
)
def test_no_setting_and_no_stray_record_makes_a_pass(store, release, chosen, kind, clause, content):
    keep(store, kind, clause, "anything", content)
    before = dict(os.environ)
    os.environ.update(chosen)
    try:
        evidence = evidence_of(store, release)
        verdicts = protection.protection(evidence), monitoring.monitoring(evidence)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert all(not verdict.value.passed for verdict in verdicts)


def test_no_setting_turns_a_failure_around(store, release, monkeypatch):
    all_passed(store)
    observed(store, Family.ENCRYPTION, "objects", "objects_at_rest", Result.FAILED)
    for name in SETTINGS:
        monkeypatch.setenv(name, "passed")
    assert judged(store, release).value is V.NON_COMPLIANT


def monitors_ran(store, age=timedelta(), names=tuple(monitor.name for monitor in MONITORS)):
    keep(store, RUN, "8.1.b.2", "monitors", {"monitors": dict.fromkeys(names, 0)}, age)


def watched(store, release):
    return monitoring.monitoring(evidence_of(store, release))


def test_monitors_that_ran_and_canaries_that_arrived_comply_without_any_alert(store, release):
    all_passed(store, [Family.MONITORING])
    monitors_ran(store)
    verdict = watched(store, release)
    assert verdict.value is V.COMPLIANT
    assert [one.clause for one in verdict.parts] == ["8.1.b.2.monitors", "8.1.b.2.canary", "8.1.b.2.handling"]


def test_no_alert_and_a_failed_canary_do_not_comply(store, release):
    all_passed(store, [Family.MONITORING])
    monitors_ran(store)
    observed(store, Family.MONITORING, "home", "canary_flipped_byte", Result.FAILED)
    verdict = watched(store, release)
    assert verdict.value is part(verdict, "canary").value is V.NON_COMPLIANT
    assert part(verdict, "handling").value is V.COMPLIANT


@pytest.mark.parametrize(("hours", "value"), [(24, V.COMPLIANT), (25, V.STALE)])
def test_a_canary_holds_for_a_day(store, release, hours, value):
    pair = required(Family.MONITORING, PLACES)[0]
    all_passed(store, [Family.MONITORING], but=[pair])
    monitors_ran(store)
    observed(store, Family.MONITORING, *pair, age=timedelta(hours=hours))
    assert part(watched(store, release), "canary").value is value


@pytest.mark.parametrize(("hours", "value"), [(48, V.COMPLIANT), (49, V.STALE)])
def test_monitors_have_to_run_within_two_of_their_intervals(store, release, hours, value):
    monitors_ran(store, timedelta(hours=hours))
    assert part(watched(store, release), "monitors").value is value


def test_a_monitor_that_could_not_run_is_named(store, release):
    monitors_ran(store, names=[monitor.name for monitor in MONITORS[1:]])
    found = part(watched(store, release), "monitors")
    assert (found.value, found.offenders) == (V.INCOMPLETE, (MONITORS[0].name,))


@pytest.mark.parametrize(("days", "value"), [(7, V.COMPLIANT), (8, V.NON_COMPLIANT)])
def test_an_open_alert_may_wait_for_seven_days(store, release, days, value):
    monitors_ran(store)
    with clock.fixed(NOW - timedelta(days=days)):
        alert, _ = raise_alert(store, "exposed_files", "home", "a file")
    found = part(watched(store, release), "handling")
    assert found.value is value
    assert ("probe alert close" in found.remedy) == (value is V.NON_COMPLIANT) and ("open" in found.note) == (
        value is V.COMPLIANT
    )
    close_alert(store, alert.alert, action="chmod", by="chen")
    found = part(watched(store, release), "handling")
    assert found.value is V.COMPLIANT and ("later" in found.note) == (days > 7)


def log_of(store, release):
    return part(general.logs(evidence_of(store, release)), "checkpoint")


@pytest.fixture
def checkpointed(store, release, tmp_path):
    run_probes(deployment(store, checkpoints=tmp_path / "second"), [Family.LOG])
    return tmp_path / "second"


def test_a_fresh_checkpoint_that_agrees_here_and_there_complies(store, release, checkpointed):
    found = log_of(store, release)
    assert (found.value, found.n, found.k) == (V.COMPLIANT, 1, 0) and "same device" in found.note
    assert general.logs(evidence_of(store, release)).parts[0].value is V.COMPLIANT


def test_a_checkpoint_that_was_never_compared_in_its_place_is_incomplete(store, release, tmp_path):
    write_checkpoint(store, tmp_path / "second")
    assert log_of(store, release).value is V.INCOMPLETE


def test_a_checkpoint_holds_for_seven_days(store, release, checkpointed):
    with clock.fixed(NOW + timedelta(days=8)):
        assert log_of(store, release).value is V.STALE


@pytest.mark.parametrize(
    "change", [{"size": 1}, {"head": "f" * 64}, {"signature": "00"}, {"size": 10_000}, {"size": "3"}, {"at": None}]
)
def test_a_recorded_checkpoint_that_is_no_prefix_of_the_log_does_not_comply(store, release, checkpointed, change):
    row = next(one for one in evidence_of(store, release).stored("8.1.b.5") if one.kind == "checkpoint")
    keep(store, "checkpoint", "8.1.b.5", "audit log", {**row.content, **change})
    assert log_of(store, release).value is V.NON_COMPLIANT


def test_a_pass_of_the_deployment_turns_stale_with_its_probes(store, release):
    all_passed(store)
    assess_release(store, release)
    assert standing(store, release).by_clause()["8.1.b.3"].value is V.COMPLIANT
    with clock.fixed(NOW + timedelta(days=8)):
        later = standing(store, release).by_clause()["8.1.b.3"]
    assert later.value is V.STALE and "probe run" in later.remedy


@pytest.mark.parametrize(("result", "told"), [(Result.FAILED, "a probe has failed since"), (Result.COULD_NOT_RUN, "not run")])
@pytest.mark.parametrize("days", [1, 9])
def test_a_pass_of_the_deployment_does_not_outlast_a_probe_that_no_longer_passes(store, release, result, told, days):
    all_passed(store)
    assess_release(store, release)
    address = "http://127.0.0.1:3000"
    with clock.fixed(NOW + timedelta(days=days)):
        observed(store, Family.AUTHENTICATION, address, "dagster_login", result, age=-timedelta(days=days))
        later = standing(store, release).by_clause()["8.1.b.3"]
    assert later.value is V.STALE
    assert told in later.why or (days == 9 and result is Result.COULD_NOT_RUN and "older" in later.why)


def test_the_export_looks_at_the_age_of_the_probes_itself(store, release):
    all_passed(store)
    for family in PROTECTION:
        for place, probe in required(family, PLACES):
            content = {"family": family.value, "probe": probe, "place": place, "result": "passed"}
            with store.database.write() as connection:
                until = (NOW + timedelta(days=7)).isoformat()
                save_evidence(connection, Evidence("probe", family.clause, place, content, NOW.isoformat(), until))
    assess_release(store, release)
    too_old = "8.1.b.3 rests on probes that are too old or failed since: probe and evaluate again"
    assert too_old not in gates(store, release)
    with clock.fixed(NOW + timedelta(days=8)):
        assert too_old in gates(store, release)
    observed(store, Family.ACCESS, "home", "file_modes", Result.FAILED)
    assert too_old in gates(store, release)
