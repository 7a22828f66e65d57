"""Records of 8.1 b 1 and 8.1 b 4 in a bundle: its verdicts come out again, and it names nobody."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dataset_safety import clock
from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.report.bundle.responders import LEFT_OUT, Responders
from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety.report.bundle.writing import write_bundle
from dataset_safety.safeguards import grading, team
from dataset_safety.safeguards.disk_loss import play_disk_loss
from dataset_safety.safeguards.drills import DrillKind, acknowledge_drill, finish_drill, start_drill
from dataset_safety.standard import Stage, VerdictValue
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.cases import filtered
from dataset_safety_tests.inboxes import CHINESE, jsonl, write_source
from dataset_safety_tests.report.bundle.bundles import files_of, forged, lines_changed
from dataset_safety_tests.safeguards.recorded import (
    DATA,
    GRADER,
    LEAD,
    NOW,
    OTHER,
    drilled,
    graded,
    incident_at,
    plan_of,
    team_of,
    with_scheme,
)

V = VerdictValue
CLAUSES = ("8.1.b.1", "8.1.b.4")
EVIDENCE = "rows/evidence.jsonl"
NAMES = (LEAD, DATA, GRADER, OTHER)
WORDS = ("keys in a log", "rotate keys at once", "froze the source", "public pages", "public domain")
PRESS = 'kind = "organisation"\n[origin]\ndataset_name = "books"\norganisation = "a press"\n'


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """A home with complete records: its verdicts, the full bundle and the public one."""
    root = tmp_path_factory.mktemp("records")
    write_source(root / "inbox", "pre_training", "books", PRESS, {"a.jsonl": jsonl([{"text": text} for text in CHINESE])})
    with open_store(root / "home") as store, clock.fixed(NOW):
        release = filtered(store, root / "inbox", Stage.PRE_TRAINING)
        with_scheme(store, root)
        graded(store, "books", "general-2")
        graded(store, "books", "general-1", reason="public domain", approver=LEAD)
        with clock.fixed(NOW - timedelta(hours=2)):
            team_of(store, LEAD, DATA)
        plan_of(store, root)
        incident_at(store, NOW.replace(day=1))
        drilled(store, NOW - timedelta(hours=1))
        with store.database.write() as connection:
            made = start_drill(connection, DrillKind.DISK_LOSS, person=LEAD)
        play_disk_loss(store, made, root)
        with store.database.write() as connection:
            acknowledge_drill(connection, made.id, person=DATA)
            finish_drill(connection, made.id, passed=True, lessons="rotate keys at once")
        verdicts = assess_release(store, release).by_clause()
        full = write_bundle(store, release, root / "full.zip")
        published = write_bundle(store, release, root / "public.zip", variant="public")
    return verdicts, full, published


def by_clause(found):
    return {one.clause: one for one in found.verdicts}


def test_the_bundle_gives_the_same_verdicts_again(bundles):
    verdicts, full, _ = bundles
    found = verify_bundle(full.path, full.public_key)
    assert list(found.differences) == []
    for clause in CLAUSES:
        assert verdicts[clause].value is V.COMPLIANT
        assert by_clause(found)[clause] == verdicts[clause]


def test_no_member_of_either_variant_names_anybody_or_quotes_them(bundles):
    _, full, published = bundles
    for written in (full, published):
        for name, content in files_of(written.path).items():
            told = [said for said in (*NAMES, *WORDS) if said in content.decode("utf-8", "ignore")]
            assert told == [], name


def test_one_person_has_one_number_in_all_records():
    persons = Responders()

    def row(clause: str, **content: object) -> dict[str, object]:
        made = persons.numbered({"clause": clause, "content": json.dumps(content)})
        found: dict[str, object] = json.loads(str(made["content"]))
        return found

    first = row(grading.CLAUSE, grader=LEAD, scheme={"approved_by": "li  WEI"}, basis="public", reason="", approver="")
    named = {"grader": "person-1", "scheme": {"approved_by": "person-1"}, "approver": ""}
    assert first == named | {"basis": LEFT_OUT, "reason": ""}  # what nobody wrote stays empty: the rules ask for it
    noted = row(team.CLAUSE, person=DATA, note="words", seconds=3, role="responder")
    assert noted == {"person": "person-2", "note": LEFT_OUT, "seconds": 3, "role": "responder"}
    assert row("8.2.1.b.1", person=DATA)["person"] == DATA


def test_a_person_exchanged_in_a_bundle_is_noticed(bundles, tmp_path):
    """Whoever acknowledges a drill of their own in a forged bundle changes its verdict."""
    _, full, _ = bundles
    files = files_of(full.path)

    def same_person(rows: list[dict[str, object]]) -> None:
        starter = ""
        for row in rows:
            content = json.loads(str(row["content"]))
            if row["subject"] == "D2" and content["event"] == "started":
                starter = content["person"]
            if row["subject"] == "D2" and content["event"] == "acknowledged":
                row["content"] = json.dumps(content | {"person": starter})

    changed = files | {EVIDENCE: lines_changed(files[EVIDENCE], same_person)}
    path = forged(changed, tmp_path / "forged.zip")
    found = verify_bundle(path)
    assert {one.where for one in found.differences} >= {"8.1.b.4", "8.1.b.4.drill"}
