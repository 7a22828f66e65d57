"""Dagster follows the people who judge: the sensor starts a round when a draw is closed, and the round acts."""

from __future__ import annotations

import dagster as dg
import pytest

from dataset_safety.definitions import defs
from dataset_safety.defs.running import assess_inbox, dagster_instance
from dataset_safety.defs.workspace import RELEASES, Workspace
from dataset_safety.evaluation.reviewing import HELD, MANUAL, current
from dataset_safety.standard import Stage, check_name
from dataset_safety.store import corpora, verdicts
from dataset_safety.store.audit import events
from dataset_safety.store.draws import draws
from dataset_safety_tests.evaluation.rounds import judge
from dataset_safety_tests.inboxes import small_inbox

pytestmark = pytest.mark.timeout(600)
STAGE = Stage.PRE_TRAINING


def _newest(store, release):
    with store.database.read() as connection:
        return corpora.latest(connection, release), draws(connection, release), verdicts.latest(connection, release)


def test_a_closed_draw_starts_a_round_that_takes_condemned_rows_out(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    monkeypatch.setenv("DATASET_SAFETY_REVIEW_URL", "https://review.example/")
    inbox = small_inbox(tmp_path)
    (outcome,) = assess_inbox(inbox, tmp_path / "home", [STAGE])
    workspace = Workspace(home=str(tmp_path / "home"), inbox=str(inbox))
    sensor = next(found for found in defs.sensors if found.name == f"{STAGE.value}_review_sensor")
    with dagster_instance(workspace.path()) as instance, workspace.opened() as store:
        assert instance.has_dynamic_partition(str(RELEASES[STAGE].name), outcome.release)

        def tick(cursor):
            context = dg.build_sensor_context(
                cursor=cursor, instance=instance, resources={"workspace": workspace}, definitions=defs
            )
            return sensor(context)

        assert isinstance(tick(None), dg.SkipReason)
        first, made, _ = _newest(store, outcome.release)
        manual = current(made, MANUAL)
        judge(store, manual, most=3)
        open_ = tick(None)
        assert not open_.run_requests and "no draw closed" in open_.skip_reason.skip_message
        bad = store.objects.read_frame(manual.items_object)["sample_id"][-1]
        judge(store, manual, lambda sample: {"risk": "yes", "categories": ["A.2.e"]} if sample == bad else {})
        judge(store, current(made, HELD))
        closed = tick(open_.cursor)
        (request,) = closed.run_requests
        assert request.partition_key == outcome.release
        assert isinstance(tick(closed.cursor), dg.SkipReason)

        job = defs.resolve_job_def(f"follow_review_{STAGE.value}")
        result = job.execute_in_process(
            instance=instance, partition_key=outcome.release, resources={"workspace": workspace}, tags=request.tags
        )
        assert result.success
        second, _, assessed = _newest(store, outcome.release)
        assert (second.kept, second.totals()["held"]) == (first.kept - 1 + first.totals()["held"], 0)
        assert assessed.population == second.population
        with store.database.read() as connection:
            assert [event.action for event in events(connection)].count("preprocess.annotate") == len(first.shards)
        (made_now,) = result.asset_materializations_for_node(f"{STAGE.value}__review_decisions")
        facts = {name: value.value for name, value in made_now.metadata.items()}
        assert (facts["condemned"], facts["held_cleared"], facts["held_confirmed"]) == (1, 1, 0)
        assert facts["reused"] > 0 and facts["disputed"] == 0 and facts["last_judgement"] > 0
        key = dg.AssetCheckKey(dg.AssetKey([STAGE.value, "evaluation_verdicts"]), check_name("8.2.3.b.4"))
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
        shown = record.event.dagster_event.asset_check_evaluation_data.metadata
        assert shown["review_page"].value == "https://review.example"
