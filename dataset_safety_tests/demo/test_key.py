"""The key of the demo corpus, compared with what the workflow stored about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dataset_safety.collection.releases import freeze
from dataset_safety.demo.corpus import build
from dataset_safety.demo.errors import NothingToCheck
from dataset_safety.demo.key import DemoKey
from dataset_safety.engine.local import WORKERS_VARIABLE
from dataset_safety.preprocessing.recipes import DetectorSources
from dataset_safety.preprocessing.releases import annotate_release, identify_release
from dataset_safety.report.gathering import gather
from dataset_safety.shipping import shipped
from dataset_safety.standard.stages import Stage
from dataset_safety.store import releases
from dataset_safety.store.facade import Store, open_store
from dataset_safety.usage.policy import Policy
from dataset_safety.usage.releases import filter_release


@pytest.fixture(scope="module")
def processed(tmp_path_factory):
    """A small demo corpus after reading, identification and filtering."""
    folder = tmp_path_factory.mktemp("demo")
    key = build(folder / "inbox", samples_per_stage=500)
    with pytest.MonkeyPatch.context() as patched, open_store(folder / "home") as store:
        patched.setenv(WORKERS_VARIABLE, "1")
        for stage in Stage:
            _process(store, folder / "inbox", stage)
        yield store, key


def _process(store: Store, inbox, stage: Stage) -> None:
    release = freeze(inbox, stage)
    with store.database.write() as connection:
        releases.save(connection, release)
    p1 = annotate_release(store, release)
    labels = identify_release(store, p1, DetectorSources((shipped("keyword_store"),), (), ("keyword", "pattern")))
    filter_release(store, release, p1, labels, Policy())


@pytest.mark.parametrize("stage", list(Stage))
def test_every_planted_defect_is_found(processed, stage):
    store, key = processed
    rows = key.check(store, stage)
    assert sum(row.planted for row in rows) == len(key.of(stage))
    assert [row for row in rows if not row.complete] == []


@pytest.mark.parametrize("stage", list(Stage))
def test_nothing_else_is_taken_out(processed, stage):
    store, key = processed
    with store.database.read() as connection:
        release = releases.latest(connection, stage)
    totals = gather(store, release.release_id).totals
    out = ("risk", "personal_information", "agreement", "licence", "authorisation")
    planted = [unit for unit in key.of(stage) if unit.kind.partition(":")[0] in out]
    assert totals["removed"] + totals["held"] <= len(planted)
    assert totals["quarantined"] == sum(unit.kind == "unreadable" for unit in key.of(stage))


def test_a_defect_that_is_not_there_is_reported_as_missed(processed):
    store, key = processed
    unit = next(unit for unit in key.of(Stage.PRE_TRAINING) if unit.kind == "copy_in_file")
    moved = replace(unit, unit=10_000)
    rows = DemoKey(key.seed, key.samples_per_stage, (unit, moved)).check(store, Stage.PRE_TRAINING)
    assert [(row.planted, row.found, row.missed) for row in rows] == [(2, 1, (moved.place,))]


def test_a_home_without_the_demo_says_so(tmp_path):
    with open_store(tmp_path / "home") as store, pytest.raises(NothingToCheck) as refused:
        DemoKey("", 0, ()).check(store, Stage.PRE_TRAINING)
    assert refused.value.exit_code == 3
