"""The card of a model in use is evidence: what it was measured to find, appended only when it says something new."""

from __future__ import annotations

import shutil

from dataset_safety.classifier.card_records import CLAUSE, cards_on_record, record_cards
from dataset_safety.classifier.models import load_model
from dataset_safety.shipping import bundled_model
from dataset_safety.standard import load_edition
from dataset_safety.store.artifacts import evidence_for
from dataset_safety.store.facade import open_store


def test_the_card_holds_what_was_measured_and_is_recorded_once(tmp_path):
    folder = bundled_model()
    model = load_model(folder)
    with open_store(tmp_path / "home") as store:
        for _ in range(2):
            with store.database.write() as connection:
                record_cards(connection, [(folder, model)], folder)
        with store.database.read() as connection:
            card = cards_on_record(connection, [model.version, "unknown"])[model.version]
            assert len(evidence_for(connection, CLAUSE)) == 1
    assert card["origin"] == "bundled" and card["probe_texts"] > 0
    assert {risk: found["status"] for risk, found in card["risks"].items()} == dict(model.coverage)
    assert {risk for _, risks in card["labels"] for risk in risks} == set(load_edition().risk_ids)
    assert card["risks"]["A.1.d"]["recall"]["n"] > 0 and 0 <= card["thresholds"]["A.1.d"]["review"] <= 1


def test_a_model_without_a_report_of_its_own_has_a_card_without_measurement(tmp_path):
    for name in ("manifest.json", "model.onnx"):
        (tmp_path / "mine").mkdir(exist_ok=True)
        shutil.copyfile(bundled_model() / name, tmp_path / "mine" / name)
    model = load_model(tmp_path / "mine")
    with open_store(tmp_path / "home") as store, store.database.write() as connection:
        record_cards(connection, [(tmp_path / "mine", model)], bundled_model())
        card = cards_on_record(connection, [model.version])[model.version]
    assert card["origin"] == "operator" and card["risks"] == {} and card["probe_texts"] == 0
