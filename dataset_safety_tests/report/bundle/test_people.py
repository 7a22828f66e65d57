"""Rules about people hold on a bundle as they do at home, and nobody is named in it."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import polars as pl
import pytest

from dataset_safety.collection.annotations import numbered_records, read_annotations
from dataset_safety.report.bundle.errors import BundleError
from dataset_safety.report.bundle.people import ANNOTATIONS, AUTHORISATIONS
from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety.report.bundle.writing import write_bundle
from dataset_safety.standard import Stage, VerdictValue
from dataset_safety.store import corpora
from dataset_safety.store.facade import open_store
from dataset_safety.usage.sources import recorded_source
from dataset_safety_tests.evaluation.cases import filtered
from dataset_safety_tests.inboxes import CHINESE, ENGLISH, jsonl, write_source
from dataset_safety_tests.report.bundle.bundles import files_of, forged, json_changed, lines_changed

V = VerdictValue
USERS_CHECK = "8.2.1.b.1.user"
USERS = ("user-zhao-138", "user-qian-139", "user-sun-137")
LABELLERS = ("labeller-zhou", "reviewer-wu", "arbiter-zheng", "supervisor-wang", "stranger-feng")
CHAT = (
    'kind = "service_user"\n[origin]\nservice_name = "{0}"\n[authorisation]\ntext_version = "1"\ndocument = "text.txt"\n'
    'records = "{1}"\n[fields]\nuser = "user_id"\n'
)
PRESS = 'kind = "organisation"\n[origin]\ndataset_name = "answers"\norganisation = "a press"\n'


def granted(revoked: tuple[str, ...] = ()) -> str:
    """Authorisations of all but the last user."""
    rows = [f"{user},training,2025-11-01,{'2026-01-01' if user in revoked else ''}" for user in USERS[:2]]
    return "user,scope,granted_at,revoked_at\n" + "\n".join(rows) + "\n"


def item(unit: int, executor: str, reviewer: str) -> dict[str, object]:
    return {"record": "item", "batch": "b1", "file": "a.jsonl", "unit": unit, "executor": executor, "executed_at": "2026-05-01",
            "reviewer": reviewer, "reviewed_at": "2026-05-02", "passed": True, "risk": "A.2.e"}  # fmt: skip


def annotated() -> dict[str, list[dict[str, object]]]:
    """Two record files: one item was reviewed by whoever labelled it, and one by somebody without a certificate."""
    roles = ("executor", "reviewer", "arbiter", "supervisor")
    people = [
        {"record": "person", "person": name, "roles": [role], "certified_from": "2026-01-01"}
        for name, role in zip(LABELLERS, roles, strict=False)
    ]
    do, check, stranger = LABELLERS[0], LABELLERS[1], LABELLERS[4]
    return {"people.jsonl": people, "items.jsonl": [item(0, do, check), item(1, check, check), item(2, do, stranger)]}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """Users of two services, and a labelled source with a folder of records."""
    root = tmp_path_factory.mktemp("people")
    said = [{"text": f"{CHINESE[n % 3]}第{n}条。{ENGLISH[n % 2]}", "user_id": USERS[n % 3]} for n in range(30)]
    for name, records, content in (
        ("chat", "given.csv", granted()),
        ("forum", "given.jsonl", jsonl([{"user": USERS[0], "scope": ["training"], "granted_at": "2025-11-01"}])),
    ):
        files = {"said.jsonl": jsonl(said), "text.txt": "I agree.\n", records: content}
        write_source(root / "inbox", "pre_training", name, CHAT.format(name, records), files)
    data = [{"instruction": f"{CHINESE[n]}第{n}条。", "output": ENGLISH[0]} for n in range(3)]
    toml = f'{PRESS}[annotation]\nrecords = "labels"\npurpose = "safety"\n'
    folder = write_source(root / "inbox", "fine_tuning", "answers", toml, {"a.jsonl": jsonl(data)})
    (folder / "labels" / "second").mkdir(parents=True)
    for name, rows in zip(("people.jsonl", "second/items.jsonl"), annotated().values(), strict=True):
        (folder / "labels" / name).write_text(jsonl(rows), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def assessed(home):
    """The store and the frozen release of both stages."""
    with open_store(home / "home") as store:
        yield store, {stage: filtered(store, home / "inbox", stage) for stage in Stage}


def bundle(assessed, stage: Stage, target: Path) -> Path:
    store, made = assessed
    return write_bundle(store, made[stage], target).path


def verdict(path: Path, clause: str):
    """A verdict or sub-check as a verifier computes it; everything that the bundle states came out again."""
    verified = verify_bundle(path)
    assert not verified.differences
    return next(one for top in verified.verdicts for one in (top, *top.parts) if one.clause == clause)


def test_samples_of_users_who_revoke_are_counted_again_from_the_bundle(home, assessed, tmp_path):
    chat = home / "inbox" / "pre_training" / "chat" / "given.csv"
    before = bundle(assessed, Stage.PRE_TRAINING, tmp_path / "before.zip")
    assert verdict(before, USERS_CHECK).k == 0
    chat.write_text(granted(revoked=USERS[:1]), encoding="utf-8")
    after = bundle(assessed, Stage.PRE_TRAINING, tmp_path / "after.zip")
    chat.write_text(granted(), encoding="utf-8")
    found = verdict(after, USERS_CHECK)
    assert (found.value, found.k) == (V.NON_COMPLIANT, 10)  # of this service alone

    def nobody_revokes(document):
        for one in document["chat"]:
            one["revoked_at"] = None

    files = files_of(after)
    forgery = forged({**files, AUTHORISATIONS: json_changed(files[AUTHORISATIONS], nobody_revokes)}, tmp_path / "forged.zip")
    assert USERS_CHECK in {one.where for one in verify_bundle(forgery).differences}


def test_a_user_has_one_number_in_all_services_and_no_token_of_the_home_travels(assessed, tmp_path):
    store, made = assessed
    files = files_of(bundle(assessed, Stage.PRE_TRAINING, tmp_path / "users.zip"))
    given = json.loads(files[AUTHORISATIONS])
    assert [one["user"] for one in given["chat"]] == [1, 2] and [one["user"] for one in given["forum"]] == [1]
    frames = [pl.read_parquet(io.BytesIO(content)) for name, content in files.items() if name.endswith(".parquet")]
    travelling = {token for frame in frames if "user_token" in frame.columns for token in frame["user_token"]}
    with store.database.read() as connection:
        parts = corpora.latest(connection, made[Stage.PRE_TRAINING].release_id).parts
    own = {token for part in parts for token in store.objects.read_frame(part.part)["user_token"]}
    assert len(travelling) == len(own) == 6 and not travelling & own
    assert not any(word.encode() in content for content in files.values() for word in (*USERS, *own))


def test_the_bundle_says_who_labelled_what_without_saying_who(home, assessed, tmp_path):
    path = bundle(assessed, Stage.FINE_TUNING, tmp_path / "labels.zip")
    assert (verdict(path, "LBL.7.3.e").value, verdict(path, "LBL.7.3.e").k) == (V.NON_COMPLIANT, 1)
    assert (verdict(path, "LBL.7.1").k, verdict(path, "LBL.records").value) == (1, V.COMPLIANT)
    files = files_of(path)
    assert not any(name.encode() in content for content in files.values() for name in LABELLERS)
    assert [one["name"] for one in json.loads(files[ANNOTATIONS])] == ["labels/people.jsonl", "labels/second/items.jsonl"]

    def somebody_else(rows):
        for row in rows:
            row.update(reviewer="person-2", executor="person-1")

    better = lines_changed(files["annotations/2.jsonl"], somebody_else)
    found = {one.where for one in verify_bundle(forged({**files, "annotations/2.jsonl": better}, tmp_path / "f.zip")).differences}
    assert "LBL.7.3.e" in found and "LBL.7.1" in found


@pytest.mark.parametrize(
    ("content", "value"), [("", V.STALE), ("no record\n", V.ERROR), ('{"record":"person"}\n', V.ERROR), (None, V.INCOMPLETE)]
)
def test_records_that_changed_broke_or_went_are_the_same_to_a_verifier(home, assessed, tmp_path, content, value):
    labels = home / "inbox" / "fine_tuning" / "answers" / "labels"
    rows = (labels / "second" / "items.jsonl").read_bytes()
    if content is None:
        labels.rename(tmp_path / "away")
    else:
        (labels / "second" / "items.jsonl").write_text(content, encoding="utf-8")
    try:
        path = bundle(assessed, Stage.FINE_TUNING, tmp_path / "changed.zip")
    finally:
        if content is None:
            os.rename(tmp_path / "away", labels)
        (labels / "second" / "items.jsonl").write_bytes(rows)
    found = verdict(path, "8.3.2.b.3" if value is V.ERROR else "LBL.records")
    assert found.value is value


def test_records_that_the_ledger_does_not_name_are_refused(assessed, tmp_path):
    files = files_of(bundle(assessed, Stage.FINE_TUNING, tmp_path / "labels.zip"))
    for change in ({"name": "other.jsonl"}, {"source": "chat"}, {"member": "nothing"}, {"name": "labels/../../../../../x.jsonl"}):
        changed = json_changed(files[ANNOTATIONS], lambda listed, change=change: listed[1].update(change))
        with pytest.raises(BundleError):
            verify_bundle(forged({**files, ANNOTATIONS: changed}, tmp_path / "forged.zip"))


def test_numbers_change_nothing_but_names(home, assessed):
    release = assessed[1][Stage.FINE_TUNING]
    folder, record = home / "inbox" / "fine_tuning" / "answers", recorded_source(release, "answers")
    numbered, own = numbered_records(record, folder), read_annotations(record, folder, release.sources["answers"]["documents"])
    rows = [json.loads(line) for found in numbered for line in found.content.splitlines()]
    assert own is not None and not own.changed and len(rows) == len(own.people) + len(own.items)
    names = dict(zip((f"person-{n}" for n in range(1, 6)), LABELLERS, strict=True))
    assert [row["person"] for row in rows[:4]] == list(names)[:4]
    for row, held in zip(rows[4:], own.items, strict=True):
        said = row | {"executor": names[row["executor"]], "reviewer": names[row["reviewer"]]}
        assert said == held.model_dump(mode="json", exclude_none=True)
