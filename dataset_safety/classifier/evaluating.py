"""Figures of the classifier on sets that it did not train on (``classifier eval``), each with its counts.

In-domain figures flatter: the AUC within a topic stands beside the one over all, and what a random split would show is not shown.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_safety.classifier.calibration import wilson
from dataset_safety.classifier.clean_texts import CleanText
from dataset_safety.classifier.examples import COLD_TOPICS, Example, cold, davidson
from dataset_safety.classifier.matrices import text_scores, window_matrix
from dataset_safety.classifier.models import Model
from dataset_safety.classifier.probing import auc, ensemble_scores, summary
from dataset_safety.classifier.probing import probe as measure
from dataset_safety.classifier.sentences import Sentence
from dataset_safety.classifier.serving import ModelDetector
from dataset_safety.classifier.training import Settings, TrainingSet, fitted
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.records import Detector, Effect
from dataset_safety.standard import load_edition

__all__ = ["CleanFigures", "clean_figures", "cold_alone", "davidson_fifth", "evaluate", "foreign_sets", "stance_figures"]


@dataclass(frozen=True, slots=True)
class CleanFigures:
    """Clean documents of one source with a note, a review or a reject by the model."""

    source: str
    documents: int
    noted: int
    review: int
    reject: int

    @property
    def review_upper(self) -> float:
        """Upper 95 % bound of the share that a person would have to look at."""
        return wilson(self.review + self.reject, self.documents)[1]


def clean_figures(models: Sequence[Model], texts: Sequence[CleanText]) -> list[CleanFigures]:
    """False alarms by source, and under ``(all)`` together; a document counts once, by its strongest effect."""
    detector = ModelDetector(models)
    effects: list[set[Effect]] = [set() for _ in texts]
    for begin in range(0, len(texts), 1024):
        for finding in detector.find(TextBatch.of([clean.text for clean in texts[begin : begin + 1024]])):
            effects[begin + finding.row].add(finding.effect)
    pairs = sorted(((clean.source, sorted(found)) for clean, found in zip(texts, effects, strict=True)), key=lambda pair: pair[0])
    figures = [_counted(source, [set(found) for _, found in group]) for source, group in groupby(pairs, key=lambda pair: pair[0])]
    return [*figures, _counted("(all)", effects)]


def _counted(source: str, effects: Sequence[set[Effect]]) -> CleanFigures:
    reject = sum(Effect.REJECT in found for found in effects)
    review = sum(Effect.REVIEW in found and Effect.REJECT not in found for found in effects)
    return CleanFigures(source, len(effects), sum(found == {Effect.NOTE} for found in effects), review, reject)


def _linear(examples: Sequence[Example], risk: str, texts: Sequence[str]) -> NDArray[np.float64]:
    """Scores of ``texts`` by a model of one risk that saw ``examples`` alone."""
    weights, bias = fitted(TrainingSet(examples, Settings()), risk)
    windows = window_matrix(texts)
    logits = np.asarray(windows.matrix @ weights + bias, dtype=np.float64)
    scores: NDArray[np.float64] = text_scores(logits, windows.rows, len(texts))
    return scores


def cold_alone(labelled: Path) -> dict[str, float]:
    """COLD dev by a model of COLD train alone, offensive or not: AUC over all and within each topic."""
    one = "A.2.e"
    train = [
        Example(example.text, "COLD", example.group, frozenset({one}) if example.positive else frozenset())
        for example in cold(labelled / "zh" / "cold_train.csv")
    ]
    with (labelled / "zh" / "cold_dev.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    scores = _linear(train, one, [row["TEXT"] for row in rows])
    label = np.array([row["label"] == "1" for row in rows])
    found = {"all": auc(scores[label], scores[~label])}
    for topic in COLD_TOPICS:
        mine = np.array([row["topic"] == topic for row in rows])
        found[topic] = auc(scores[mine & label], scores[mine & ~label])
    return {name: round(value, 4) for name, value in found.items()}


def davidson_fifth(labelled: Path) -> dict[str, float | int]:
    """English hate against neither in the fifth of Davidson that was left out of training (by hash of the text)."""
    one = "A.2.e"
    with (labelled / "en" / "davidson.csv").open(encoding="utf-8-sig", newline="") as file:
        classes = [row["class"] for row in csv.DictReader(file)]
    pairs = [
        (example, kind) for example, kind in zip(davidson(labelled / "en" / "davidson.csv"), classes, strict=True) if kind != "1"
    ]
    left_out = [hashlib.sha256(example.group.encode()).digest()[0] % 5 == 0 for example, _ in pairs]
    train = [
        Example(example.text, "Davidson", example.group, frozenset({one}) if kind == "0" else frozenset())
        for (example, kind), out in zip(pairs, left_out, strict=True)
        if not out
    ]
    test = [pair for pair, out in zip(pairs, left_out, strict=True) if out]
    scores = _linear(train, one, [example.text for example, _ in test])
    hate = np.array([kind == "0" for _, kind in test])
    return {"auc": round(auc(scores[hate], scores[~hate]), 4), "hate": int(hate.sum()), "neither": int((~hate).sum())}


def foreign_sets(models: Sequence[Model], labelled: Path) -> dict[str, Any]:
    """The shipped models on rows that they never saw: COLD dev by topic, each with its own risk."""
    rows = list(cold(labelled / "zh" / "cold_dev.csv"))
    scores, flagged = _scored(models, [row.text for row in rows])
    found: dict[str, Any] = {}
    for topic, risk in COLD_TOPICS.items():
        column = load_edition().risk_ids.index(risk)
        bad = np.array([risk in row.positive for row in rows])
        fine = np.array([risk in row.contrast for row in rows])
        found[f"COLD dev {topic} {risk}"] = {
            "auc": round(auc(scores[bad, column], scores[fine, column]), 4),
            "flagged": f"{int(flagged[bad, column].sum())}/{int(bad.sum())}",
            "contrasts_flagged": f"{int(flagged[fine, column].sum())}/{int(fine.sum())}",
        }
    return found


# Contrasts carry no note of their kind; these marks tell most of them, and a text may be of several kinds.
_KINDS = {
    "contrast_quotation": re.compile('[“”「」『』《]|"[^"]{4,}"|写道|said that|quoted'),
    "contrast_negation": re.compile(r"不|没|别|勿|禁|\b(?:not?|never|nobody|without|cannot)\b|n't\b", re.IGNORECASE),
    "contrast_counter_speech": re.compile(
        r"反对|抵制|谴责|举报|拒绝|批评|揭露|谣言|辟谣|违法|歧视|"
        r"\b(?:condemn|reject|oppose|report|refut|debunk|against|illegal|discriminat|stop)\w*",
        re.IGNORECASE,
    ),
}


def stance_figures(models: Sequence[Model], sentences: Sequence[Sentence], clean: Iterable[CleanText]) -> dict[str, Any]:
    """Share flagged with any risk: violations, their contrasts by kind, gold texts of counter-speech and how-to questions."""
    contrasts = [sentence.text for sentence in sentences if sentence.stance == "contrast"]
    groups: dict[str, list[str]] = {
        "violations": [sentence.text for sentence in sentences if sentence.stance == "violation"],
        "contrasts": contrasts,
        **{kind: [text for text in contrasts if marks.search(text)] for kind, marks in _KINDS.items()},
    }
    for text in clean:
        topic = text.source.removeprefix("gold/")
        if topic in ("counter_speech", "technical_howto") and text.share != "training":
            groups.setdefault(topic, []).append(text.text)
    found = {}
    for name, texts in groups.items():
        flagged = int(_scored(models, texts)[1].any(axis=1).sum())
        found[name] = {"k": flagged, "n": len(texts), "share": round(flagged / max(1, len(texts)), 4)}
    return found


def _scored(models: Sequence[Model], texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    parts = [ensemble_scores(models, TextBatch.of(texts[begin : begin + 1024])) for begin in range(0, max(1, len(texts)), 1024)]
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([flags for _, flags in parts])


def evaluate(
    models: Sequence[Model],
    *,
    labelled: Path,
    clean: Sequence[CleanText],
    probe: Sequence[Sentence],
    detectors: Sequence[Detector] = (),
) -> dict[str, Any]:
    """Every figure of ``classifier eval`` as one document; of ``clean`` only the share kept for evaluation counts.

    ``detectors`` (keywords, patterns) count in the joint coverage only.
    """
    unseen = [text for text in clean if text.share == "evaluation"]
    measured = measure(models, probe, [text.text for text in unseen], detectors=detectors)
    return {
        "probe": summary(measured),
        "cold_train_alone_on_cold_dev": cold_alone(labelled),
        "davidson_fifth_left_out": davidson_fifth(labelled),
        "models_on_cold_dev": foreign_sets(models, labelled),
        "stance": stance_figures(models, probe, clean),
        "clean": as_document(clean_figures(models, unseen)),
    }


def as_document(figures: Sequence[CleanFigures]) -> list[dict[str, Any]]:
    """Figures for a file or ``--json``."""
    return [asdict(one) | {"review_upper": round(one.review_upper, 5)} for one in figures]
