"""Runs in a real Dagster instance: check results follow the stored rows, the gate holds, sensors and alerts act."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest

from dataset_safety.definitions import defs
from dataset_safety.defs import alerts
from dataset_safety.defs.inbox import freeze_release
from dataset_safety.defs.running import assess_inbox, dagster_instance
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard import Stage, VerdictValue, check_name
from dataset_safety.store import corpora, releases, verdicts
from dataset_safety.store.facade import open_store
from dataset_safety_tests.inboxes import CHINESE, jsonl, small_inbox

pytestmark = pytest.mark.timeout(600)
STAGE = Stage.PRE_TRAINING


@pytest.fixture(scope="module", autouse=True)
def one_worker():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATASET_SAFETY_WORKERS", "1")
        yield


@pytest.fixture(scope="module")
def assessed(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    inbox = small_inbox(root)
    outcomes = assess_inbox(inbox, root / "home", list(Stage))
    workspace = Workspace(home=str(root / "home"), inbox=str(inbox))
    with dagster_instance(workspace.path()) as instance:
        yield workspace, instance, outcomes


def sensor(name):
    return next(found for found in defs.sensors if found.name == name)


def test_check_results_show_the_stored_rows(assessed):
    _, instance, outcomes = assessed
    for outcome in outcomes:
        asset = dg.AssetKey([outcome.stage.value, "evaluation_verdicts"])
        for verdict in outcome.verdicts:
            record = instance.event_log_storage.get_latest_asset_check_execution_by_key(
                [dg.AssetCheckKey(asset, check_name(verdict.clause))]
            )
            evaluation = next(iter(record.values())).event.dagster_event.asset_check_evaluation_data
            assert evaluation.passed == verdict.value.passed
            assert evaluation.metadata["verdict"].value == verdict.value.value
            failed = verdict.value in (VerdictValue.NON_COMPLIANT, VerdictValue.ERROR)
            assert evaluation.severity == (dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN)


def test_no_sample_text_reaches_dagster(assessed):
    workspace, _, _ = assessed
    for path in workspace.path().dagster.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert all(text.encode() not in content for text in CHINESE)


def test_the_export_refuses_while_a_gate_is_closed(assessed, monkeypatch):
    workspace, instance, outcomes = assessed
    monkeypatch.setenv("DATASET_SAFETY_HOME", workspace.home)
    export = defs.resolve_assets_def(dg.AssetKey([STAGE.value, "training_export"]))
    result = dg.materialize([export], instance=instance, partition_key=outcomes[0].release, raise_on_error=False)
    assert not result.success
    assert not list(workspace.path().exports.glob("*"))


def test_a_changed_file_fails_the_accounting_check_and_stops_what_follows(assessed, tmp_path):
    inbox = small_inbox(tmp_path)
    outcome = assess_inbox(inbox, tmp_path / "home", [STAGE])[0]
    workspace = Workspace(home=str(tmp_path / "home"), inbox=str(inbox))
    with open_store(tmp_path / "home") as store:
        with store.database.read() as connection:
            corpus = corpora.latest(connection, outcome.release)
        part = next(part for part in corpus.parts if part.kept > 1)
        frame = store.objects.read_frame(part.kept_object)
        fewer = store.objects.publish_frame(frame.head(1))
        store.objects.path(part.kept_object).write_bytes(store.objects.path(fewer).read_bytes())
    with dagster_instance(workspace.path()) as instance:
        result = defs.resolve_job_def(f"assess_{STAGE.value}").execute_in_process(
            instance=instance, partition_key=outcome.release, raise_on_error=False, resources={"workspace": workspace}
        )
    assert not result.success
    materialized = {event.asset_key.path[-1] for event in result.all_events if event.is_step_materialization}
    assert "review_draws" not in materialized


def test_the_inbox_sensor_notices_new_shards_once(assessed, tmp_path):
    inbox = small_inbox(tmp_path)
    workspace = Workspace(home=str(tmp_path / "home"), inbox=str(inbox))
    found = sensor(f"{STAGE.value}_inbox_sensor")

    def tick(cursor):
        return found.evaluate_tick(dg.build_sensor_context(cursor=cursor, resources={"workspace": workspace}, definitions=defs))

    with dg.DagsterInstance.ephemeral():
        first = tick(None)
        assert len(first.run_requests) == 1
        assert tick(first.cursor).run_requests == []
        (inbox / STAGE.value / "pages" / "more.jsonl").write_text(
            jsonl([{"text": "more", "url": "https://example.net/9"}]), encoding="utf-8"
        )
        assert len(tick(first.cursor).run_requests) == 1


def test_a_new_release_is_assessed(assessed, tmp_path):
    workspace = Workspace(home=str(tmp_path / "home"), inbox=str(small_inbox(tmp_path)))
    with dg.DagsterInstance.ephemeral() as instance:
        release = freeze_release(workspace, STAGE, instance)
        context = dg.build_sensor_context(instance=instance, resources={"workspace": workspace}, definitions=defs)
        requests = sensor(f"{STAGE.value}_release_sensor")(context).run_requests
    assert [request.partition_key for request in requests] == [release.release_id]


@pytest.fixture
def webhook(monkeypatch):
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv(alerts.WEBHOOK_VARIABLE, f"http://127.0.0.1:{server.server_port}/alert")
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


def test_verdicts_that_did_not_pass_are_told_once(assessed, webhook):
    workspace, _, outcomes = assessed
    context = dg.build_sensor_context(resources={"workspace": workspace}, definitions=defs)
    tick = sensor("verdict_alert").evaluate_tick(context)
    told = {(one["release"], one["clause"]) for message in webhook for one in message["verdicts"]}
    expected = {
        (outcome.release, verdict.clause) for outcome in outcomes for verdict in outcome.verdicts if not verdict.value.passed
    }
    assert told == expected
    again = dg.build_sensor_context(cursor=tick.cursor, resources={"workspace": workspace}, definitions=defs)
    sensor("verdict_alert").evaluate_tick(again)
    assert len(webhook) == 1


def test_the_newest_assessment_decides(assessed):
    workspace, _, outcomes = assessed
    with workspace.opened() as store, store.database.read() as connection:
        stored = verdicts.latest(connection, outcomes[0].release)
        assert releases.load(connection, outcomes[0].release).release_id == outcomes[0].release
    assert list(stored.verdicts) == list(outcomes[0].verdicts)
