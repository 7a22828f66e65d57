"""Running models (B.2): how texts reach a graph and how its numbers become scores of windows.

One thread a process, no spinning; operators' graphs run under a time limit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from dataset_safety.classifier.errors import ModelRefused, TooSlow, WrongWidth
from dataset_safety.classifier.features import blocks_of
from dataset_safety.classifier.manifest import Manifest
from dataset_safety.classifier.windows import Floats, WindowScores, discounted, windows_of
from dataset_safety.preprocessing.folding import TextBatch

__all__ = [
    "RUN_SECONDS",
    "CodePointRunner",
    "Runner",
    "UnitRunner",
    "by_length",
    "new_session",
    "probabilities",
    "run_limited",
    "spans",
]

RUN_SECONDS = 60.0
"""One run of an operator's graph may take this long."""
RUN_CELLS = 16_384
"""Windows × length that are run together."""


class Runner(Protocol):
    """Scores of all windows of all texts, one column an output of the model, ordered by text."""

    def window_scores(self, batch: TextBatch) -> WindowScores:
        """Scores of the windows of ``batch``."""


def new_session(content: bytes) -> Any:
    """An onnxruntime session over verified bytes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no common base of its errors
        raise ModelRefused(
            f"onnxruntime cannot load the model ({type(error).__name__}).", hint="export it for opset 21 or older."
        ) from None


class UnitRunner:
    """The bundled form: hashed units, windows as runs of blocks, everything else inside the graph."""

    def __init__(self, session: Any, manifest: Manifest) -> None:
        self._session = session
        self._width = manifest.width

    def window_scores(self, batch: TextBatch) -> WindowScores:
        """Scores of the windows of ``batch``."""
        parts: list[WindowScores] = []
        for blocks in blocks_of(batch):
            for windows in windows_of(blocks):
                given = {"buckets": windows.buckets, "first": windows.first, "last": windows.last, "norms": windows.norms}
                (values,) = self._session.run(None, given)
                parts.append(WindowScores(values, windows.rows, windows.starts, windows.ends))
        return discounted(WindowScores.joined(parts, self._width))


class CodePointRunner:
    """Folded code points as int64 [texts, length], 0 = padding; long texts in overlapping windows."""

    def __init__(self, session: Any, manifest: Manifest) -> None:
        self._session = session
        self._manifest = manifest

    def window_scores(self, batch: TextBatch) -> WindowScores:
        """Scores of the windows of ``batch``."""
        form = self._manifest.input
        places = [
            (row, *span)
            for row in range(len(batch.texts))
            for span in spans(int(np.diff(batch.bounds[row : row + 2])[0]), form.max_length, form.stride)
        ]
        lengths = np.array([end - start for _, start, end in places], dtype=np.int64)
        values = np.zeros((len(places), self._manifest.width), dtype=np.float32)
        for chosen in by_length(lengths):
            given = np.zeros((len(chosen), max(1, int(lengths[chosen].max()))), dtype=np.int64)
            for line, index in enumerate(chosen):
                row, start, end = places[index]
                given[line, : end - start] = batch.points_of(row)[start:end]
            values[chosen] = probabilities(run_limited(self._session, self._manifest, {form.names[0]: given}), self._manifest)
        columns = np.array(places, dtype=np.int64).reshape(-1, 3)
        return WindowScores(values, columns[:, 0], columns[:, 1], columns[:, 2])


def spans(length: int, size: int, stride: int) -> Iterator[tuple[int, int]]:
    """Windows of ``size`` every ``stride``; the last one ends with the text."""
    start = 0
    while True:
        yield start, min(start + size, length)
        if start + size >= length:
            return
        start += min(stride, size)


def by_length(lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Indices of windows of like length, at most ``RUN_CELLS`` cells together, so that little is padding."""
    order = np.argsort(lengths, kind="stable")
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and (end + 1 - begin) * max(1, int(lengths[order[end]])) <= RUN_CELLS:
            end += 1
        yield order[begin:end]
        begin = end


def run_limited(session: Any, manifest: Manifest, given: dict[str, NDArray[Any]], seconds: float = RUN_SECONDS) -> Floats:
    """The output of one run as [windows, width]; ended after ``seconds``."""
    options = onnxruntime.RunOptions()
    rows = len(next(iter(given.values())))
    with _terminated_after(options, seconds) as late:
        try:
            (values,) = session.run([manifest.output.name], given, options)
        except Exception as error:
            if late.is_set():
                raise TooSlow(
                    f"one run of {manifest.name!r} took more than {seconds:g} s.", hint="use a smaller model.", seconds=seconds
                ) from None
            raise ModelRefused(
                f"model {manifest.name!r} failed ({type(error).__name__}).", hint="check input.kind and max_length."
            ) from None
    found = np.asarray(values)
    if found.shape != (rows, manifest.width):
        raise WrongWidth(
            f"the output has shape {found.shape}, not {(rows, manifest.width)}.",
            hint="map every column once.",
            width=manifest.width,
        )
    floats: Floats = found.astype(np.float32)
    return floats


@contextmanager
def _terminated_after(options: Any, seconds: float) -> Iterator[threading.Event]:
    late = threading.Event()

    def end() -> None:
        late.set()
        options.terminate = True

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def probabilities(outputs: Floats, manifest: Manifest) -> Floats:
    """Outputs as probabilities, as the manifest says what they are."""
    if manifest.output.kind == "probability":
        return outputs
    wide = np.clip(outputs.astype(np.float64), -700, 700)
    if manifest.output.kind == "logits":
        squashed: Floats = (1 / (1 + np.exp(-wide))).astype(np.float32)
        return squashed
    raised = np.exp(wide - wide.max(axis=1, keepdims=True))
    shares: Floats = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
