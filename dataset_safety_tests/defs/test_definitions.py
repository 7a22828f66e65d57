"""The graph that Dagster shows: artifacts, checks, jobs and sensors."""

from __future__ import annotations

import dagster as dg
import pytest

from dataset_safety.definitions import defs
from dataset_safety.defs.jobs import ARTIFACTS
from dataset_safety.standard import Stage, check_name, load_edition


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


@pytest.mark.parametrize("stage", list(Stage))
def test_every_artifact_is_an_asset_with_group_owner_kind_and_clause(graph, stage):
    for artifact in (*ARTIFACTS, "training_export"):
        node = graph.get(dg.AssetKey([stage.value, artifact]))
        assert node.group_name == stage.value
        assert node.owners == ["team:data-safety"]
        assert node.kinds
        assert node.description
        assert node.partitions_def is not None


@pytest.mark.parametrize("stage", list(Stage))
def test_one_check_for_each_expected_result(graph, stage):
    asset = dg.AssetKey([stage.value, "evaluation_verdicts"])
    found = {key.name for key in graph.asset_check_keys if key.asset_key == asset}
    assert found == {check_name(clause.id) for clause in load_edition().expected_results(stage)}
    assert len(found) == {Stage.PRE_TRAINING: 16, Stage.FINE_TUNING: 13}[stage]


def test_appendix_b_is_checked_risk_by_risk(graph):
    names = {key.name for key in graph.asset_check_keys}
    edition = load_edition()
    assert {check_name(f"K.B.2.{risk.id}") for risk in edition.risks} <= names
    assert {check_name(f"K.B.1.b.{risk.id}") for risk in edition.risks if risk.keyword_min} <= names


def test_only_the_accounting_law_blocks():
    blocking = [spec for checks in defs.asset_checks for spec in checks.check_specs if spec.blocking]
    assert {spec.name for spec in blocking} == {"units_accounted_for"}


@pytest.mark.parametrize("stage", list(Stage))
def test_the_export_is_outside_the_assess_jobs(stage):
    job = defs.resolve_job_def(f"assess_{stage.value}")
    assert dg.AssetKey([stage.value, "training_export"]) not in job.asset_layer.executable_asset_keys
    assert dg.AssetKey([stage.value, "assessment_report"]) in job.asset_layer.executable_asset_keys


@pytest.mark.parametrize("stage", list(Stage))
def test_a_round_after_people_judged_begins_at_the_filter(stage):
    keys = defs.resolve_job_def(f"follow_review_{stage.value}").asset_layer.executable_asset_keys
    assert {key.path[-1] for key in keys} == set(ARTIFACTS[ARTIFACTS.index("filtered_corpus") :])


def test_sensors_are_there():
    names = {sensor.name for sensor in defs.sensors}
    assert {"keyword_refresh_sensor", "run_failure_alert", "verdict_alert"} <= names
    assert {f"{stage.value}_{what}_sensor" for stage in Stage for what in ("inbox", "release", "review")} <= names
