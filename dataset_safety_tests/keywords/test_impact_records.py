"""What a generation costs in benign text is measured once, kept as evidence, and holds counts and ids only."""

from __future__ import annotations

import json

from dataset_safety.keywords import refreshing
from dataset_safety.keywords.impact import gold_sets
from dataset_safety.keywords.impact_records import CLAUSE, KIND, impact_on_record, recorded_impact
from dataset_safety.store import artifacts


def evidence(store):
    with store.database.read() as connection:
        return [one for one in artifacts.evidence_for(connection, CLAUSE) if one.kind == KIND]


def test_every_benign_set_is_counted_and_kept(store):
    library = refreshing.in_force(store)
    made = recorded_impact(store, library)
    assert set(made.sets) == {name for name, _ in gold_sets()}
    assert made.total()["texts"] == sum(len(texts) for _, texts in gold_sets())
    with store.database.read() as connection:
        assert impact_on_record(connection, library.generation) == made
        assert impact_on_record(connection, "0" * 64) is None


def test_the_same_generation_is_measured_once(store):
    library = refreshing.in_force(store)
    assert recorded_impact(store, library) == recorded_impact(store, library)
    assert len(evidence(store)) == 1


def test_no_benign_text_is_in_the_evidence(store):
    recorded_impact(store, refreshing.in_force(store))
    written = json.dumps(evidence(store)[0].content, ensure_ascii=False)
    assert not any(text in written for _, texts in gold_sets() for text in texts)
