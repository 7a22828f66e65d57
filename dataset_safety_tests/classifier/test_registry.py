from __future__ import annotations

import pytest

from dataset_safety.classifier.errors import HashMismatch, NotRegistered
from dataset_safety.classifier.registry import Registry
from dataset_safety_tests.classifier.made_models import manifest_of, word_graph, write_model

GRAPH = word_graph({})


def test_a_refused_model_leaves_the_active_one(tmp_path):
    registry = Registry(tmp_path / "models")
    good = registry.register(write_model(tmp_path / "a", GRAPH))
    registry.activate([good.version], by="eva", reason="first")
    broken = write_model(tmp_path / "b", GRAPH, manifest_of(GRAPH, files={"model.onnx": "0" * 64}))
    with pytest.raises(HashMismatch):
        registry.register(broken)
    assert registry.active() == [registry.folder_of(good.version)]
    assert registry.registered() == [good.version]


def test_rollback_goes_back_and_keeps_the_history(tmp_path):
    registry = Registry(tmp_path / "models")
    first = registry.register(write_model(tmp_path / "a", GRAPH, manifest_of(GRAPH, version="1")))
    second = registry.register(write_model(tmp_path / "b", GRAPH, manifest_of(GRAPH, version="2")))
    registry.activate([first.version], by="eva", reason="first")
    registry.activate([second.version], by="eva", reason="better")
    assert registry.rollback(by="eva", reason="worse") == [first.version]
    assert registry.active() == [registry.folder_of(first.version)]
    assert [state["reason"] for state in registry.history()] == ["first", "better", "worse"]


def test_what_is_not_registered_cannot_be_activated(tmp_path):
    with pytest.raises(NotRegistered):
        Registry(tmp_path / "models").activate(["../../etc"], by="eva", reason="x")
    with pytest.raises(NotRegistered):
        Registry(tmp_path / "models").rollback(by="eva", reason="x")
