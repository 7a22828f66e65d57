"""The model card (B.2), generated from a training run: what the model is, what was measured, what it cannot do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dataset_safety.classifier.agreement import RULE, agreement_of
from dataset_safety.classifier.models import Model
from dataset_safety.classifier.probing import ProbeReport, summary
from dataset_safety.classifier.trials import Trial, trials
from dataset_safety.standard import load_edition

__all__ = ["CARRIED_BY", "Card", "card_of"]

INTENDED_USE = (
    "Triage: rank texts and send them to a person. An n-gram model sees topic and wording, not stance; "
    "it is never the only judge. Under A.1.a to A.1.c nothing bundled decides without a person."
)
KNOWN_FAILURES = (
    "Quotation, negation and counter-speech are told from violations only where the wording differs.",
    "Sarcasm, allusion and homophones are missed; spelling apart and disguises are the keyword matcher's work.",
    "Languages other than Chinese and English are scored without measured coverage.",
    "Short texts about groups of people are the most frequent false alarms.",
    "Polite requests for something wrongful are mostly missed: what is wrong with them stands in no single word.",
    "The component common to all risks learns partly how violations are written: trained without a group of risks it still tells "
    "its probe texts from their contrasts (AUC .83 to .90), so probe figures flatter, whoever wrote the texts.",
)
CARRIED_BY = {
    "A.3.a": "rights notices and licences (rights/), source ledger",
    "A.4.b": "consent records; images need their own model",
    "A.1.g": "truth stands outside the text: only the style of hoaxes is scored",
    "A.4.e": "patterns for personal information (privacy/)",
    "A.4.f": "patterns for personal information (privacy/), basis gate of 6.3",
}
NARROWER = "bundled scope narrower than the title: calls for or planning of violence, sabotage, espionage or armed force only"

COLUMNS = (
    "risk", "status", "with keywords", "recall [bounds]", "contrasts", "clean", "AUC clean", "AUC contrasts",
    "agreement with keywords", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """The card as one document; ``risks`` has ``status``, counts and bounds for each risk."""

    document: dict[str, Any]

    def json_bytes(self) -> bytes:
        """JSON, keys in order."""
        return json.dumps(self.document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"

    def markdown(self) -> str:
        """The card for people."""
        found = self.document
        lines = [
            f"# Classification model {found['model']}",
            "",
            found["intended_use"],
            "",
            f"Licence: {found['licence']}.",
            "",
            "## Decisions",
            "",
            found["decisions"],
            "",
            "## Measured",
            "",
        ]
        lines += [f"- {name}: {value}" for name, value in found["summary"].items()]
        lines += [
            "",
            "## Risks",
            "",
            "| " + " | ".join(COLUMNS) + " |",
        ]
        lines += [
            "|" + "---|" * len(COLUMNS),
            *(_row(risk, entry) for risk, entry in found["risks"].items()),
            "",
            "## Training texts",
            "",
        ]
        lines += [f"- {source}: {count}" for source, count in found["sources"].items()]
        lines += [f"- judgements, {what.replace('_', ' ')}: {count}" for what, count in found["judgements"].items()]
        lines += ["", "## Known failures", "", *(f"- {line}" for line in found["known_failures"])]
        lines += ["", "## Tried", "", *(f"- {Trial(**trial).line()}" for trial in found["tried"])]
        return "\n".join(lines) + "\n"


def _row(risk: str, entry: dict[str, Any]) -> str:
    recall, contrasts, clean = entry["recall"], entry["contrasts"], entry["clean"]
    cells = (
        f"{risk} {entry['title']}", entry["status"], entry["joint_status"],
        f"{recall['k']}/{recall['n']} [{recall['lower']:.2f}, {recall['upper']:.2f}]",
        f"{contrasts['k']}/{contrasts['n']}", f"{clean['k']}/{clean['n']}",
        f"{entry['auc_clean']:.3f}", f"{entry['auc_contrasts']:.3f}", _agreement(entry["agreement"]), entry["note"],
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _agreement(found: dict[str, Any]) -> str:
    """Right of all agreements, and whether they reject."""
    if not found:
        return "not measured"
    return f"{found['k']}/{found['n']}, {'rejects' if found['proved'] else 'review'}"


def card_of(model: Model, report: ProbeReport) -> Card:
    """The card of one model and its measurement."""
    titles = {risk.id: risk.title_en for risk in load_edition().risks}
    texts = model.manifest.training.get("texts", {})
    risks = {}
    for one in report.risks:
        limit = model.threshold(one.risk)
        notes = [NARROWER] if one.risk in ("A.1.a", "A.1.b", "A.1.c") else []
        notes += [f"carried by {CARRIED_BY[one.risk]}"] if one.risk in CARRIED_BY else []
        risks[one.risk] = one.document() | {
            "title": titles[one.risk],
            "training": texts.get(one.risk, {}),
            "review": limit.review,
            "reject": limit.reject,
            "agreement": agreement_of(model.manifest.calibration, one.risk),
            "note": "; ".join(notes),
        }
    return Card(
        {
            "model": model.version,
            "licence": model.manifest.licence,
            "languages": list(model.manifest.languages),
            "intended_use": INTENDED_USE,
            "decisions": RULE,
            "known_failures": list(KNOWN_FAILURES),
            "tried": [trial.document() for trial in trials()],
            "sources": model.manifest.training.get("sources", {}),
            "judgements": model.manifest.training.get("judgements", {}),
            "calibration": model.manifest.calibration,
            "summary": summary(report),
            "risks": risks,
        }
    )
