"""Team, plan, drills and incidents: what fits is kept with its time, what does not is refused with the reason."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dataset_safety import clock
from dataset_safety.safeguards import drills, incidents, plans, team
from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.safeguards.disk_loss import play_disk_loss
from dataset_safety.safeguards.drills import DrillKind
from dataset_safety.safeguards.errors import StatementRefused, StepRefused, UnknownRecord
from dataset_safety.safeguards.incidents import Phase
from dataset_safety.safeguards.team import CLAUSE
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.facade import open_store
from dataset_safety_tests.safeguards.recorded import DATA, LEAD, NOW, OTHER, drilled, incident_at, plan_of, team_of


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened, clock.fixed(NOW):
        yield opened


def rows(store):
    with store.database.read() as connection:
        return evidence_for(connection, CLAUSE)


def test_a_membership_is_confirmed_under_the_same_id_and_ends_with_a_removal(store):
    team_of(store, LEAD, DATA)
    with clock.fixed(NOW + timedelta(days=100)):
        team_of(store, "li  WEI")
        first, second = team.team(rows(store))
    assert (first.id, second.id, len(first.spans)) == ("T1", "T2", 2)
    assert first.until == second.until + timedelta(days=100)
    with clock.fixed(NOW + timedelta(days=101)), store.database.write() as connection:
        team.remove_member(connection, "T1")
        with pytest.raises(StepRefused, match="T1"):
            team.remove_member(connection, LEAD)
        with pytest.raises(UnknownRecord):
            team.remove_member(connection, OTHER)
    gone = team.team(rows(store))[0]
    assert gone.on_team(NOW) and not gone.on_team(NOW + timedelta(days=102)) and gone.removed


@pytest.mark.parametrize("again", ["T1", "LI  WEI"])
def test_who_is_confirmed_by_id_keeps_the_name_and_acknowledges_no_drill_of_their_own(store, again):
    team_of(store, LEAD, DATA)
    with store.database.write() as connection:
        drills.start_drill(connection, DrillKind.LEAK, person=LEAD)
    team_of(store, again)
    assert [(one.id, one.person) for one in team.team(rows(store))] == [("T1", LEAD), ("T2", DATA)]
    with store.database.write() as connection, pytest.raises(StepRefused, match="started"):
        drills.acknowledge_drill(connection, "D1", person=again)


@pytest.mark.parametrize("name", ["T1", "t9", "Ｔ２"])
def test_an_id_of_nobody_is_no_name_of_a_person(store, name):
    with store.database.write() as connection:
        for act in (
            lambda: team.add_member(connection, name, role="lead", contact="phone"),
            lambda: drills.start_drill(connection, DrillKind.LEAK, person=name),
        ):
            with pytest.raises(UnknownRecord, match="nobody"):
                act()
    assert rows(store) == []


@pytest.mark.parametrize("until", ["2026-11-19", "2027-11-20", "soon"])
def test_a_membership_holds_for_half_a_year_at_most(store, until):
    with pytest.raises(StatementRefused), store.database.write() as connection:
        team.add_member(connection, LEAD, role="lead", contact="phone", valid_until=until)


@pytest.mark.parametrize("name", ["", " \t", "x" * 65, "Li\x00Wei"])
def test_a_name_is_something_that_can_be_written_down(store, name):
    with pytest.raises(StatementRefused, match="name"):
        team_of(store, name)


def test_a_plan_is_kept_by_its_hash_and_reviewed_within_a_year(store, tmp_path):
    plan_of(store, tmp_path)
    held = plans.plan(rows(store))
    assert held is not None and store.objects.read_bytes(held.document) == (tmp_path / "plan.md").read_bytes()
    assert held.due(365) == held.review_on == NOW.date() + timedelta(days=365)
    assert held.due(30) == NOW.date() + timedelta(days=30)
    for wrong in ({"review_on": "2027-12-01"}, {"review_on": "2026-11-20"}, {"approved_on": "2026-11-21"}):
        with pytest.raises(StatementRefused):
            plan_of(store, tmp_path, **wrong)
    (tmp_path / "empty.md").write_text("\n")
    for path, what in (("empty.md", "empty"), ("missing.md", "cannot be read")):
        with pytest.raises(StatementRefused, match=what):
            plans.record_plan(store, tmp_path / path, approved_by=OTHER)


def test_a_drill_is_timed_by_the_clock_and_not_by_what_people_say(store):
    team_of(store, LEAD, DATA)
    drilled(store, NOW, minutes=7)
    (found,) = drills.drills(rows(store))
    assert (found.id, found.seconds, found.acknowledged_by, found.result) == ("D1", 420, DATA, "passed")
    assert found.problem(team.team(rows(store)), 60) == ""
    assert "later than 5 minutes" in found.problem(team.team(rows(store)), 5)
    with store.database.write() as connection:
        for late in (
            lambda: drills.record_step(connection, "D1", "more"),
            lambda: drills.acknowledge_drill(connection, "D1", person=DATA),
            lambda: drills.finish_drill(connection, "D1", passed=True),
        ):
            with pytest.raises(StepRefused, match="finished"):
                late()
        with pytest.raises(UnknownRecord, match="D9"):
            drills.record_step(connection, "D9", "x")


@pytest.mark.parametrize("starter", [LEAD, "T1", "LI WEI"])
@pytest.mark.parametrize("answer", [LEAD, "T1", "ｌｉ wei"])
def test_nobody_acknowledges_a_drill_of_their_own(store, starter, answer):
    team_of(store, LEAD, DATA)
    with store.database.write() as connection:
        drills.start_drill(connection, DrillKind.POISON, person=starter)
        with pytest.raises(StepRefused, match="started"):
            drills.acknowledge_drill(connection, "D1", person=answer)


def test_only_who_is_on_the_team_now_acknowledges_a_drill(store):
    team_of(store, LEAD, DATA)
    with store.database.write() as connection:
        drills.start_drill(connection, DrillKind.LEAK, person=LEAD)
        with pytest.raises(StepRefused, match="not on the team"):
            drills.acknowledge_drill(connection, "D1", person=OTHER)
        team.remove_member(connection, DATA)
        with pytest.raises(StepRefused, match="not on the team"):
            drills.acknowledge_drill(connection, "D1", person=DATA)


def test_a_drill_passes_with_a_step_and_an_acknowledgement_only(store):
    team_of(store, LEAD, DATA)
    with store.database.write() as connection:
        drills.start_drill(connection, DrillKind.LEAK, person=LEAD)
        with pytest.raises(StepRefused, match="a step"):
            drills.finish_drill(connection, "D1", passed=True)
        drills.record_step(connection, "D1", "froze the source")
        with pytest.raises(StepRefused, match="an acknowledgement"):
            drills.finish_drill(connection, "D1", passed=True)
        assert drills.finish_drill(connection, "D1", passed=False).problem([], 60) == "it failed"


def test_disk_loss_is_executed_and_leaves_nothing_behind(store, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    document = store.objects.publish_bytes(b"a document")
    with store.database.write() as connection:
        made = drills.start_drill(connection, DrillKind.DISK_LOSS, person=LEAD)
    found = play_disk_loss(store, made, scratch)
    assert [(step.what, step.good) for step in found.steps] == [("backup", True), ("restore", True), ("verify", True)]
    assert all(step.milliseconds is not None and step.milliseconds >= 0 for step in found.steps)
    assert found.steps[2].observed == "1 events verify"  # the start of this drill; its steps came after the copy
    assert list(scratch.iterdir()) == [] and store.objects.read_bytes(document) == b"a document"
    with store.database.read() as connection:
        assert verify_chain(connection).intact


def test_disk_loss_fails_where_the_log_was_changed_and_then_cannot_pass(store, tmp_path):
    team_of(store, LEAD, DATA)
    with store.database.write() as connection:
        made = drills.start_drill(connection, DrillKind.DISK_LOSS, person=LEAD)
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'"
        ).all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.exec_driver_sql("UPDATE audit_event SET actor = 'somebody' WHERE seq = 1")
    found = play_disk_loss(store, made, tmp_path)
    assert [step.good for step in found.steps] == [True, True, False]
    assert "breaks at event 1" in found.steps[2].observed
    with store.database.write() as connection:
        drills.acknowledge_drill(connection, "D1", person=DATA)
        with pytest.raises(StepRefused, match="failed"):
            drills.finish_drill(connection, "D1", passed=True)


def test_disk_loss_passes_only_as_the_tool_executed_it(store):
    """A command that was killed leaves a drill without steps: what somebody notes down does not replace them."""
    team_of(store, LEAD, DATA)
    with store.database.write() as connection:
        drills.start_drill(connection, DrillKind.DISK_LOSS, person=LEAD)
        for name in ("backup", "restore", "verify"):
            drills.record_step(connection, "D1", name)
        drills.acknowledge_drill(connection, "D1", person=DATA)
        with pytest.raises(StepRefused, match="backup, restore, verify"):
            drills.finish_drill(connection, "D1", passed=True)
        said = {"event": drills.FINISHED, "result": drills.PASSED}  # as a home may hold it that recorded it so before
        save_evidence(connection, Evidence(drills.KIND, CLAUSE, "D1", said, NOW.isoformat()))
    (found,) = drills.drills(rows(store))
    assert "did not execute backup, restore, verify" in found.problem(team.team(rows(store)), 60)


def test_disk_loss_on_a_disk_that_takes_nothing_is_a_drill_that_failed(store, tmp_path):
    team_of(store, LEAD, DATA)
    scratch = tmp_path / "scratch"
    scratch.write_bytes(b"no folder")
    with store.database.write() as connection:
        made = drills.start_drill(connection, DrillKind.DISK_LOSS, person=LEAD)
    (failed,) = play_disk_loss(store, made, scratch).steps
    assert (failed.what, failed.good) == ("scratch", False) and str(tmp_path) not in failed.observed
    with store.database.write() as connection:
        drills.acknowledge_drill(connection, "D1", person=DATA)
        with pytest.raises(StepRefused, match="failed"):
            drills.finish_drill(connection, "D1", passed=True)


@pytest.mark.parametrize(("home_length", "scratch_length"), [(3900, 400), (0, 800)])
def test_disk_loss_whose_copy_cannot_be_written_is_a_drill_that_failed(store, tmp_path, home_length, scratch_length):
    """Paths beyond what the system takes, for a file of the home (4096 bytes) and for the database itself (SQLite: 512)."""
    kept, scratch = store.home.reports, tmp_path
    while len(str(kept)) < home_length:
        kept /= "k" * 100
    while len(str(scratch)) < scratch_length:
        scratch /= "s" * 100
    for folder in (kept, scratch):
        folder.mkdir(parents=True, exist_ok=True)
    (kept / "report").write_bytes(b"a report")
    with store.database.write() as connection:
        made = drills.start_drill(connection, DrillKind.DISK_LOSS, person=LEAD)
    (failed,) = play_disk_loss(store, made, scratch).steps
    assert (failed.what, failed.good) == ("backup", False) and str(tmp_path) not in failed.observed


def test_an_incident_goes_through_its_phases_in_order_and_closes_with_lessons(store):
    with store.database.write() as connection:
        found = incidents.open_incident(connection, "keys in a log", person=LEAD, at="2026-11-19T08:00+08:00")
        assert (found.id, found.opened_at.isoformat()) == ("I1", "2026-11-19T00:00:00+00:00")
        with pytest.raises(StepRefused, match="incident ack I1"):
            incidents.advance(connection, "I1", Phase.CONTAINED, person=DATA)
        with pytest.raises(StatementRefused, match="before the step"):
            incidents.advance(connection, "I1", Phase.ACKNOWLEDGED, person=DATA, at="2026-11-18T00:00")
        with pytest.raises(StatementRefused, match="lies ahead"):
            incidents.advance(connection, "I1", Phase.ACKNOWLEDGED, person=DATA, at="2026-11-21")
        for phase in (Phase.ACKNOWLEDGED, Phase.CONTAINED, Phase.RECOVERED):
            incidents.advance(connection, "I1", phase, person=DATA)
        with pytest.raises(StatementRefused, match="learnt"):
            incidents.advance(connection, "I1", Phase.CLOSED, person=DATA)
        incidents.note_incident(connection, "I1", "keys rotated", person=DATA)
        closed = incidents.advance(connection, "I1", Phase.CLOSED, person=DATA, note="logs are filtered now")
        assert closed.phase is Phase.CLOSED and closed.missing() == []
        with pytest.raises(StepRefused, match="closed"):
            incidents.note_incident(connection, "I1", "again", person=DATA)
        with pytest.raises(UnknownRecord, match="I2"):
            incidents.note_incident(connection, "I2", "which?", person=DATA)


def test_a_note_names_the_keywords_that_were_proposed_for_the_incident(store):
    from dataset_safety.keywords.edits import edited
    from dataset_safety.keywords.incoming import drop_edit
    from dataset_safety.keywords.refreshing import in_force, refresh

    drop_edit(store.home, edited(in_force(store), ("zzzleakedterm",), "A.1.h", "en", "wang", ()))
    made = refresh(store, author="wang", urgent=True)
    with store.database.write() as connection:
        incidents.open_incident(connection, "a new term spreads", person=LEAD)
        found = incidents.note_incident(connection, "I1", "blocked", person=LEAD, keywords=made.statement.generation[:12])
        assert found.events[-1].keywords == made.statement.generation
        with pytest.raises(UnknownRecord, match="keyword"):
            incidents.note_incident(connection, "I1", "blocked", person=LEAD, keywords="0" * 12)


def test_nobody_states_that_nothing_happened_in_a_period_with_an_incident(store):
    incident_at(store, NOW - timedelta(days=10))
    with store.database.write() as connection:
        with pytest.raises(StatementRefused, match="I1"):
            incidents.state_none(connection, person=LEAD)
        with pytest.raises(StatementRefused, match="before it begins"):
            incidents.state_none(connection, person=LEAD, since="2026-11-19", until="2026-11-01")
        made = incidents.state_none(connection, person=LEAD, since="2025-01-01", until="2026-11-01")
    assert incidents.statements(rows(store)) == [made]


def test_nobody_states_that_nothing_happened_while_an_incident_of_before_went_on(store):
    """I1 was opened on 2025-10-16 and closed on 2026-11-19; I2 was opened before the period and goes on."""
    with store.database.write() as connection:
        for since, until in ((None, None), ("2025-01-01", "2025-10-16"), ("2026-11-19", "2026-11-20")):
            incidents.state_none(connection, person=LEAD, since=since, until=until)
    incident_at(store, NOW - timedelta(days=400), close_hours=399 * 24)
    with store.database.write() as connection:
        for since, until in ((None, None), ("2025-01-01", "2025-10-16"), ("2026-11-19", "2026-11-20")):
            with pytest.raises(StatementRefused, match="I1"):
                incidents.state_none(connection, person=LEAD, since=since, until=until)
        for since, until in (("2025-01-01", "2025-10-15"), ("2026-11-20", "2026-11-20")):
            incidents.state_none(connection, person=LEAD, since=since, until=until)
        incidents.open_incident(connection, "keys in a log", person=LEAD, at=(NOW - timedelta(days=399)).isoformat())
        with pytest.raises(StatementRefused, match="I2"):
            incidents.state_none(connection, person=LEAD, since="2026-11-20", until="2026-11-20")
        incidents.state_none(connection, person=LEAD, since="2025-01-01", until="2025-10-15")


def test_every_record_has_its_event_in_the_audit_log_and_none_names_anybody(store):
    team_of(store, LEAD, DATA)
    drilled(store, NOW)
    incident_at(store, NOW - timedelta(days=10))
    with store.database.read() as connection:
        logged = connection.exec_driver_sql("SELECT action, subject, detail FROM audit_event").all()
    assert len([one for one in logged if one[0] == "evidence.record"]) == len(rows(store))
    assert {name for name in (LEAD, DATA) if name in json.dumps([list(one) for one in logged])} == set()
