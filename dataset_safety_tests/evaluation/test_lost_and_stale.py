"""What is lost counts as not clean and is never replaced; what has changed is stale; stored verdicts stay readable."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.evaluation.freshness import standing
from dataset_safety.evaluation.reviewing import MANUAL
from dataset_safety.evaluation.rules import usage
from dataset_safety.records import Verdict
from dataset_safety.standard import Stage, VerdictValue
from dataset_safety.store import corpora, releases, verdicts
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.cases import drawn, evidence_of, filtered, ids_of, judge, part
from dataset_safety_tests.inboxes import CHINESE, jsonl, write_source
from dataset_safety_tests.review.drawn import draw_over, texts

V = VerdictValue
ORGANISATION = 'kind = "organisation"\n[origin]\ndataset_name = "notes"\norganisation = "notes press"\n'


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with open_store(tmp_path / "home") as opened:
        yield opened


def test_a_lost_part_counts_as_not_clean_in_the_share(store):
    rows = texts(50)
    draw = draw_over(store, rows, parts=25)
    with store.database.read() as connection:
        release = releases.load(connection, draw.release_id, Stage.PRE_TRAINING)
        parts = corpora.latest(connection, draw.release_id).parts
    lost = {str(row["sample_id"]) for row in rows[:2]}
    judge(store, draw, {name: "no" for name in ids_of(store, draw) if name not in lost})
    assert usage.manual_share(evidence_of(store, release)).value is V.INCOMPLETE
    store.objects.path(parts[0].part).unlink()
    found = usage.manual_share(evidence_of(store, release))
    assert (found.value, found.n, found.k) == (V.COMPLIANT, 50, 2)
    store.objects.path(parts[1].part).unlink()  # also what was judged before it was lost
    found = usage.manual_share(evidence_of(store, release))
    assert (found.value, found.k, set(found.offenders) >= lost) == (V.NON_COMPLIANT, 4, True)


def test_the_assessment_goes_on_with_the_draws_made_before_the_loss(store, tmp_path):
    rows = [{"text": text} for text in (*CHINESE, "联系人邮箱 zhang.san@mail.example.com，手机 13812345678。")]
    write_source(tmp_path / "inbox", "pre_training", "notes", ORGANISATION, {"a.jsonl": jsonl(rows)})
    release = filtered(store, tmp_path / "inbox", Stage.PRE_TRAINING)
    draw = drawn(store, release, MANUAL)
    judge(store, draw, dict.fromkeys(ids_of(store, draw), "no"))
    assert part(assess_release(store, release).by_clause()["8.2.3.b.4"], ".manual").value is V.COMPLIANT
    with store.database.read() as connection:
        parts = corpora.latest(connection, release.release_id).parts
    (gone,) = parts
    assert gone.part != gone.kept_object and gone.kept == len(CHINESE)
    store.objects.path(gone.part).unlink()
    found = assess_release(store, release).by_clause()
    manual = part(found["8.2.3.b.4"], ".manual")
    assert (manual.value, manual.k, manual.n) == (V.NON_COMPLIANT, gone.kept, draw.size)
    assert found["8.2.1.b.2"].value is V.ERROR


def test_verdicts_of_a_population_that_was_filtered_anew_are_stale(store, tmp_path):
    write_source(tmp_path / "inbox", "pre_training", "notes", ORGANISATION, {"a.jsonl": jsonl([{"text": CHINESE[0]}])})
    release = filtered(store, tmp_path / "inbox", Stage.PRE_TRAINING)
    assert standing(store, release) is None
    made = assess_release(store, release)
    assert standing(store, release) == made
    with store.database.read() as connection:
        (line,) = verdicts.history(connection, Stage.PRE_TRAINING)
    assert line.values == {found.clause: found.value for found in made.verdicts}
    assert (line.release_id, line.assessment) == (release.release_id, made.assessment)
    with store.database.write() as connection:
        corpus = corpora.latest(connection, release.release_id)
        corpora.save(connection, replace(corpus, corpus_id="f" * 64, population="e" * 64))
    now = standing(store, release).by_clause()
    assert now["8.2.1.b.2"].value is V.STALE and "P2 has changed" in now["8.2.1.b.2"].why
    assert now["8.1.b.1"] == made.by_clause()["8.1.b.1"]


def test_the_history_holds_the_newest_assessment_of_every_release(store, tmp_path):
    made = []
    for number in range(2):
        files = {f"{n}.jsonl": jsonl([{"text": CHINESE[n]}]) for n in range(number + 1)}
        write_source(tmp_path / str(number), "pre_training", "notes", ORGANISATION, files)
        release = filtered(store, tmp_path / str(number), Stage.PRE_TRAINING)
        assess_release(store, release)
        draw = drawn(store, release, MANUAL)
        judge(store, draw, dict.fromkeys(ids_of(store, draw), "no"))
        made.append(assess_release(store, release))  # with answers: a newer assessment of the same release
    with store.database.read() as connection:
        found = verdicts.history(connection, Stage.PRE_TRAINING)
        assert verdicts.history(connection, Stage.FINE_TUNING) == []
    assert [line.assessment for line in found] == [one.assessment for one in made]
    assert [line.population for line in found] == [one.population for one in made]


def test_verdicts_stored_before_a_field_existed_are_read():
    found = Verdict(
        "8.2.3.b.4", V.COMPLIANT, "why", parts=(Verdict("8.2.3.b.4.manual", V.COMPLIANT, "why", interval=(0.1, 0.2)),)
    )
    content = json.loads(json.dumps(asdict(found)))
    assert verdicts.restored(json.loads(json.dumps(asdict(found)))) == found
    for one in (content, content["parts"][0]):
        del one["interval"], one["note"]
    assert verdicts.restored(content).parts[0].interval is None
