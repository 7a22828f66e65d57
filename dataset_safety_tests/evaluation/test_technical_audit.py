"""The technical audit never uses the rules that filtered, scans what was drawn, and is done once."""

from __future__ import annotations

import pytest

from dataset_safety.collection.releases import freeze
from dataset_safety.evaluation.assessment import draw_for
from dataset_safety.evaluation.reviewing import TECHNICAL, current
from dataset_safety.evaluation.technical_audit import KIND, arm_of, audit, cleared
from dataset_safety.preprocessing.recipes import build_detectors, sources_of
from dataset_safety.preprocessing.releases import annotate_release, identify_release
from dataset_safety.standard import Stage
from dataset_safety.store import artifacts, releases
from dataset_safety.store.facade import open_store
from dataset_safety.usage.policy import Policy
from dataset_safety.usage.releases import filter_release
from dataset_safety_tests.inboxes import small_inbox


@pytest.fixture
def filtered(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with open_store(tmp_path / "home") as store:
        release = freeze(small_inbox(tmp_path), Stage.PRE_TRAINING)
        with store.database.write() as connection:
            releases.save(connection, release)
        p1 = annotate_release(store, release)
        corpus = filter_release(store, release, p1, identify_release(store, p1, sources_of(store.home)), Policy())
        yield store, release, corpus


def test_the_arm_is_not_the_filter():
    sources = sources_of(None)
    filters = {detector.version for detector in build_detectors(sources)}
    assert not {detector.version for detector in arm_of(sources)} & filters


def test_every_drawn_sample_is_scanned_once(filtered):
    store, release, corpus = filtered
    drawn = current(draw_for(store, release), TECHNICAL)
    assert drawn.size * 10 >= corpus.kept
    first = audit(store, corpus, drawn)
    assert first.scanned == drawn.size
    assert audit(store, corpus, drawn) == first
    with store.database.read() as connection:
        assert len(artifacts.versions(connection, KIND)) == 1


def test_only_flagged_samples_can_be_cleared():
    assert cleared(["a", "b"], ["b", "c"]) == 1
