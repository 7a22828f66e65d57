"""T7 to T13 say what is stored, and a plain sentence where nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dataset_safety import clock
from dataset_safety.records import Verdict, VerdictValue
from dataset_safety.report.deviations import owner_of
from dataset_safety.report.gathering import gather
from dataset_safety.report.html import render
from dataset_safety.report.model import Detection, Registers
from dataset_safety.report.registers import safeguard_rows
from dataset_safety.standard import load_edition
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.made import MODEL, SECRET, stored
from dataset_safety_tests.safeguards.recorded import DATA, GRADER, LEAD, OTHER, complete, graded, with_scheme

NOTHING = (
    "No personal information was found", "No legal basis for personal information is on record", "No source names records",
    "No sample is marked as made by a generative model", "The safeguards of 8.1 were not evaluated", "No deviation",
    "No release of this stage has been evaluated", "no record on intellectual property", "No share has been measured",
    "was not measured on benign control texts", "No classification model labelled", "No draw has been made", "No card of a model",
)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with clock.fixed(datetime(2026, 11, 23, 12, tzinfo=UTC)), open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def data(store):
    return gather(store, stored(store))


def test_a_model_card_says_what_was_measured_and_that_the_rest_is_unproven(data):
    card = data.detection.cards[0]
    assert (card.version, card.origin, card.counts()) == (MODEL, "operator", {"measured-ok": 1, "unproven": 28})
    row = next(row for row in card.rows if row.risk == "A.1.d")
    assert (row.recall.k, row.recall.n, row.review, row.reject) == (30, 60, 0.25, None)
    assert data.limits.coverage["measured-ok"] == ["A.1.d"] and data.detection.without_card == []


def test_personal_information_and_rights_say_where_samples_went(data):
    row = data.registers.personal[0]
    assert (row.name, row.found, row.kept, row.removed, row.held) == ("email", 1, 0, 1, 0)
    status = data.registers.rights[0]
    assert (status.status, status.found, status.kept, status.removed, status.held) == ("none", 10, 7, 2, 1)
    assert [(basis.basis, basis.classes) for basis in data.registers.bases] == [("consent", ["email"])]


def test_generated_content_is_counted_by_model(data):
    row = data.registers.generated[0]
    assert (row.model, row.version, row.samples, row.kept) == ("A site", "A site", 1, 1)


def test_evidence_for_safeguards_stands_below_its_check_with_its_age(store, data):
    rows = data.registers.safeguards
    place = next(at for at, row in enumerate(rows) if row.check == "8.1.b.2" and row.kind == "check")
    assert (rows[place + 1].result, rows[place + 1].age_days) == ("A site", 3)
    with store.database.read() as connection:
        assert safeguard_rows(connection, load_edition(), [Verdict("8.2.1.b.1", VerdictValue.COMPLIANT, "")]) == []


def test_grades_and_drills_stand_below_their_checks_and_name_nobody(store, tmp_path):
    with_scheme(store, tmp_path)
    graded(store, "site", "general-2")
    complete(store, tmp_path)
    checks = [Verdict(clause, VerdictValue.COMPLIANT, "") for clause in ("8.1.b.1", "8.1.b.4")]
    with store.database.read() as connection:
        rows = safeguard_rows(connection, load_edition(), checks)
    told = [(row.check, row.kind, row.scope, row.result) for row in rows]
    assert ("8.1.b.1", "grade", "site", "web; general-2") in told
    assert ("8.1.b.4", "emergency drill", "D1", "leak; started") in told and ("8.1.b.4", "emergency team", "T2", "added") in told
    assert [name for name in (LEAD, DATA, GRADER, OTHER) if name in repr(rows)] == []


def test_every_check_that_is_not_passed_has_an_owner(data):
    closed = {row.check for row in data.closed}
    assert {row.check for row in data.deviations if "manual" not in row.check} <= closed
    assert all(row.owner and not row.value.passed for row in data.deviations)
    assert owner_of("reviewers: judge the draw") == ("reviewers", "judge the draw")
    assert owner_of("legal: add `a: b`") == ("legal", "add `a: b`")
    assert owner_of("run it again") == ("operators", "run it again")


def test_limits_count_what_nobody_looked_at(data):
    shares = {share.what: (share.k, share.n) for share in data.limits.shares}
    assert shares["looked at by the keyword library"] == (10, 10)
    assert shares["looked at by the classification models"] == (0, 10)


def test_where_there_is_nothing_a_sentence_says_so(data):
    blocking = replace(data.detection.blocking, controls=[], sources=[])
    library = replace(data.detection.library, stored=False, rows=[], generations=[])
    empty = replace(
        data,
        registers=Registers([], [], [], [], [], [], []),
        detection=Detection(library, blocking, [], []),
        sampling=type(data.sampling)([], [], {}, [], [], [], []),
        deviations=[],
        history=[],
    )
    document = " ".join(render(empty).split())
    assert [sentence for sentence in NOTHING if sentence not in document] == []


def test_the_model_of_a_recipe_without_a_card_is_named(data):
    document = render(replace(data, detection=replace(data.detection, cards=[], without_card=["mine/1"])))
    assert "No card is on record for model" in document and SECRET not in document
