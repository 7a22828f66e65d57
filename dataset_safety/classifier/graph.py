"""The ONNX graph of the bundled model (B.2): one int8 table, sums of its rows over windows, one sigmoid an output.

``buckets`` [blocks, lookups] → Gather rows of the table → MatMulInteger with ones (exact sums, no table in float) →
CumSum over blocks → difference at the borders of each window → scale and bias → Sigmoid. Standard operators only.
Building needs the package ``onnx`` (extra ``[train]``); serving needs onnxruntime alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_safety.classifier.features import BLOCK_UNITS, LOOKUPS

__all__ = ["INPUT_NAMES", "OPSET", "OUTPUT_NAME", "quantised", "unit_graph"]

OPSET = 18
IR_VERSION = 10
INPUT_NAMES = ("buckets", "first", "last", "norms")
OUTPUT_NAME = "scores"
_STEPS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Gather", ("table", "buckets"), "rows"),
    ("MatMulInteger", ("ones", "rows"), "sums"),
    ("Reshape", ("sums", "two_dimensions"), "evidence"),
    ("CumSum", ("evidence", "axis"), "running"),
    ("Concat", ("nothing", "running"), "totals"),
    ("Gather", ("totals", "first"), "before"),
    ("Gather", ("totals", "last"), "after"),
    ("Sub", ("after", "before"), "difference"),
    ("Cast", ("difference",), "window"),
    ("Mul", ("window", "scale"), "scaled"),
    ("Unsqueeze", ("norms", "column"), "lengths"),
    ("Div", ("scaled", "lengths"), "weighted"),
    ("Add", ("weighted", "bias"), "logits"),
    ("Sigmoid", ("logits",), OUTPUT_NAME),
)


def quantised(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights [buckets, outputs] as int8 with one scale an output; nothing is clipped."""
    scale = np.maximum(np.abs(weights).max(axis=0), np.float32(1e-9)) / np.float32(127)
    return np.rint(weights / scale).astype(np.int8), scale.astype(np.float32)


def unit_graph(table: NDArray[np.int8], scale: NDArray[np.float32], bias: NDArray[np.float32], labels: Sequence[str]) -> bytes:
    """Bytes of the model; row 0 of the table is nothing and must be zero."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    if table[0].any():
        raise ValueError("row 0 of the table stands for nothing")
    width = len(labels)
    constants: dict[str, NDArray[Any]] = {
        "table": table,
        "ones": np.ones((1, BLOCK_UNITS * LOOKUPS), dtype=np.uint8),
        "two_dimensions": np.array([-1, width], dtype=np.int64),
        "axis": np.array(0, dtype=np.int64),
        "nothing": np.zeros((1, width), dtype=np.int32),
        "scale": scale.astype(np.float32).reshape(1, width),
        "column": np.array([1], dtype=np.int64),
        "bias": bias.astype(np.float32).reshape(1, width),
    }
    attributes: dict[str, dict[str, Any]] = {"totals": {"axis": 0}, "window": {"to": TensorProto.FLOAT}}
    nodes = [helper.make_node(kind, list(given), [made], name=made, **attributes.get(made, {})) for kind, given, made in _STEPS]
    types = (TensorProto.INT32, TensorProto.INT64, TensorProto.INT64, TensorProto.FLOAT)
    shapes: list[list[int | str]] = [["blocks", BLOCK_UNITS * LOOKUPS], ["windows"], ["windows"], ["windows"]]
    inputs = [helper.make_tensor_value_info(*each) for each in zip(INPUT_NAMES, types, shapes, strict=True)]
    output = helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, ["windows", width])
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "linear_units", inputs, [output], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model.producer_name = "dataset_safety"
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
