"""A model folder is used as its manifest says, or refused with the reason."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from dataset_safety.classifier import models
from dataset_safety.classifier.errors import (
    HashMismatch,
    LabelMapMissing,
    ManifestInvalid,
    ModelRefused,
    OutputInvalid,
    ReadsOutside,
    TooLarge,
    UnknownOperators,
    WrongWidth,
)  # fmt: skip
from dataset_safety.classifier.models import load_model
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety_tests.classifier.made_models import RISKS, manifest_of, word_graph, write_model

GRAPH = word_graph({"A.2.e": {"spite": 100}})


def codepoint_graph(nodes, outputs, initializers=(), domain_imports=()):
    """A graph over int64 code points [N, L] whose output is ``scores``."""
    given = helper.make_tensor_value_info("cp", TensorProto.INT64, ["n", "l"])
    made = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", outputs])
    graph = helper.make_graph(nodes, "g", [given], [made], list(initializers))
    imports = [helper.make_opsetid("", 18), *(helper.make_opsetid(domain, 1) for domain in domain_imports)]
    return helper.make_model(graph, opset_imports=imports, ir_version=10)


def first_letter_graph(width, factor=0.0):
    """Scores = bias + factor * mean code point; a constant when the factor is 0, NaN when it is."""
    nodes = [
        helper.make_node("Cast", ["cp"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["f", "axes"], ["m"], keepdims=1),
        helper.make_node("Mul", ["m", "w"], ["wide"]),
        helper.make_node("Sigmoid", ["wide"], ["scores"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1], dtype=np.int64), "axes"),
        numpy_helper.from_array(np.full((1, width), factor, dtype=np.float32), "w"),
    ]
    return codepoint_graph(nodes, width, constants).SerializeToString()


def codepoint_manifest(graph, **changes):
    return manifest_of(graph, input={"kind": "codepoints", "max_length": 64, "stride": 48, "names": ["cp"]}, **changes)


def test_a_good_folder_loads_and_scores(tmp_path):
    model = load_model(write_model(tmp_path / "m", GRAPH))
    assert model.risks == RISKS
    scores = model.scores(TextBatch.of(["spite", "peace"]))
    column = RISKS.index("A.2.e")
    assert scores.values[0, column] > 0.9 > 0.1 > scores.values[1, column]


def test_the_strongest_window_of_a_long_text_is_the_span(tmp_path):
    model = load_model(write_model(tmp_path / "m", word_graph({"A.2.e": {"spite": 127, "malice": 127}}, bias=1.0)))
    text = "calm words and more of them " * 100 + "spite malice " * 20 + "calm words and more of them " * 100
    start, end = model.scores(TextBatch.of([text])).span(0, RISKS.index("A.2.e"))
    assert "spite malice" in text[start:end] and end - start < 600


def test_a_changed_file_is_refused(tmp_path):
    folder = write_model(tmp_path / "m", GRAPH)
    (folder / "model.onnx").write_bytes(GRAPH + b"\x00")
    with pytest.raises(HashMismatch):
        load_model(folder)


def test_a_missing_label_map_is_refused_with_the_list(tmp_path):
    with pytest.raises(LabelMapMissing) as refused:
        load_model(write_model(tmp_path / "m", GRAPH, manifest_of(GRAPH) | {"labels": [], "thresholds": {}}))
    assert refused.value.missing == list(RISKS)


def test_an_output_that_stands_in_no_entry_is_refused(tmp_path):
    manifest = manifest_of(GRAPH)
    manifest["labels"][5]["index"] = 40
    with pytest.raises(LabelMapMissing) as refused:
        load_model(write_model(tmp_path / "m", GRAPH, manifest))
    assert refused.value.missing == [5]


def test_the_wrong_width_is_refused(tmp_path):
    with pytest.raises(WrongWidth):
        load_model(write_model(tmp_path / "m", GRAPH, manifest_of(GRAPH, outputs=RISKS[:28])))


@pytest.mark.parametrize("key", ["version", "output", "thresholds"])
def test_an_incomplete_manifest_is_refused_by_the_name_of_the_key(tmp_path, key):
    manifest = manifest_of(GRAPH)
    del manifest[key]
    with pytest.raises(ManifestInvalid, match=key):
        load_model(write_model(tmp_path / "m", GRAPH, manifest))


def test_an_unknown_key_is_refused(tmp_path):
    with pytest.raises(ManifestInvalid, match="treshold"):
        load_model(write_model(tmp_path / "m", GRAPH, manifest_of(GRAPH, treshold={})))


def test_a_manifest_that_is_no_json_is_refused(tmp_path):
    folder = write_model(tmp_path / "m", GRAPH)
    (folder / "manifest.json").write_bytes(b"[" * 100_000)
    with pytest.raises(ManifestInvalid):
        load_model(folder)


def test_a_model_over_the_limit_is_not_even_read(tmp_path, monkeypatch):
    folder = write_model(tmp_path / "m", GRAPH)
    with (folder / "model.onnx").open("r+b") as file:
        file.truncate(2 << 30)  # sparse: takes no disk
    with pytest.raises(TooLarge) as refused:
        load_model(folder)
    assert refused.value.size == 2 << 30 and refused.value.limit == models.MAX_MODEL_BYTES


def test_tensors_outside_the_file_are_refused(tmp_path):
    model = onnx.load_from_string(first_letter_graph(29))
    tensor = model.graph.initializer[1]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    graph = model.SerializeToString()
    with pytest.raises(ReadsOutside):
        load_model(write_model(tmp_path / "m", graph, codepoint_manifest(graph)))


def test_foreign_operators_are_refused_in_subgraphs_too(tmp_path):
    inner = helper.make_graph(
        [helper.make_node("Steal", [], ["b"], domain="evil.example")],
        "inner",
        [],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)],
    )
    nodes = [helper.make_node("If", ["yes"], ["scores"], then_branch=inner, else_branch=inner)]
    yes = numpy_helper.from_array(np.array(True), "yes")
    graph = codepoint_graph(nodes, 29, [yes], ["evil.example"]).SerializeToString()
    with pytest.raises(UnknownOperators, match=r"evil\.example"):
        load_model(write_model(tmp_path / "m", graph, codepoint_manifest(graph)))


@pytest.mark.parametrize("content", [b"", b"not a model at all", b"\xff" * 64])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    with pytest.raises(ModelRefused):
        load_model(write_model(tmp_path / "m", content, manifest_of(content)))


def test_scores_that_are_no_numbers_are_refused(tmp_path):
    graph = first_letter_graph(29, float("nan"))
    with pytest.raises(OutputInvalid):
        load_model(write_model(tmp_path / "m", graph, codepoint_manifest(graph)))


def test_logits_called_probabilities_are_refused(tmp_path):
    nodes = [
        helper.make_node("Cast", ["cp"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["f", "axes"], ["m"], keepdims=1),
        helper.make_node("Mul", ["m", "w"], ["scores"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1]), "axes"),
        numpy_helper.from_array(np.full((1, 29), 3, dtype=np.float32), "w"),
    ]
    graph = codepoint_graph(nodes, 29, constants).SerializeToString()
    with pytest.raises(OutputInvalid):
        load_model(write_model(tmp_path / "m", graph, codepoint_manifest(graph)))


def test_a_model_of_other_features_is_refused(tmp_path):
    manifest = manifest_of(GRAPH)
    manifest["input"]["features"] = "units-0"
    with pytest.raises(ModelRefused, match="features"):
        load_model(write_model(tmp_path / "m", GRAPH, manifest))


def test_one_output_may_speak_of_several_risks_with_a_weight(tmp_path):
    graph = first_letter_graph(2, 1.0)
    labels = [
        {"index": 0, "label": "unsafe", "risks": ["A.1.d", "A.1.f"], "weight": 0.5},
        {"index": 1, "label": "safe", "risks": []},
    ]
    manifest = codepoint_manifest(graph) | {"labels": labels, "thresholds": {"A.1.d": {"review": 0.4}}}
    model = load_model(write_model(tmp_path / "m", graph, manifest))
    assert model.risks == ("A.1.d", "A.1.f")
    assert np.allclose(model.scores(TextBatch.of(["zzz"])).values, 0.5)


def test_a_probe_report_counts_for_its_own_manifest_only(tmp_path):
    folder = write_model(tmp_path / "m", GRAPH, statuses={"A.2.e": "measured-ok"})
    assert load_model(folder).status("A.2.e") == "measured-ok"
    before = load_model(folder).version
    report = json.loads((folder / "probe_report.json").read_text()) | {"manifest_sha256": "0" * 64}
    (folder / "probe_report.json").write_text(json.dumps(report))
    assert load_model(folder).status("A.2.e") == "unproven"
    assert load_model(folder).version != before
