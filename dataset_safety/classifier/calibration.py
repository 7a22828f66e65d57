"""Thresholds (B.2): for a person (``review``) and for the model alone (``reject``), under one joint budget for clean text.

29 small rates of false alarms add up, so the budget is joint: any risk on a clean document counts once. A threshold stands at
a rate of false alarms, read off the tail of the clean scores and not off their highest: one odd document then moves little,
and documents that nobody has seen keep to it. The budget is spent where it finds most: step by step the risk whose lower
threshold finds the largest share of violations for the clean documents it costs. A risk that finds enough at the lowest
rates stays there: only so can its own rate be proved to be small. A reject threshold exists only where the lower bound of
its precision among violations and contrasts is proved. All scores come from folds that did not train on the text.
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
"""Odds (logarithm) that a reject threshold stays above every clean document."""
RATES = (5e-5, 7e-5, 1e-4, 1.5e-4, 2e-4, 3e-4, 4.5e-4, 7e-4, 1e-3, 1.5e-3, 2.2e-3)
"""Rates of false alarms of one risk at which its threshold may stand, from the highest threshold down."""
PROVEN_RATE = 1.5e-4
"""One of 5,900 clean documents is to be expected at this rate: few enough to prove less than 0.1 %."""
TAIL = 0.01
"""Share of clean documents whose scores tell the tail."""
Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bound of the joint share of clean documents, share of contrasts a risk, lower bound of the precision of a reject,
    and the share of violations with which a risk stays at the rate that can be proved."""

    review: float = 0.008
    contrasts: float = 0.10
    precision: float = 0.95
    enough: float = 0.45


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
    for ladder in ladders.values():
        flagged |= ladder.flagged()
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
    """Thresholds of one risk from high to low, each at a rate of false alarms."""

    LOWEST, HIGHEST = 0.02, 0.999

    def __init__(self, scores: RiskScores, budget: Budget) -> None:
        self._scores = scores
        floor = _above(float(np.quantile(scores.contrasts, 1 - budget.contrasts))) if len(scores.contrasts) else 0.0
        levels = [min(self.HIGHEST, max(level, floor, self.LOWEST)) for level in _levels(scores.clean)]
        proven = [level for rate, level in zip(RATES, levels, strict=True) if rate <= PROVEN_RATE]
        if len(scores.violations) and (scores.violations >= proven[-1]).mean() >= budget.enough:
            levels = proven
        self._levels = sorted(set(levels), reverse=True)
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
        return self.flagged()

    def flagged(self) -> NDArray[np.bool_]:
        """Clean documents that the present threshold flags."""
        found: NDArray[np.bool_] = self._scores.clean >= self._levels[self._place]
        return found


def _levels(clean: Values) -> list[float]:
    """Scores that clean documents exceed at each of ``RATES``, by an exponential tail of their odds above a high quantile."""
    if not len(clean):
        return [0.5] * len(RATES)
    odds = np.sort(_odds(clean))[::-1]
    beyond = min(len(odds) - 1, max(10, int(len(odds) * TAIL)))
    start = float(odds[beyond])
    spread = max(float(np.median(odds[:beyond] - start)) / math.log(2), 0.05) if beyond else 0.05
    reached = [start + spread * math.log(max(beyond, 1) / len(odds) / rate) for rate in RATES]
    return [1 / (1 + math.exp(-value)) for value in reached]


def _odds(scores: Values) -> Values:
    clipped = np.clip(np.asarray(scores, dtype=np.float64), 1e-9, 1 - 1e-9)
    return np.log(clipped / (1 - clipped))


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
