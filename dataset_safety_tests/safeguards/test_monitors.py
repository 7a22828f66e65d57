"""Monitors notice defects of the data, tell each once, and record that they ran (8.1 b 2)."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from dataset_safety import clock
from dataset_safety.keywords.entries import EntryEffect
from dataset_safety.keywords.files import read_store
from dataset_safety.safeguards.alerts import alerts, close_alert
from dataset_safety.safeguards.exposure import exposed
from dataset_safety.safeguards.monitors import CLAUSE, MONITORS, RUN, watch
from dataset_safety.shipping import shipped
from dataset_safety.standard import Stage
from dataset_safety.store import artifacts, corpora
from dataset_safety.store.artifacts import Artifact, evidence_for
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.cases import filtered
from dataset_safety_tests.inboxes import small_inbox, write_source
from dataset_safety_tests.safeguards.probes.deployments import damage


def found(store):
    return {name: count for name, count in watch(store).defects.items() if count}


def damaged(store):
    digest = store.objects.publish_bytes(b"an object" * 100)
    with store.database.write() as connection:
        artifacts.save(connection, Artifact("test", digest, {}, digest))
    damage(store.objects.path(digest))
    return digest


def last_round(connection):
    return [row for row in evidence_for(connection, CLAUSE) if row.kind == RUN][-1]


def open_alerts(store):
    with store.database.read() as connection:
        return [one for one in alerts(connection) if one.open]


def test_a_sound_home_raises_nothing_and_the_round_is_on_record(store):
    assert found(store) == {}
    with store.database.read() as connection:
        assert set(last_round(connection).content["monitors"]) == {monitor.name for monitor in MONITORS}
    assert open_alerts(store) == []


@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_a_damaged_object_is_told_once_and_again_when_its_alert_was_closed_without_repair(store, how):
    digest = damaged(store)
    if how == "missing":
        store.objects.path(digest).unlink()
    for _ in range(2):
        assert found(store) == {"damaged_objects": 1}
        (alert,) = open_alerts(store)
        assert alert.subject == digest
    close_alert(store, alert.alert, action="nothing at all", by="chen")
    assert found(store) == {"damaged_objects": 1}
    assert len(open_alerts(store)) == 1


def test_a_home_that_others_can_read_is_told(store):
    store.home.root.chmod(0o750)
    assert found(store) == {"exposed_files": 1}


def test_an_agreement_that_ended_since_is_told_once(store, tmp_path):
    agreement = '[agreement]\nkind = "contract"\nscope = ["training"]\nvalid_from = "2020-01-01"\nvalid_until = "{0}"\n'
    organisation = 'kind = "organisation"\n[origin]\ndataset_name = "n"\norganisation = "o"\ncollected_at = "2021-01-01"\n'
    day = clock.today() + timedelta(days=2)
    toml = organisation + agreement.format(day.isoformat())
    write_source(tmp_path / "inbox", "pre_training", "notes", toml, {"a.txt": "A library opens at nine."})
    filtered(store, tmp_path / "inbox", Stage.PRE_TRAINING)
    assert found(store) == {}
    with clock.fixed(clock.now() + timedelta(days=5)):
        assert found(store) == {"expired_agreements": 1}
        (alert,) = open_alerts(store)
        assert alert.subject == "pre_training/notes agreement:expired"
        close_alert(store, alert.alert, action="the source was taken out", by="chen")
        found(store)
        assert open_alerts(store) == []


def test_risk_content_that_the_filter_took_out_is_told_and_handled(store, tmp_path):
    entry = next(
        one for one in read_store(shipped("keyword_store")).active if one.effect is EntryEffect.REJECT and len(one.parts) == 1
    )
    inbox = small_inbox(tmp_path)
    (inbox / "pre_training" / "library-notes" / "bad.txt").write_text(entry.parts[0], encoding="utf-8")
    release = filtered(store, inbox, Stage.PRE_TRAINING)
    assert found(store) == {"risk_content": 1}
    with store.database.read() as connection:
        (alert,) = alerts(connection)
        corpus = corpora.latest(connection, release.release_id)
    assert (alert.subject, alert.by) == (f"pre_training {release.short} {corpus.population[:12]}", "dataset-safety")
    assert "0 of them in use" in alert.what and entry.parts[0] not in alert.what


def test_a_monitor_that_cannot_look_has_not_run(store, tmp_path):
    release = filtered(store, small_inbox(tmp_path), Stage.PRE_TRAINING)
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    store.objects.path(corpus.parts[0].labels).unlink()
    assert "risk_content" not in watch(store).defects
    with store.database.read() as connection:
        assert "risk_content" not in last_round(connection).content["monitors"]


def test_a_monitor_that_the_operating_system_stops_has_not_run_and_does_not_stop_the_others(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    with open_store(tmp_path / "home") as store:
        shutil.rmtree(store.home.root)
        assert set(watch(store).defects) == {monitor.name for monitor in MONITORS} - {"exposed_files"}


def test_files_that_vanish_while_they_are_looked_at_stop_nothing(tmp_path):
    tmp_path.chmod(0o700)
    over = threading.Event()

    def come_and_go():
        while not over.is_set():
            (tmp_path / "staging").mkdir()
            for number in range(20):
                (tmp_path / "staging" / f"{number}").touch()
            shutil.rmtree(tmp_path / "staging")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(2000):
            assert list(exposed(tmp_path)) == []
    finally:
        over.set()
        thread.join()


def test_a_release_that_is_filtered_anew_tells_its_risk_content_again(store, tmp_path):
    entry = next(
        one for one in read_store(shipped("keyword_store")).active if one.effect is EntryEffect.REJECT and len(one.parts) == 1
    )
    inbox = small_inbox(tmp_path)
    (inbox / "pre_training" / "library-notes" / "bad.txt").write_text(entry.parts[0], encoding="utf-8")
    release = filtered(store, inbox, Stage.PRE_TRAINING)
    found(store)
    with store.database.write() as connection:
        corpus = corpora.latest(connection, release.release_id)
        corpora.save(connection, replace(corpus, corpus_id="f" * 64, population="e" * 64))
    for _ in range(2):
        found(store)
    with store.database.read() as connection:
        assert [one.subject.split()[-1] for one in alerts(connection)] == [corpus.population[:12], "e" * 12]
