"""A small transformer of an operator: tokens, attention, windows, like lengths together."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from dataset_safety.classifier.errors import TokenizersMissing, TooSlow
from dataset_safety.classifier.manifest import read_manifest
from dataset_safety.classifier.models import load_model
from dataset_safety.classifier.runners import RUN_CELLS, by_length, new_session, run_limited, spans
from dataset_safety.classifier.tokens import TokenRunner
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety_tests.classifier.made_models import manifest_of

VOCABULARY = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "calm": 3, "words": 4, "spite": 5, ",": 6}
TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None, "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {
        "type": "Whitespace"
    },
    "added_tokens": [
        {
            "id": number,
            "content": name,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for name, number in (("[UNK]", 0), ("[CLS]", 1), ("[SEP]", 2))
    ],
    "post_processor": {
        "type": "TemplateProcessing", "pair": [],
        "single": [
            {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
        ],
        "special_tokens": {name: {"id": name, "ids": [VOCABULARY[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")},
    },
    "decoder": None, "model": {"type": "WordLevel", "vocab": VOCABULARY, "unk_token": "[UNK]"},
}  # fmt: skip


def transformer() -> bytes:
    """One attention layer over eight dimensions; the token 'spite' draws the attention and raises the first output."""
    rng = np.random.default_rng(0)
    embedding = rng.normal(0, 0.1, (len(VOCABULARY), 8)).astype(np.float32)
    embedding[5, 0] = 5
    head = np.zeros((8, 2), dtype=np.float32)
    head[0] = (3, -3)
    constants = {
        "embedding": embedding,
        "head": head,
        "bias": np.array([-2, 2], dtype=np.float32),
        "big": np.array(-1e9, dtype=np.float32),
    }
    constants |= {"one": np.array(1, dtype=np.float32), "axis": np.array([1]), "sum_axis": np.array([1])}
    node = helper.make_node
    nodes = [
        node(
            "Gather", ["embedding", "input_ids"], ["x"]
        ), node("Transpose", ["x"], ["t"], perm=[0, 2, 1]), node("MatMul", ["x", "t"], ["a"]),
        node(
            "Cast", ["attention_mask"], ["m"], to=TensorProto.FLOAT
        ), node("Sub", ["one", "m"], ["off"]), node("Mul", ["off", "big"], ["far"]),
        node(
            "Unsqueeze", ["far", "axis"], ["mask"]
        ), node("Add", ["a", "mask"], ["masked"]), node("Softmax", ["masked"], ["w"], axis=-1),
        node("MatMul", ["w", "x"], ["y"]), node(
            "ReduceMax", ["y", "sum_axis"], ["pooled"], keepdims=0
        ), node("MatMul", ["pooled", "head"], ["h"]),
        node("Add", ["h", "bias"], ["scores"]),
    ]  # fmt: skip
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "l"]) for name in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(
        nodes, "t", inputs, [output], [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10).SerializeToString()


@pytest.fixture
def folder(tmp_path):
    graph, tokenizer = transformer(), json.dumps(TOKENIZER).encode()
    digest = hashlib.sha256(tokenizer).hexdigest()
    manifest = manifest_of(
        graph,
        files={"model.onnx": hashlib.sha256(graph).hexdigest(), "tokenizer.json": digest},
        input={"kind": "tokens", "max_length": 16, "stride": 12, "names": ["input_ids", "attention_mask"]},
        output={"name": "scores", "kind": "softmax"},
        labels=[{"index": 0, "label": "toxic", "risks": ["A.2.e", "A.4.a"]}, {"index": 1, "label": "safe", "risks": []}],
        thresholds={"A.2.e": {"review": 0.5}},
    )
    for name, content in (("model.onnx", graph), ("tokenizer.json", tokenizer), ("manifest.json", json.dumps(manifest).encode())):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_a_transformer_scores_through_its_tokenizer(folder):
    model = load_model(folder)
    long = "calm words , " * 40 + "spite " + "calm words , " * 40
    scores = model.scores(TextBatch.of(["calm words", "Spite, calm", long, ""]))
    column = model.risks.index("A.2.e")
    assert scores.values[0, column] < 0.5 < scores.values[1, column]
    assert scores.values[2, column] > 0.5, "the mask keeps padding out and windows find the place"
    start, end = scores.span(2, column)
    assert "spite" in long[start:end] and end - start < 120


class RecordingSession:
    """A real session that remembers the shapes it ran."""

    def __init__(self, content):
        self.session, self.shapes = new_session(content), []

    def run(self, names, given, options):
        self.shapes.append(given["input_ids"].shape)
        return self.session.run(names, given, options)


def test_windows_of_like_length_run_together_and_padding_changes_no_score(folder):
    manifest = read_manifest((folder / "manifest.json").read_bytes())
    manifest = manifest.model_copy(update={"input": manifest.input.model_copy(update={"max_length": 4096, "stride": 4000})})
    session = RecordingSession((folder / "model.onnx").read_bytes())
    runner = TokenRunner(session, manifest, (folder / "tokenizer.json").read_bytes())
    texts = ["calm words", "spite", "calm words , " * 900, "words", "spite , " * 2000, ""] * 3
    together = runner.window_scores(TextBatch.of(texts))
    shapes, session.shapes = session.shapes, []
    assert sum(rows for rows, _ in shapes) == len(texts)
    assert {rows * length <= RUN_CELLS for rows, length in shapes} == {True} and max(rows for rows, _ in shapes) >= 6
    assert sum(rows * length for rows, length in shapes) < 0.6 * len(texts) * max(length for _, length in shapes)
    for row, text in enumerate(texts[:6]):
        alone = runner.window_scores(TextBatch.of([text]))
        assert np.allclose(together.values[together.rows == row], alone.values, atol=1e-5)


def test_without_the_package_the_model_is_refused_with_a_hint(folder, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(TokenizersMissing, match="install"):
        load_model(folder)


def test_windows_cover_a_text_and_overlap():
    assert list(spans(100, 64, 48)) == [(0, 64), (48, 100)]
    assert list(spans(0, 64, 48)) == [(0, 0)]


def test_windows_of_like_length_run_together_and_none_is_lost():
    lengths = np.array([5, 4000, 7, 4100, 6, 0])
    groups = [group.tolist() for group in by_length(lengths)]
    assert sorted(index for group in groups for index in group) == list(range(6))
    assert [1, 3] in groups or ([1] in groups and [3] in groups) or any(set(group) >= {1, 3} for group in groups)
    assert all(len(group) * max(lengths[group]) <= 16_384 or len(group) == 1 for group in groups)


def test_a_run_that_takes_too_long_is_ended():
    import onnxruntime

    size = 1400
    nodes = [helper.make_node("MatMul", [f"x{n}", "w"], [f"x{n + 1}"]) for n in range(60)]
    given = helper.make_tensor_value_info("x0", TensorProto.FLOAT, ["n", size])
    made = helper.make_tensor_value_info("x60", TensorProto.FLOAT, ["n", size])
    weights = numpy_helper.from_array(np.zeros((size, size), dtype=np.float32), "w")
    graph = helper.make_model(
        helper.make_graph(nodes, "slow", [given], [made], [weights]), opset_imports=[helper.make_opsetid("", 18)], ir_version=10
    ).SerializeToString()
    manifest = read_manifest(json.dumps(manifest_of(graph, output={"name": "x60", "kind": "probability"})).encode())
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    with pytest.raises(TooSlow):
        run_limited(session, manifest, {"x0": np.zeros((2000, size), dtype=np.float32)}, seconds=0.05)
