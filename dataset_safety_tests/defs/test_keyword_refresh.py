"""The sensor refreshes the library before the week is over, the canary refuses what hits too much, and a rollback holds."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import pytest

from dataset_safety import clock
from dataset_safety.definitions import defs
from dataset_safety.defs import keyword_impact, keyword_library
from dataset_safety.defs.workspace import Workspace
from dataset_safety.keywords import generations, refreshing, reviews
from dataset_safety.keywords.files import read_store
from dataset_safety.keywords.refreshing import activate, approve, in_force, pending
from dataset_safety.keywords.rollback import rollback
from dataset_safety.preprocessing.identification import identify
from dataset_safety.preprocessing.recipes import sources_of
from dataset_safety.preprocessing.relabelling import RelabelTask, relabel, relabel_tasks
from dataset_safety.preprocessing.releases import annotate_release, identify_release
from dataset_safety.standard.stages import Stage
from dataset_safety.store import releases
from dataset_safety.store.facade import open_store
from dataset_safety.store.home import Home
from dataset_safety_tests.inboxes import jsonl, write_source
from dataset_safety_tests.keywords.refreshed import add_approvers, drop, small_shipped

MONDAY, SUNDAY = datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 29, 9, tzinfo=UTC)
COMMON = "阅览室"


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    stand_in = small_shipped(tmp_path)
    monkeypatch.setattr(refreshing, "shipped", stand_in)
    monkeypatch.setattr("dataset_safety.preprocessing.recipes.shipped", stand_in)
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    texts = [f"第{n}天，{COMMON}的窗边坐着看书的人。" for n in range(40)] + [f"第{n}次说明：机器照着做就行。" for n in range(400)]
    texts += ["新型迷幻药水货到付款，速来。", "绝密渠道代办入境，速来。"]
    rows = [{"text": text, "url": "https://example.org/a"} for text in texts]
    origin = 'kind = "organisation"\n[origin]\ndataset_name = "notes"\norganisation = "notes press"\n'
    write_source(tmp_path / "inbox", "pre_training", "notes", origin, {"a.jsonl": jsonl(rows)})
    made = Workspace(home=str(tmp_path / "home"), inbox=str(tmp_path / "inbox"))
    with made.opened() as store:
        add_approvers(store, "wang", "liu")
    return made


def evaluated(workspace, instance):
    """What the sensor asks for."""
    context = dg.build_sensor_context(instance=instance, resources={"workspace": workspace}, definitions=defs)
    return keyword_library.keyword_refresh_sensor(context)


def refreshed(workspace, instance):
    """The job that the sensor launches, executed."""
    job = defs.resolve_job_def("refresh_keyword_library")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return job.execute_in_process(instance=instance, raise_on_error=False, resources={"workspace": workspace}, run_config=quiet)


def frozen(workspace, instance):
    from dataset_safety.defs.inbox import freeze_release

    return freeze_release(workspace, Stage.PRE_TRAINING, instance, None)


def as_tasks(store, part, recipe, home):
    """What is to be done for a part that has no labels under ``recipe`` yet."""
    from dataset_safety.preprocessing.identification import IdentificationTask
    from dataset_safety.store.shards import load_recipe

    task = IdentificationTask(part, recipe, sources_of(home), store.objects.root, store.objects.staging)
    with store.database.read() as connection:
        return relabel_tasks(store, [task], load_recipe(connection, recipe))


def hit_by_keywords(store, labels):
    """Samples with a keyword finding."""
    frames = [store.objects.read_frame(one.object) for one in labels.parts.values()]
    return sum(any(one["method"] == "keyword" for one in found) for frame in frames for found in frame["findings"].to_list())


def test_the_sensor_refreshes_is_refused_by_the_canary_and_a_rollback_holds(workspace):
    home = Home.find(workspace.home)
    with dg.DagsterInstance.ephemeral() as instance, clock.fixed(MONDAY):
        assert evaluated(workspace, instance).run_requests  # nothing is in force yet
        assert refreshed(workspace, instance).success
        assert isinstance(evaluated(workspace, instance), dg.SkipReason)
        release = frozen(workspace, instance)
        with workspace.opened() as store:
            p1 = annotate_release(store, release)
            first = identify_release(store, p1, sources_of(home))
            before = in_force(store)
            drop(home.root, "新型迷幻药水 @review")
        assert evaluated(workspace, instance).run_requests  # a file waits
        assert refreshed(workspace, instance).success
        with workspace.opened() as store:
            approve(store, "wang")
            approve(store, "liu")
            activate(store)
            better = in_force(store)
            assert read_store(*sources_of(home).libraries) == better != before
            second = identify_release(store, p1, sources_of(home))
            assert (first.scanned_now, second.scanned_now) == (1, 1) and second.recipe != first.recipe
            (task,) = as_tasks(store, next(iter(second.parts)), second.recipe, home)
            assert isinstance(task, RelabelTask) and len(task.update.added) == 1
            whole = identify(task.task)
            assert whole.digest == second.parts[whole.part].digest == relabel(task).digest
            assert hit_by_keywords(store, second) == hit_by_keywords(store, first) + 1
    with dg.DagsterInstance.ephemeral() as instance, clock.fixed(SUNDAY):
        assert evaluated(workspace, instance).run_requests  # six days old
        drop(home.root, COMMON, "broad-A.1.h.zh.txt")
        refused = refreshed(workspace, instance)
        assert not refused.success
        (failure,) = [event for event in refused.all_events if event.is_step_failure]
        assert "hits 40 of 442 documents" in failure.step_failure_data.user_failure_data.description
        with workspace.opened() as store:
            assert in_force(store) == better
            rollback(store, "wang", reason="a test of the way back")
            assert in_force(store) == before == read_store(*sources_of(home).libraries)
            third = identify_release(store, p1, sources_of(home))
            assert third.recipe == first.recipe and third.scanned_now == 0


def test_a_refused_file_is_told_by_the_check_and_the_rest_waits_for_approval(workspace):
    home = Home.find(workspace.home)
    with dg.DagsterInstance.ephemeral() as instance, clock.fixed(MONDAY):
        drop(home.root, "新型迷幻药水 @review")
        drop(home.root, ".*毒品", "bad-A.1.h.zh.txt")
        found = refreshed(workspace, instance)
        assert found.success
        checks = {one.check_name: one for one in found.get_asset_check_evaluations()}
        assert not checks[keyword_library.TAKEN].passed
        assert checks[keyword_library.TAKEN].metadata["refused_now"].value == 1
        with workspace.opened() as store:
            assert pending(store).statement.added == 1
        asked = evaluated(workspace, instance).run_requests
        drop(home.root, ".*毒品", "bad-A.1.h.zh.txt")
        assert evaluated(workspace, instance).run_requests != asked


def test_two_reviews_without_a_change_fail_the_age_check(workspace):
    with dg.DagsterInstance.ephemeral() as instance, clock.fixed(MONDAY):
        for expected in (True, False):
            with workspace.opened() as store:
                reviews.record_review(store, "wang")
            checks = dg.materialize(
                [keyword_library.keyword_library, keyword_library.keyword_checks],
                instance=instance,
                resources={"workspace": workspace},
            ).get_asset_check_evaluations()
            (age,) = [one for one in checks if one.check_name == keyword_library.AGE]
            assert age.passed is expected
        assert age.metadata["reviews_without_change"].value == 2


def test_the_asset_and_its_checks_tell_the_standing(workspace):
    with dg.DagsterInstance.ephemeral() as instance, clock.fixed(MONDAY):
        selection = [keyword_library.keyword_library, keyword_library.keyword_checks, keyword_impact.keyword_impact]
        found = dg.materialize(selection, instance=instance, resources={"workspace": workspace})
        assert found.success
        checks = {one.check_name: one for one in found.get_asset_check_evaluations()}
    assert checks["neutral_texts_pass"].passed and checks[keyword_library.AGE].passed
    assert not checks[keyword_library.TOTAL].passed
    made = found.asset_materializations_for_node("keyword_library")[0].metadata
    assert made["approvers_required"].value == 2 and made["version"].value == 1


def test_before_the_first_refresh_the_folders_decide(workspace, tmp_path):
    home = Home.find(workspace.home)
    assert sources_of(home).libraries == generations.library_folders(home, tmp_path / "bundled")
    with open_store(home) as store, store.database.read() as connection:
        assert releases.listing(connection) == [] and generations.activations(connection) == []
