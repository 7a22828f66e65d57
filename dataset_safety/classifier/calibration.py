"""Thresholds (B.2): for a person (``review``) and for the model alone (``reject``), under one joint budget for clean text.

29 small rates of false alarms add up, so the budget is joint: any risk on a clean document counts once. It is spent
where it finds most: step by step the risk whose lower threshold finds the largest share of violations for the clean
documents it costs. A reject threshold exists only where the lower bound of its precision among violations and contrasts
is proved. All scores come from folds that did not train on the text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_safety.classifier.manifest import Threshold

__all__ = ["Budget", "RiskScores", "review_thresholds", "thresholds", "wilson"]

MARGIN = 0.3
"""Odds (logarithm) that thresholds stay above the clean documents that set them: new ones score a little higher."""
Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bound of the joint share of clean documents, share of contrasts a risk, lower bound of the precision of a reject."""

    review: float = 0.003
    contrasts: float = 0.10
    precision: float = 0.95


@dataclass(frozen=True, slots=True)
class RiskScores:
    """Scores of one risk: its violations, its contrasts, and all clean documents (in one order for all risks)."""

    violations: Values
    contrasts: Values
    clean: Values


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson bounds of a share; (0, 1) of nothing."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    middle = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - reach) / (1 + z * z / of)), min(1.0, (middle + reach) / (1 + z * z / of))


def thresholds(scores: Mapping[str, RiskScores], budget: Budget, *, never_reject: Sequence[str] = ()) -> dict[str, Threshold]:
    """Both thresholds of each risk."""
    reviews = review_thresholds(scores, budget)
    made = {}
    for risk, limit in reviews.items():
        reject = None if risk in never_reject else _reject_threshold(scores[risk], budget)
        made[risk] = Threshold(review=limit, reject=None if reject is None else max(reject, limit))
    return made


def review_thresholds(scores: Mapping[str, RiskScores], budget: Budget) -> dict[str, float]:
    """Review thresholds that together flag at most the budget of clean documents."""
    ladders = {risk: _Ladder(one, budget) for risk, one in scores.items()}
    documents = len(next(iter(scores.values())).clean)
    flagged = np.zeros(documents, dtype=bool)
    while True:
        offers = [(ladder.gain(flagged), risk) for risk, ladder in ladders.items() if ladder.step is not None]
        affordable = [
            (gain, risk) for (gain, cost), risk in offers if wilson(int(flagged.sum()) + cost, documents)[1] <= budget.review
        ]
        if not affordable:
            return {risk: ladder.threshold for risk, ladder in ladders.items()}
        _, risk = max(affordable)
        flagged |= ladders[risk].take()


class _Ladder:
    """Thresholds of one risk from high to low, each just above one more clean document."""

    MOST_STEPS = 60
    LOWEST = 0.02

    def __init__(self, scores: RiskScores, budget: Budget) -> None:
        self._scores = scores
        floor = float(np.quantile(scores.contrasts, 1 - budget.contrasts)) if len(scores.contrasts) else 0.0
        order = np.sort(scores.clean)[::-1][: self.MOST_STEPS + 1]
        levels = [_above(float(level)) for level in order] if len(order) else [0.5]
        self._levels = sorted({min(0.999, max(level, _above(floor), self.LOWEST)) for level in levels}, reverse=True)
        self._place = 0

    @property
    def threshold(self) -> float:
        """The threshold that was reached."""
        return round(self._levels[self._place], 6)

    @property
    def step(self) -> float | None:
        """The next lower threshold, if there is one."""
        return self._levels[self._place + 1] if self._place + 1 < len(self._levels) else None

    def gain(self, flagged: NDArray[np.bool_]) -> tuple[float, int]:
        """Share of violations that the next step finds more, for each clean document that it costs more."""
        step = self.step
        assert step is not None
        cost = int((~flagged & (self._scores.clean >= step)).sum())
        violations = self._scores.violations
        found = ((violations >= step) & (violations < self._levels[self._place])).mean() if len(violations) else 0.0
        return float(found) / (cost + 0.25), cost

    def take(self) -> NDArray[np.bool_]:
        """Go one step down; the clean documents flagged there."""
        self._place += 1
        flagged: NDArray[np.bool_] = self._scores.clean >= self._levels[self._place]
        return flagged


def _above(level: float) -> float:
    """A threshold a little above a score, on the scale of its odds."""
    level = min(max(level, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(math.log(level / (1 - level)) + MARGIN)))


def _reject_threshold(scores: RiskScores, budget: Budget) -> float | None:
    """The lowest threshold with proved precision and no clean document above it; none where there is none."""
    clean_limit = _above(float(scores.clean.max())) if len(scores.clean) else 0.5
    found = None
    for level in sorted({float(value) for value in scores.violations}, reverse=True):
        hits, misses = int((scores.violations >= level).sum()), int((scores.contrasts >= level).sum())
        if level <= clean_limit or misses > hits:
            break
        if wilson(hits, hits + misses)[0] >= budget.precision:
            found = level
    return None if found is None else round(min(0.9999, _above(found)), 6)
