"""A release is pinned as long as people may still have to judge something of it, also what nobody has looked for yet."""

from __future__ import annotations

import pytest

from dataset_safety.evaluation.pinning import pinned
from dataset_safety.evaluation.reviewing import HELD, TECHNICAL
from dataset_safety.evaluation.technical_audit import audit
from dataset_safety.store.facade import open_store
from dataset_safety_tests.evaluation.rounds import inbox_of, judge, run


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_WORKERS", "1")
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.mark.parametrize("flagged", [0, 40])
def test_a_technical_draw_is_open_until_it_was_scanned_and_people_have_judged_what_was_flagged(store, tmp_path, flagged):
    made = run(store, inbox_of(tmp_path, texts=40 - flagged, flagged=flagged))
    for drawn in made.draws:
        if drawn.purpose not in (TECHNICAL, HELD):
            judge(store, drawn)
    assert pinned(store, made.release).open_draws == 1  # not scanned yet
    assert bool(audit(store, made.corpus, made.draw(TECHNICAL)).flagged) == bool(flagged)
    if flagged:
        assert pinned(store, made.release).open_draws == 1
        judge(store, made.draw(TECHNICAL))
    assert pinned(store, made.release) is None
