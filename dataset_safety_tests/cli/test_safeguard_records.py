"""Grades, team, drills and incidents at the command line: what it prints, what it refuses, and the verdicts afterwards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from dataset_safety import clock
from dataset_safety.cli.main import command as dataset_safety
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.standard import Stage, VerdictValue
from dataset_safety.store import releases
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.cases import filtered
from dataset_safety_tests.inboxes import small_inbox
from dataset_safety_tests.safeguards.recorded import DATA, GRADER, LEAD, scheme_text, written

SOURCES = ["answers", "library-notes", "pages"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    inbox = small_inbox(tmp_path)
    with open_store(tmp_path / "home") as store:
        for stage in Stage:
            filtered(store, inbox, stage)
    return tmp_path / "home"


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """A home with both stages and a scheme, for commands that leave it as it is."""
    root = tmp_path_factory.mktemp("unchanged")
    inbox = small_inbox(root)
    with open_store(root / "home") as store:
        for stage in Stage:
            filtered(store, inbox, stage)
    said(root / "home", "ledger", "scheme", "--set", written(root, scheme_text(approved_on="2020-01-01")))
    return root / "home"


def run(home, *arguments: object) -> Result:
    """One command of the tool."""
    return CliRunner().invoke(dataset_safety, [*map(str, arguments), "--home", str(home)])


def said(home, *arguments: object) -> str:
    """What a command prints that does its work."""
    finished = run(home, *arguments)
    assert finished.exit_code == 0, (finished.output, finished.exception)
    return finished.stdout


def told(home, *arguments: object) -> object:
    return json.loads(said(home, *arguments, "--json"))


def refused(home, *arguments: object) -> str:
    """Why a command does nothing; usage errors are its exit code 2, as are those that the tool raises."""
    finished = run(home, *arguments)
    if isinstance(finished.exception, DatasetSafetyError):
        assert finished.exception.exit_code == 2
        return str(finished.exception)
    assert finished.exit_code == 2
    return finished.output


def grade(category: str = "web", grade: str = "general-2", grader: str = GRADER, *more: object) -> Sequence[object]:
    return ("--category", category, "--grade", grade, "--grader", grader, "--basis", "public pages", *more)


def test_sources_are_graded_all_at_once_or_one_by_one(home, tmp_path):
    assert "ledger scheme --set" in refused(home, "ledger", "grade", "--all", *grade())
    assert told(home, "ledger", "scheme") == {}
    said(home, "ledger", "scheme", "--set", written(tmp_path, scheme_text()))
    assert told(home, "ledger", "scheme")["sensitive_min"] == "general-2"
    said(home, "ledger", "grade", "pages", *grade(grade="important-1"))
    assert "pages" in refused(home, "ledger", "grade", "--all", *grade())  # it would be lowered: nothing is graded
    assert [row["subject"] for row in told(home, "ledger", "grades") if "grade" in row] == ["pages"]
    assert said(home, "ledger", "grade", "--ungraded", *grade()) == "web, general-2: answers, library-notes\n"
    rows = {row["subject"]: row for row in told(home, "ledger", "grades")}
    assert {name: rows[name]["grade"] for name in SOURCES} == {
        "answers": "general-2", "library-notes": "general-2", "pages": "important-1",
    }  # fmt: skip
    assert (rows["pre_training/P2"]["grade"], rows["fine_tuning/P2"]["grade"]) == ("important-1", "general-2")
    (tmp_path / "decision.txt").write_text("permitted\n")
    said(home, "ledger", "legal", "pages", "--decision", "permitted", "--by", LEAD, "--document", tmp_path / "decision.txt")
    assert "legal: permitted" in said(home, "ledger", "grades")


def test_a_population_is_raised_and_a_lower_grade_needs_two(home, tmp_path):
    said(home, "ledger", "scheme", "--set", written(tmp_path, scheme_text()))
    said(home, "ledger", "grade", "--all", *grade())
    said(home, "ledger", "grade", "--population", "P2", "--stage", "fine_tuning", *grade(grade="important-1"))
    again = ("ledger", "grade", "--population", "P2", "--stage", "fine_tuning", *grade())
    assert "important-1" in refused(home, *again)
    assert "--approver" in refused(home, *again, "--reason", "joined by mistake", "--approver", GRADER)
    said(home, *again, "--reason", "joined by mistake", "--approver", LEAD)
    rows = {row["subject"]: row["grade"] for row in told(home, "ledger", "grades")}
    assert rows["fine_tuning/P2"] == "general-2"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("ledger", "grade", *grade()), "name a SOURCE"),
        (("ledger", "grade", "pages", "--all", *grade()), "name a SOURCE"),
        (("ledger", "grade", "--population", "P1", *grade()), "needs --stage"),
        (("ledger", "grade", "page", *grade()), "did you mean"),
        (("ledger", "grade", "pages", *grade("films")), "no category"),
        (("ledger", "grade", "pages", *grade(), "--on", "2999-01-01"), "lies ahead"),
        (("ledger", "grade", "pages", *grade(grader=" ")), "name"),
        (("ledger", "legal", "pages", "--decision", "refused", "--by", LEAD, "--document", "no-such-file"), "does not exist"),
        (("ledger", "scheme", "--set", "no-such-file"), "does not exist"),
        (("incident", "plan", "set", "no-such-file", "--approved-by", LEAD), "does not exist"),
        (("incident", "team", "remove", "nobody"), "team show"),
        (("incident", "team", "add", LEAD, "--role", "lead", "--contact", "pigeon"), "pigeon"),
        (("incident", "close", "I7", "--by", LEAD), "incident list"),
        (("incident", "drill", "ack", "D7", "--by", LEAD), "drill list"),
        (("incident", "drill", "start", "flood", "--by", LEAD), "flood"),
        (("incident", "open", "keys", "--by", LEAD, "--at", "2999-01-01"), "lies ahead"),
        (("incident", "open", "keys", "--by", LEAD, "--at", "yesterday"), "no time"),
        (("incident", "open", " ", "--by", LEAD), "empty"),
        (("incident", "none", "--by", LEAD, "--until", "2999-01-01"), "lies ahead"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_the_reason(unchanged, arguments, why):
    before = told(unchanged, "ledger", "grades"), told(unchanged, "incident", "list"), told(unchanged, "incident", "team", "show")
    assert why in refused(unchanged, *arguments)
    after = told(unchanged, "ledger", "grades"), told(unchanged, "incident", "list"), told(unchanged, "incident", "team", "show")
    assert before == after


def test_an_incident_from_opening_to_closing(home):
    assert said(home, "incident", "open", "keys in a log", "--by", LEAD).startswith("I1  opened")
    assert "incident ack I1" in refused(home, "incident", "close", "I1", "--by", LEAD, "--lessons", "x")
    said(home, "incident", "note", "I1", "in the nightly log", "--by", DATA)
    for verb in ("ack", "contain", "recover"):
        said(home, "incident", verb, "I1", "--by", DATA, "--note", "done")
    assert "what was learnt" in refused(home, "incident", "close", "I1", "--by", LEAD)
    said(home, "incident", "close", "I1", "--by", LEAD, "--lessons", "logs are filtered")
    found = told(home, "incident", "show", "I1")
    assert [event["event"] for event in found["events"]] == [
        "opened", "noted", "acknowledged", "contained", "recovered", "closed",
    ]  # fmt: skip
    assert (found["phase"], told(home, "incident", "list")["incidents"]) == ("closed", [found])
    assert "I1" in refused(home, "incident", "none", "--by", LEAD)


def test_with_all_records_made_at_the_command_line_both_results_comply(home, tmp_path):
    said(home, "ledger", "scheme", "--set", written(tmp_path, scheme_text(approved_on=f"{clock.today()}")))
    said(home, "ledger", "grade", "--all", *grade())
    (tmp_path / "plan.md").write_text("1. freeze the source\n")
    said(home, "incident", "plan", "set", tmp_path / "plan.md", "--approved-by", LEAD)
    for name in (LEAD, DATA):
        said(home, "incident", "team", "add", name, "--role", "responder", "--contact", "phone")
    assert [row["state"] for row in told(home, "incident", "team", "show")] == ["on the team", "on the team"]
    assert said(home, "incident", "drill", "start", "disk_loss", "--by", LEAD, "--scratch", tmp_path).count("good") == 3
    assert "started" in refused(home, "incident", "drill", "ack", "D1", "--by", "T1")
    said(home, "incident", "drill", "ack", "D1", "--by", "T2")
    said(home, "incident", "drill", "finish", "D1", "--result", "passed")
    (drill,) = told(home, "incident", "drill", "list")
    assert (drill["acknowledged_by"], drill["result"], told(home, "incident", "drill", "show", "D1")) == (DATA, "passed", drill)
    said(home, "incident", "none", "--by", LEAD)
    assert told(home, "incident", "plan", "show")["approved_by"] == LEAD
    with open_store(home) as store:
        for stage in Stage:
            found = assess_release(store, latest(store, stage)).by_clause()
            assert {found[clause].value for clause in ("8.1.b.1", "8.1.b.4")} == {VerdictValue.COMPLIANT}
        with clock.fixed(clock.now() + timedelta(days=366)):
            later = assess_release(store, latest(store, Stage.PRE_TRAINING)).by_clause()
        assert {later[clause].value for clause in ("8.1.b.1", "8.1.b.4")} == {VerdictValue.NON_COMPLIANT}


def latest(store, stage):
    with store.database.read() as connection:
        return releases.latest(connection, stage)


def test_the_command_itself_ends_with_2_and_a_hint(command, tmp_path):
    finished = command("incident", "show", "I1", home=tmp_path / "home")
    assert finished.returncode == 2 and "Hint: `dataset-safety incident list`" in finished.stderr
    assert finished.stdout == ""
