from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_safety.classifier.calibration import Budget, RiskScores, review_thresholds, thresholds, wilson


def made(seed, risks=6, clean=3000, separation=2.0):
    rng = np.random.default_rng(seed)
    squash = lambda values: 1 / (1 + np.exp(-values))  # noqa: E731
    return {
        f"A.2.{chr(97 + number)}": RiskScores(
            squash(rng.normal(separation - 3, 1.5, 200)), squash(rng.normal(-3, 1.5, 200)), squash(rng.normal(-5, 1, clean))
        )
        for number in range(risks)
    }


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_all_risks_together_keep_the_joint_budget_on_clean_text(seed):
    scores, budget = made(seed), Budget()
    limits = review_thresholds(scores, budget)
    flagged = np.any([scores[risk].clean >= limit for risk, limit in limits.items()], axis=0).sum()
    assert flagged / 3000 <= budget.review
    assert all((scores[risk].contrasts >= limit).mean() <= budget.contrasts for risk, limit in limits.items())


def test_a_reject_threshold_needs_proof():
    limits = thresholds(made(1, separation=9.0), Budget(), never_reject=("A.2.a",))
    assert limits["A.2.a"].reject is None
    assert limits["A.2.b"].reject is not None and limits["A.2.b"].reject >= limits["A.2.b"].review
    scores = made(1, separation=9.0)["A.2.b"]
    hits, misses = (scores.violations >= limits["A.2.b"].reject).sum(), (scores.contrasts >= limits["A.2.b"].reject).sum()
    assert wilson(int(hits), int(hits + misses))[0] >= 0.9 and not (scores.clean >= limits["A.2.b"].reject).any()


def test_few_violations_prove_no_reject():
    few = {risk: RiskScores(one.violations[:30], one.contrasts, one.clean) for risk, one in made(2, separation=9.0).items()}
    assert all(limit.reject is None for limit in thresholds(few, Budget()).values())
