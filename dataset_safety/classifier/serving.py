"""The model detector (6.2 b, classification models): an ensemble of models, the strongest word for each risk counts.

What a score may do depends on how well the risk was measured, not on what the model says of itself: an unproven risk is
noted and leaves the outcome alone, a measured-weak one sends to a person from its review threshold on, and only a
measured-ok one may reject, from a reject threshold whose precision was proved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from dataset_safety.classifier.agreement import PROVED
from dataset_safety.classifier.errors import LabelMapMissing
from dataset_safety.classifier.models import Model, missing_risks
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.records import Effect, Finding, Method

__all__ = ["ModelDetector", "effect_of"]

_ORDER = {Effect.REJECT: 2, Effect.REVIEW: 1, Effect.NOTE: 0}


class ModelDetector:
    """Appendix B.2 at work: a pure object, built once from verified models that together name all 29 risks."""

    name = "model"

    def __init__(self, models: Sequence[Model], *, stricter_by: float = 0.0) -> None:
        """``stricter_by`` lowers the thresholds, in logarithms of odds, for an audit that must not repeat the filter."""
        missing = missing_risks(models)
        if missing:
            raise LabelMapMissing(
                f"no model names {len(missing)} of the risks: {', '.join(missing)}.",
                hint="keep the bundled model in the ensemble.",
                missing=missing,
            )
        self.models = tuple(models)
        self.stricter_by = stricter_by
        self.version = "+".join(sorted(model.version for model in models)) + (f"~{stricter_by}" if stricter_by else "")

    def find(self, batch: TextBatch) -> list[Finding]:
        """Findings of all texts of the batch, ordered by row and risk."""
        best: dict[tuple[int, str], Finding] = {}
        for model in self.models:
            for finding in _findings(model, batch, self.stricter_by):
                key = (finding.row, finding.risk)
                if key not in best or _rank(finding) > _rank(best[key]):
                    best[key] = finding
        return [best[key] for key in sorted(best)]


def _rank(finding: Finding) -> tuple[int, float]:
    return _ORDER[finding.effect], finding.score


def _lowered(limit: float | None, by: float) -> float | None:
    """A threshold on the scale of its odds, lowered."""
    if limit is None or not by or not 0 < limit < 1:
        return limit
    return 1 / (1 + math.exp(by - math.log(limit / (1 - limit))))


def _findings(model: Model, batch: TextBatch, stricter_by: float) -> Iterator[Finding]:
    limits = [_lowered(model.threshold(risk).review, stricter_by) for risk in model.risks]
    scores = model.scores(batch)
    proved = [PROVED if model.decides_with_keyword(risk) else "" for risk in model.risks]
    reached = scores.values >= np.array([np.inf if limit is None else limit for limit in limits], dtype=np.float32)
    for row, column in np.argwhere(reached).tolist():
        risk, limit = model.risks[column], limits[column]
        score = float(scores.values[row, column])
        effect = effect_of(model, risk, score)
        start, end = scores.span(row, column)
        explanation = f"model {model.version}: {score:.3f} for {risk}, review from {limit:.3f} ({model.status(risk)})"
        category = proved[column] if effect is Effect.REVIEW else ""
        yield Finding(row, risk, Method.MODEL, model.version, start, end, score, effect, explanation, category)


def effect_of(model: Model, risk: str, score: float) -> Effect:
    """What a score that reached the review threshold may do."""
    status, reject = model.status(risk), model.threshold(risk).reject
    if status == "unproven":
        return Effect.NOTE
    if status == "measured-ok" and reject is not None and score >= reject:
        return Effect.REJECT
    return Effect.REVIEW
