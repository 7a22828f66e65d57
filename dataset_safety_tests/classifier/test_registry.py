from __future__ import annotations

import onnx
import pytest

from dataset_safety.classifier.errors import HashMismatch, LabelMapMissing, NotRegistered, ReadsOutside, TooLarge, WrongWidth
from dataset_safety.classifier.registry import Registry
from dataset_safety_tests.classifier.made_models import RISKS, manifest_of, word_graph, write_model

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


def without_labels(folder):
    write_model(folder, GRAPH, manifest_of(GRAPH) | {"labels": [], "thresholds": {}})


def changed_file(folder):
    write_model(folder, GRAPH)
    (folder / "model.onnx").write_bytes(GRAPH + b"\x00")


def reading_outside(folder):
    model = onnx.load_from_string(GRAPH)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret.bin")
    graph = model.SerializeToString()
    write_model(folder, graph, manifest_of(graph))


def too_narrow(folder):
    write_model(folder, GRAPH, manifest_of(GRAPH, outputs=RISKS[:28]))


def two_gigabytes(folder):
    write_model(folder, GRAPH)
    with (folder / "model.onnx").open("r+b") as file:
        file.truncate(2 << 30)  # sparse: takes no disk


@pytest.mark.parametrize(
    ("spoilt", "error", "reason"),
    [
        (without_labels, LabelMapMissing, "no output is mapped to a risk"),
        (changed_file, HashMismatch, "not the file that the manifest names"),
        (reading_outside, ReadsOutside, "model"),
        (too_narrow, WrongWidth, "28 entries"),
        (two_gigabytes, TooLarge, "2147483648 bytes"),
    ],
)
def test_bad_input_is_refused_with_the_reason_and_the_active_model_stays(tmp_path, spoilt, error, reason):
    registry = Registry(tmp_path / "models")
    good = registry.register(write_model(tmp_path / "good", GRAPH))
    registry.activate([good.version], by="eva", reason="first")
    spoilt(tmp_path / "bad")
    with pytest.raises(error, match=reason) as refused:
        registry.register(tmp_path / "bad")
    assert error is not LabelMapMissing or len(refused.value.missing) == 29
    assert registry.active() == [registry.folder_of(good.version)] and registry.registered() == [good.version]
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == sorted(
        ["active.json", registry.folder_of(good.version).name]
    )


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
