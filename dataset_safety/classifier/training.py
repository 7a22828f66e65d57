"""Training of the bundled model (B.2): one logistic regression a risk over hashed units, then one ONNX graph of int8.

A risk has a few hundred written texts, too few to learn how a violation differs from talk about it. So one more regression
learns that from all risks together, and its weights are added to those of every risk: topic from the risk's own texts,
stance from all. Splits go by author and pattern, unknown labels stay out. The same inputs and versions give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_safety.classifier.calibration import Budget, RiskScores, thresholds
from dataset_safety.classifier.clean_texts import EVERYDAY, GOLD
from dataset_safety.classifier.examples import Example
from dataset_safety.classifier.features import BLOCK_UNITS, BUCKETS, FEATURES_VERSION
from dataset_safety.classifier.graph import INPUT_NAMES, OUTPUT_NAME, quantised, unit_graph
from dataset_safety.classifier.manifest import Threshold
from dataset_safety.classifier.matrices import WindowMatrix, fold_of, text_scores, window_matrix
from dataset_safety.classifier.windows import STRIDE_BLOCKS, WINDOW_UNITS
from dataset_safety.engine import progress
from dataset_safety.standard import load_edition

__all__ = ["FOLDS", "NEVER_REJECT", "Settings", "TrainedModel", "TrainingSet", "calibrated", "fitted", "model_files"]

Fit = tuple[NDArray[np.float32], float]
"""Weights [buckets] and bias."""
FOLDS = 3
NEVER_REJECT = ("A.1.a", "A.1.b", "A.1.c")
"""Under these nothing bundled decides without a person."""
ANY = "any"
"""Violations of whatever risk, learned together."""
WRITTEN_CLEAN = (f"clean/{EVERYDAY}", f"clean/{GOLD}")
LEAST_VIOLATIONS = 20
"""With fewer texts an output is not trained: it stays silent and unproven."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was tuned on folds by author and pattern."""

    strength: float = 4.0
    sentence_weight: float = 10.0
    contrast_weight: float = 10.0
    everyday_weight: float = 5.0
    tolerance: float = 0.01
    clean_windows: int = 24
    common_share: float = 1.0
    common_strength: float = 1.0


class TrainingSet:
    """Examples as one matrix of windows, with label and weight of each window for each risk."""

    def __init__(self, examples: Sequence[Example], settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.examples = list(examples)
        self.risks = load_edition().risk_ids
        whole = window_matrix([example.text for example in self.examples])
        chosen = _thinned(whole.rows, self.settings.clean_windows)
        self.windows = WindowMatrix(whole.matrix[chosen], whole.rows[chosen])
        self.folds = np.array([fold_of(example.group, FOLDS) for example in self.examples])
        counts = np.bincount(self.windows.rows, minlength=len(self.examples))
        self._share = 1 / np.maximum(counts, 1)

    def labels(self, risk: str) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
        """Label and weight of each example for one risk or for :data:`ANY`; weight 0 where nobody knows."""
        if risk == ANY:
            label = np.array([bool(example.positive) for example in self.examples], dtype=np.int8)
            return label, np.array([self._weight_of_any(example) for example in self.examples])
        label = np.array([risk in example.positive for example in self.examples], dtype=np.int8)
        weight = np.array([self._weight(example, risk) for example in self.examples])
        return label, weight

    def _weight_of_any(self, example: Example) -> float:
        if example.unknown and not example.positive:
            return 0.0
        if not example.source.startswith("sentences/"):
            return self._weight_of_clean(example)
        return self.settings.sentence_weight if example.positive else self.settings.contrast_weight

    def _weight_of_clean(self, example: Example) -> float:
        """Clean text written for the project is hard and little, so it weighs more than what was collected."""
        return self.settings.everyday_weight if example.source.startswith(WRITTEN_CLEAN) else 1.0

    def _weight(self, example: Example, risk: str) -> float:
        if risk in example.unknown:
            return 0.0
        written = example.source.startswith("sentences/")
        if risk in example.positive:
            return self.settings.sentence_weight if written else 1.0
        return self.settings.contrast_weight if written and risk in example.contrast else self._weight_of_clean(example)

    def window_weights(self, label: NDArray[np.int8], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights of windows: a violating text of many windows counts once, of a clean one every window counts."""
        rows = self.windows.rows
        spread: NDArray[np.float64] = np.where(label[rows] == 1, weight[rows] * self._share[rows], weight[rows])
        return spread


def _thinned(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Indices of at most ``most`` windows of each text, evenly spread."""
    counts = np.bincount(rows)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    step = np.maximum(1, -(-counts // most))
    return np.flatnonzero(within % step[rows] == 0)


def fitted(training: TrainingSet, risk: str, keep: NDArray[np.bool_] | None = None) -> Fit:
    """Weights and bias of one risk (or of :data:`ANY`), over the examples of ``keep``; silence where there is too little."""
    from sklearn.linear_model import LogisticRegression

    label, weight = training.labels(risk)
    known = (weight > 0) & (True if keep is None else keep)
    if label[known].sum() < LEAST_VIOLATIONS:
        return np.zeros(BUCKETS, dtype=np.float32), -12.0
    lines = np.flatnonzero(known[training.windows.rows])
    rows = training.windows.rows[lines]
    model = LogisticRegression(
        C=training.settings.common_strength if risk == ANY else training.settings.strength,
        solver="liblinear",
        tol=training.settings.tolerance,
        intercept_scaling=4.0,
        random_state=0,
        max_iter=60,
    )
    model.fit(training.windows.matrix[lines], label[rows], sample_weight=training.window_weights(label, weight)[lines])
    weights = model.coef_[0].astype(np.float32)
    weights[0] = 0
    return weights, float(model.intercept_[0])


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """Weights [buckets, risks] and biases of the final model, with what the folds measured."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    thresholds: dict[str, Threshold]
    folds: dict[str, RiskScores]
    counts: dict[str, dict[str, int]]


def calibrated(training: TrainingSet, clean: Sequence[str], budget: Budget | None = None) -> TrainedModel:
    """Fit every risk on each part of the folds and on everything, and set thresholds on scores of unseen text.

    ``clean`` documents are never trained on: each fold's model sees all of them as new.
    """
    documents = window_matrix(clean)
    parts = [None, *(training.folds != fold for fold in range(FOLDS))]
    common = [_shared(training, part) for part in parts]
    weights, biases, seen, counts = [], [], {}, {}
    for number, risk in enumerate(training.risks):
        progress.report(number, len(training.risks), "fit")
        models = [_joined(fitted(training, risk, part), shared) for part, shared in zip(parts, common, strict=True)]
        label, weight = training.labels(risk)
        contrast = np.array([risk in example.contrast for example in training.examples])
        out = _unseen_scores(training, models[1:])
        final, bias = models[0]
        clean_scores = text_scores(np.asarray(documents.matrix @ final + bias), documents.rows, len(clean))
        violations = (label == 1) & (weight > 0)
        seen[risk] = RiskScores(out[violations], out[contrast & (label == 0)], clean_scores)
        counts[risk] = {"violations": int(violations.sum()), "contrasts": int((contrast & (label == 0)).sum())}
        weights.append(final)
        biases.append(bias)
    found = thresholds(seen, budget or Budget(), never_reject=NEVER_REJECT)
    return TrainedModel(np.stack(weights, axis=1), np.array(biases, dtype=np.float32), found, seen, counts)


def _shared(training: TrainingSet, keep: NDArray[np.bool_] | None) -> Fit:
    """The share of :data:`ANY` that every risk gets."""
    weights, bias = fitted(training, ANY, keep)
    share = training.settings.common_share
    return weights * np.float32(share), bias * share


def _joined(own: Fit, shared: Fit) -> Fit:
    """A risk's own weights with the shared ones; a silent output stays silent."""
    return (own[0] + shared[0], own[1] + shared[1]) if own[0].any() else own


def _unseen_scores(training: TrainingSet, models: Sequence[Fit]) -> NDArray[np.float64]:
    """Score of each example by the model of the fold that did not see it."""
    out = np.full(len(training.examples), np.nan)
    for fold, (weights, bias) in enumerate(models):
        logits = np.asarray(training.windows.matrix @ weights + bias)
        mine = training.folds == fold
        out[mine] = text_scores(logits, training.windows.rows, len(training.examples))[mine]
    return out


def model_files(trained: TrainedModel, *, version: str, sources: Sequence[Example], notes: dict[str, Any]) -> dict[str, bytes]:
    """``model.onnx`` and ``manifest.json`` of a trained model, as bytes; the same for the same inputs."""
    risks = load_edition().risk_ids
    table, scale = quantised(trained.weights)
    graph = unit_graph(table, scale, trained.bias, risks)
    manifest = {
        "format": 1,
        "name": "bundled",
        "version": version,
        "licence": "Apache-2.0",
        "languages": ["zh", "en"],
        "files": {"model.onnx": hashlib.sha256(graph).hexdigest()},
        "input": {
            "kind": "units",
            "features": FEATURES_VERSION,
            "max_length": WINDOW_UNITS,
            "stride": STRIDE_BLOCKS * BLOCK_UNITS,
            "names": list(INPUT_NAMES),
        },
        "output": {"name": OUTPUT_NAME, "kind": "probability"},
        "labels": [{"index": index, "label": risk, "risks": [risk], "weight": 1.0} for index, risk in enumerate(risks)],
        "thresholds": {risk: limit.model_dump() for risk, limit in trained.thresholds.items()},
        "calibration": notes,
        "training": {
            "sources": dict(sorted(Counter(example.source for example in sources).items())),
            "texts": trained.counts,
            "inputs_sha256": _digest(sources),
        },
    }
    return {
        "model.onnx": graph,
        "manifest.json": json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n",
    }


def _digest(examples: Sequence[Example]) -> str:
    digest = hashlib.sha256()
    for example in examples:
        line = (example.text, example.source, sorted(example.positive), sorted(example.unknown), sorted(example.contrast))
        digest.update(json.dumps(line, ensure_ascii=True).encode())
    return digest.hexdigest()
