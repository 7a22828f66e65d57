"""Models (B.2): a folder of verified bytes becomes one object that scores texts for the risks it names.

What is loaded is what was hashed: every file is read once, within its limit, checked against the manifest, inspected for
data outside itself and for foreign operators, and handed to the runtime as bytes. A first run on fixed texts shows that
the output has the width of the label map and finite numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dataset_safety.classifier.agreement import is_proved
from dataset_safety.classifier.errors import HashMismatch, ManifestInvalid, ModelRefused, OutputInvalid, TooLarge, WrongWidth
from dataset_safety.classifier.features import FEATURES_VERSION
from dataset_safety.classifier.inspection import inspect
from dataset_safety.classifier.manifest import Coverage, Manifest, Threshold, read_manifest, read_report
from dataset_safety.classifier.runners import CodePointRunner, Runner, UnitRunner, new_session
from dataset_safety.classifier.windows import Scores, WindowScores
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.standard import load_edition

__all__ = ["MAX_MODEL_BYTES", "Model", "load_model", "model_from_bytes"]

MAX_MODEL_BYTES = 512 << 20
MAX_TOKENIZER_BYTES = 64 << 20
MAX_JSON_BYTES = 8 << 20
_FIRST_TEXTS = ("", "a", "今天天气很好，我们去公园散步。", "The library opens at nine. " * 40)


@dataclass(frozen=True, slots=True)
class Model:
    """One verified model: scores for ``risks``, its thresholds and its measured coverage."""

    manifest: Manifest
    version: str
    coverage: dict[str, Coverage]
    risks: tuple[str, ...]
    runner: Runner

    def scores(self, batch: TextBatch) -> Scores:
        """Scores of each text for each of ``risks``."""
        windows = self.runner.window_scores(batch)
        if not np.isfinite(windows.values).all() or windows.values.min(initial=0) < 0 or windows.values.max(initial=0) > 1:
            raise OutputInvalid(
                f"model {self.manifest.name!r} gave scores that are no numbers between 0 and 1.",
                hint="check output.kind in its manifest.",
            )
        return Scores(WindowScores(self._by_risk(windows.values), windows.rows, windows.starts, windows.ends), len(batch.texts))

    def threshold(self, risk: str) -> Threshold:
        """Thresholds of one risk; none where the manifest gives none."""
        return self.manifest.thresholds.get(risk, Threshold())

    def status(self, risk: str) -> Coverage:
        """Measured coverage of one risk."""
        return self.coverage.get(risk, "unproven")

    def decides_with_keyword(self, risk: str) -> bool:
        """Whether this model and a keyword that name the same measured risk reject together."""
        return self.status(risk) != "unproven" and is_proved(self.manifest.calibration, risk)

    def _by_risk(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        labels = self.manifest.labels
        if tuple(label.risks for label in labels) == tuple((risk,) for risk in self.risks) and all(
            label.weight == 1 and label.index == column for column, label in enumerate(labels)
        ):
            return outputs
        found = np.zeros((len(outputs), len(self.risks)), dtype=np.float32)
        for label in labels:
            for risk in label.risks:
                column = self.risks.index(risk)
                np.maximum(found[:, column], outputs[:, label.index] * np.float32(label.weight), out=found[:, column])
        return found


def load_model(folder: Path) -> Model:
    """The model in ``folder``; refused with the reason when anything about it is not as its manifest says."""
    names = {"manifest.json": MAX_JSON_BYTES, "model.onnx": MAX_MODEL_BYTES}
    optional = {"tokenizer.json": MAX_TOKENIZER_BYTES, "probe_report.json": MAX_JSON_BYTES}
    files = {name: _read(folder / name, limit) for name, limit in names.items()}
    files |= {name: _read(folder / name, limit) for name, limit in optional.items() if (folder / name).exists()}
    return model_from_bytes(files)


def _read(path: Path, limit: int) -> bytes:
    if not path.is_file() or path.is_symlink():
        raise ManifestInvalid(
            f"{path.name} is not in the model folder, or it is a link.", hint="a model folder holds plain files.", path=path
        )
    size = path.stat().st_size
    if size > limit:
        raise TooLarge(
            f"{path.name} has {size} bytes, the limit is {limit}.",
            hint="use a smaller or quantised model.",
            size=size,
            limit=limit,
        )
    return path.read_bytes()


def model_from_bytes(files: dict[str, bytes]) -> Model:
    """The model that these files are, by name."""
    manifest = read_manifest(files["manifest.json"])
    for name, expected in manifest.files.items():
        if name not in files:
            raise ManifestInvalid(f"{name} is named by the manifest and missing.", hint="copy the whole folder.")
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise HashMismatch(
                f"{name} is not the file that the manifest names.", hint="copy the folder again from its origin.", file=name
            )
    inspect(memoryview(files["model.onnx"]))
    digest = hashlib.sha256(files["manifest.json"])
    report = files.get("probe_report.json")
    coverage: dict[str, Coverage] = read_report(report, digest.hexdigest()) if report else {}
    if coverage and report:
        digest.update(report)
    version = f"{manifest.name}-{manifest.version}/{digest.hexdigest()[:12]}"
    model = Model(manifest, version, coverage, manifest.risks, _runner(manifest, files))
    model.scores(TextBatch.of(_FIRST_TEXTS))
    return model


def _runner(manifest: Manifest, files: dict[str, bytes]) -> Runner:
    session = new_session(files["model.onnx"])
    outputs = {output.name: output.shape for output in session.get_outputs()}
    inputs = {given.name for given in session.get_inputs()}
    form = manifest.input
    if manifest.output.name not in outputs or set(form.names) != inputs:
        raise ModelRefused(
            f"the model has inputs {sorted(inputs)} and outputs {sorted(outputs)}, the manifest names others.",
            hint="name them as they are.",
        )
    shape = outputs[manifest.output.name]
    if len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != manifest.width):
        raise WrongWidth(
            f"the output has shape {shape}, the label map has {manifest.width} entries.",
            hint="map every column once.",
            width=manifest.width,
        )
    if form.kind == "units":
        if form.features != FEATURES_VERSION:
            raise ModelRefused(
                f"the model was trained on features {form.features!r}, this version makes {FEATURES_VERSION!r}.",
                hint="train it again: dataset-safety classifier train.",
            )
        return UnitRunner(session, manifest)
    if form.kind == "codepoints":
        return CodePointRunner(session, manifest)
    from dataset_safety.classifier.tokens import TokenRunner

    return TokenRunner(session, manifest, files["tokenizer.json"])


def missing_risks(models: Sequence[Model]) -> list[str]:
    """Risks that no model of an ensemble names."""
    named = {risk for model in models for risk in model.risks}
    return [risk for risk in load_edition().risk_ids if risk not in named]
