"""Where a keyword and a model agree (B.1, B.2): how precise that is, measured on folds that did not see the texts.

Agreement is a keyword hit of a risk and a model score of the same risk from its review threshold on, in one text. It is
proved for a risk when the lower 95 % bound of its precision among violations and contrasts reaches .95 and no clean
calibration document shows it. A training set counts for a risk only if it has both stances of it (Davidson has no contrasts,
so whatever agrees there would be right); judgements never count, for detectors chose them; probe texts are never used. The
counts stand in the manifest; whether they prove anything is computed from them, never read from a claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dataset_safety.classifier.calibration import RiskScores, wilson
from dataset_safety.classifier.examples import Example
from dataset_safety.classifier.judged import JUDGEMENTS, TWO_PEOPLE
from dataset_safety.classifier.manifest import Threshold
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.records import Detector
from dataset_safety.standard import load_edition

__all__ = ["PRECISION", "PROVED", "RULE", "agreement_of", "is_proved", "measured_agreement"]

PRECISION = 0.95
PROVED = "decides_with_keyword"
"""Category of a model's finding that rejects together with a keyword of the same risk."""
RULE = (
    "The strongest finding of a sample makes its outcome: reject, review, clear; notes leave it alone. A measured-weak model "
    "alone sends to a person; alone it rejects only a measured-ok risk from a reject threshold of proved precision. A keyword "
    "for a person and a model from its review threshold on, of the same risk, agree: that is marked, and it rejects where the "
    "lower bound of the precision of agreement is proved (.95, no clean document); elsewhere a person decides. Under A.1.a to "
    "A.1.c agreement never rejects."
)
KEY = "agreement"
BATCH_TEXTS = 4096
LEAST_TEXTS = 20
"""Texts of each stance that make a set count."""


def measured_agreement(
    examples: Sequence[Example],
    folds: Mapping[str, RiskScores],
    thresholds: Mapping[str, Threshold],
    clean: Sequence[str],
    detectors: Sequence[Detector],
) -> dict[str, Any]:
    """Counts of agreement for each risk and the version of the library; empty without a keyword detector.

    ``folds`` hold scores of violations and contrasts in the order of ``examples`` and of ``clean`` in its own order.
    """
    keywords = next((detector for detector in detectors if detector.name == "keyword"), None)
    if keywords is None:
        return {}
    hits, on_clean = _hits(keywords, [example.text for example in examples]), _hits(keywords, clean)
    risks = {}
    for risk, scores in folds.items():
        limit = thresholds[risk].review
        if limit is None:
            continue
        violations = [n for n, example in enumerate(examples) if risk in example.positive and risk not in example.unknown]
        contrasts = [n for n, example in enumerate(examples) if risk in example.contrast and risk not in example.positive]
        sets = _sets_of_both(examples, violations, contrasts)
        right, wrong = (
            sum(flag and risk in hits[row] and _set_of(examples[row]) in sets for row, flag in zip(rows, flags, strict=True))
            for rows, flags in ((violations, scores.violations >= limit), (contrasts, scores.contrasts >= limit))
        )
        quiet = sum(flag and risk in found for found, flag in zip(on_clean, scores.clean >= limit, strict=True))
        risks[risk] = {"k": int(right), "n": int(right + wrong), "clean": int(quiet), "sets": sorted(sets)}
    return {KEY: {"keywords": keywords.version, "risks": risks}}


def _set_of(example: Example) -> str:
    return example.source.partition("/")[0]


def _sets_of_both(examples: Sequence[Example], violations: Sequence[int], contrasts: Sequence[int]) -> set[str]:
    """Training sets with enough texts of both stances."""
    bad, fine = (Counter(_set_of(examples[row]) for row in rows) for rows in (violations, contrasts))
    return {name for name, number in bad.items() if min(number, fine[name]) >= LEAST_TEXTS and name != JUDGEMENTS}


def _hits(keywords: Detector, texts: Sequence[str]) -> list[frozenset[str]]:
    """Risks that keywords find in each text."""
    found: list[set[str]] = [set() for _ in texts]
    for begin in range(0, len(texts), BATCH_TEXTS):
        for finding in keywords.find(TextBatch.of(texts[begin : begin + BATCH_TEXTS])):
            found[begin + finding.row].add(finding.risk)
    return [frozenset(risks) for risks in found]


def agreement_of(calibration: Mapping[str, Any], risk: str) -> dict[str, float | int | bool]:
    """``k`` right of ``n`` agreements, clean documents, lower bound, and whether that proves it; empty if not measured."""
    try:
        counts = [int(calibration[KEY]["risks"][risk][name]) for name in ("k", "n", "clean")]
    except (KeyError, TypeError, ValueError):
        return {}
    k, n, clean = counts
    if not 0 <= k <= n or clean < 0 or risk not in load_edition().risk_ids:
        return {}
    lower = wilson(k, n)[0]
    proved = lower >= PRECISION and clean == 0 and risk not in TWO_PEOPLE
    return {"k": k, "n": n, "clean": clean, "lower": round(lower, 4), "proved": proved}


def is_proved(calibration: Mapping[str, Any], risk: str) -> bool:
    """Whether agreement about a risk may reject."""
    return bool(agreement_of(calibration, risk).get("proved"))
