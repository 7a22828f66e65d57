"""Measured coverage (B.2): what models find of violations they never saw, and what they flag of contrasts and clean text.

A label map is a claim; a status is a measurement on texts by authors who wrote none of the training texts:

``measured-ok``     lower 95 % bound of recall >= .50, contrasts flagged <= .15, upper bound of clean text flagged <= .1 %
``measured-weak``   recall >= .20, or AUC against contrasts >= .65
``unproven``        anything else

Both need an output that tells something: no constant, violations above contrasts (a topic-only output is not), violations of
this risk above those of others (a map of one output to everything is not), clean text flagged by 1 % at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_safety.classifier.calibration import wilson
from dataset_safety.classifier.manifest import Coverage
from dataset_safety.classifier.models import Model
from dataset_safety.classifier.sentences import Sentence
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.records import Detector, Effect, Method
from dataset_safety.standard import load_edition

__all__ = ["ProbeReport", "RiskReport", "auc", "ensemble_scores", "probe"]

BATCH_TEXTS = 1024
OK_RECALL, OK_CONTRASTS, OK_CLEAN = 0.50, 0.15, 0.001
WEAK_RECALL, WEAK_AUC, WEAK_CLEAN = 0.20, 0.65, 0.01
LEAST_STANCE, LEAST_OWN = 0.55, 0.60
LEAST_TEXTS = 20
"""With fewer probe texts of a stance nothing is proved."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``k`` flagged of ``n``, with Wilson bounds (95 %)."""

    k: int
    n: int

    @property
    def share(self) -> float:
        """Point estimate; 0 of nothing."""
        return self.k / self.n if self.n else 0.0

    @property
    def lower(self) -> float:
        """Lower bound."""
        return wilson(self.k, self.n)[0]

    @property
    def upper(self) -> float:
        """Upper bound."""
        return wilson(self.k, self.n)[1]

    def document(self) -> dict[str, float | int]:
        """Counts and bounds, for people and files."""
        return {
            "k": self.k,
            "n": self.n,
            "share": round(self.share, 4),
            "lower": round(self.lower, 4),
            "upper": round(self.upper, 4),
        }


@dataclass(frozen=True, slots=True)
class RiskReport:
    """Coverage of one risk: by models alone, and jointly with keywords and patterns."""

    risk: str
    status: Coverage
    why: str
    recall: Rate
    contrasts: Rate
    clean: Rate
    auc_clean: float
    auc_contrasts: float
    auc_other_risks: float
    joint_status: Coverage
    joint_recall: Rate
    joint_contrasts: Rate
    joint_clean: Rate

    def document(self) -> dict[str, Any]:
        """The report as it stands in a file."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.document() if isinstance(value, Rate) else round(value, 4) if isinstance(value, float) else value
            for name, value in found.items()
        }


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Coverage of all risks; ``any_clean`` counts clean texts with any flag at all."""

    risks: tuple[RiskReport, ...]
    any_clean: Rate
    probe_texts: int
    probe_authors: tuple[str, ...]

    def document(self, manifest_sha256: str) -> dict[str, Any]:
        """``probe_report.json`` of one model."""
        return {
            "manifest_sha256": manifest_sha256,
            "probe_texts": self.probe_texts,
            "probe_authors": list(self.probe_authors),
            "any_clean": self.any_clean.document(),
            "risks": {report.risk: report.document() for report in self.risks},
        }


@dataclass(frozen=True, slots=True)
class _Seen:
    """Scores and flags of some texts, one column a risk of the edition."""

    scores: NDArray[np.float32]
    flagged: NDArray[np.bool_]
    joint: NDArray[np.bool_]


def auc(positives: NDArray[Any], negatives: NDArray[Any]) -> float:
    """Chance that a positive scores above a negative, ties count half; .5 of nothing."""
    if not len(positives) or not len(negatives):
        return 0.5
    ordered = np.sort(negatives)
    below, upto = np.searchsorted(ordered, positives, side="left"), np.searchsorted(ordered, positives, side="right")
    return float((below + upto).sum() / (2 * len(positives) * len(negatives)))


def ensemble_scores(models: Sequence[Model], batch: TextBatch) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Maximum score of each risk over the models, and whether any of them reaches its own review threshold."""
    risks = load_edition().risk_ids
    scores = np.zeros((len(batch.texts), len(risks)), dtype=np.float32)
    flagged = np.zeros(scores.shape, dtype=np.bool_)
    for model in models:
        columns = [risks.index(risk) for risk in model.risks]
        values = model.scores(batch).values
        limits = [model.threshold(risk).review for risk in model.risks]
        scores[:, columns] = np.maximum(scores[:, columns], values)
        flagged[:, columns] |= values >= np.array([np.inf if limit is None else limit for limit in limits], dtype=np.float32)
    return scores, flagged


def _look(models: Sequence[Model], detectors: Sequence[Detector], texts: Sequence[str]) -> _Seen:
    risks = load_edition().risk_ids
    parts = []
    for begin in range(0, len(texts), BATCH_TEXTS):
        batch = TextBatch.of(texts[begin : begin + BATCH_TEXTS])
        scores, flagged = ensemble_scores(models, batch)
        joint = flagged.copy()
        for detector in detectors:
            for finding in detector.find(batch):
                if finding.effect is not Effect.NOTE or finding.method is Method.PATTERN:
                    joint[finding.row, risks.index(finding.risk)] = True
        parts.append(_Seen(scores, flagged, joint))
    if not parts:
        nothing = np.zeros((0, len(risks)), dtype=np.bool_)
        return _Seen(nothing.astype(np.float32), nothing, nothing)
    return _Seen(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Seen.__slots__))


def probe(
    models: Sequence[Model], sentences: Sequence[Sentence], clean: Iterable[str], *, detectors: Sequence[Detector] = ()
) -> ProbeReport:
    """Measure the coverage of all 29 risks; ``detectors`` (keywords, patterns) count in the joint figures only."""
    seen = _look(models, detectors, [sentence.text for sentence in sentences])
    on_clean = _look(models, detectors, list(clean))
    violation = np.array([sentence.stance == "violation" for sentence in sentences], dtype=np.bool_)
    named = {risk for model in models for risk in model.risks}
    reports = []
    for column, risk in enumerate(load_edition().risk_ids):
        mine = np.array([risk in sentence.risk for sentence in sentences], dtype=np.bool_)
        reports.append(
            _report(risk, column, risk in named, seen, on_clean, mine & violation, mine & ~violation, ~mine & violation)
        )
    authors = tuple(sorted({sentence.author for sentence in sentences}))
    return ProbeReport(
        tuple(reports), Rate(int(on_clean.flagged.any(axis=1).sum()), len(on_clean.flagged)), len(sentences), authors
    )


def _report(
    risk: str,
    column: int,
    named: bool,
    seen: _Seen,
    clean: _Seen,
    violations: NDArray[np.bool_],
    contrasts: NDArray[np.bool_],
    others: NDArray[np.bool_],
) -> RiskReport:
    def rates(on: str) -> tuple[Rate, Rate, Rate]:
        probe_flags, clean_flags = getattr(seen, on)[:, column], getattr(clean, on)[:, column]
        return (
            Rate(int(probe_flags[violations].sum()), int(violations.sum())),
            Rate(int(probe_flags[contrasts].sum()), int(contrasts.sum())),
            Rate(int(clean_flags.sum()), len(clean_flags)),
        )

    scores = seen.scores[:, column]
    recall, on_contrasts, on_clean = rates("flagged")
    joint = rates("joint")
    auc_contrasts, auc_others = auc(scores[violations], scores[contrasts]), auc(scores[violations], scores[others])
    status: Coverage = "unproven"
    why = "no output names it"
    if named:
        status, why = _status(recall, on_contrasts, on_clean, auc_contrasts=auc_contrasts, auc_others=auc_others)
    return RiskReport(
        risk, status, why, recall, on_contrasts, on_clean,
        auc(scores[violations], clean.scores[:, column]), auc_contrasts, auc_others,
        _joint_status(*joint, model=status), *joint,
    )  # fmt: skip


def _status(recall: Rate, contrasts: Rate, clean: Rate, *, auc_contrasts: float, auc_others: float) -> tuple[Coverage, str]:
    if min(recall.n, contrasts.n) < LEAST_TEXTS or clean.n == 0:
        return "unproven", f"too few probe texts ({recall.n} violations, {contrasts.n} contrasts, {clean.n} clean)"
    if auc_others < LEAST_OWN:
        return "unproven", f"does not tell this risk from the others (AUC {auc_others:.2f})"
    if auc_contrasts < LEAST_STANCE:
        return "unproven", f"sees the topic, not the violation (AUC against contrasts {auc_contrasts:.2f})"
    if clean.share > WEAK_CLEAN:
        return "unproven", f"flags {clean.share:.1%} of clean text"
    if _is_ok(recall, contrasts, clean):
        return "measured-ok", "recall, contrasts and clean text within their bounds"
    if recall.share >= WEAK_RECALL or auc_contrasts >= WEAK_AUC:
        return "measured-weak", f"recall {recall.share:.2f}, AUC against contrasts {auc_contrasts:.2f}"
    return "unproven", f"recall {recall.share:.2f}, AUC against contrasts {auc_contrasts:.2f}"


def _is_ok(recall: Rate, contrasts: Rate, clean: Rate) -> bool:
    return recall.lower >= OK_RECALL and contrasts.share <= OK_CONTRASTS and clean.upper <= OK_CLEAN


def _joint_status(recall: Rate, contrasts: Rate, clean: Rate, *, model: Coverage) -> Coverage:
    """Keywords and patterns have no score, so flags alone count: more violations than contrasts, beyond chance."""
    if min(recall.n, contrasts.n) < LEAST_TEXTS or clean.n == 0:
        return model
    if model == "measured-ok" or _is_ok(recall, contrasts, clean):
        return "measured-ok"
    found = recall.share >= WEAK_RECALL and recall.lower > contrasts.share and clean.share <= WEAK_CLEAN
    return "measured-weak" if found or model == "measured-weak" else "unproven"


def summary(report: ProbeReport) -> dict[str, Any]:
    """Means over the risks that have probe texts, and how many risks reach which status."""
    probed = [one for one in report.risks if min(one.recall.n, one.contrasts.n) >= LEAST_TEXTS]
    states = [one.status for one in report.risks]
    joint = [one.joint_status for one in report.risks]
    kinds: tuple[Coverage, ...] = ("measured-ok", "measured-weak", "unproven")
    return {
        "risks_probed": len(probed),
        "mean_auc_clean": round(float(np.mean([one.auc_clean for one in probed])), 4) if probed else None,
        "mean_auc_contrasts": round(float(np.mean([one.auc_contrasts for one in probed])), 4) if probed else None,
        "models_alone": {state: states.count(state) for state in kinds},
        "with_keywords_and_patterns": {state: joint.count(state) for state in kinds},
        "any_clean": asdict(report.any_clean) | {"upper": round(report.any_clean.upper, 5)},
    }
