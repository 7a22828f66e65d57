"""The card of each model in use as evidence (B.2): label map, thresholds and measured coverage, as its own files say."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.classifier.models import Model
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import Evidence
from dataset_safety.store.canonical import canonical_json

KIND, CLAUSE = "model_card", "K.B.2"
BUNDLED, OPERATOR = "bundled", "operator"
MEASURED = ("status", "why", "recall", "contrasts", "clean", "joint_status", "joint_recall", "joint_contrasts", "joint_clean")


def record_cards(connection: Connection, models: Sequence[tuple[Path, Model]], bundled: Path) -> None:
    """Append the card of every model whose newest card on record says something else."""
    known = cards_on_record(connection, [model.version for _, model in models])
    for folder, model in models:
        card = _card(folder, model, BUNDLED if folder == bundled else OPERATOR)
        if canonical_json(dict(known.get(model.version, {}))) != canonical_json(card):
            artifacts.save_evidence(connection, Evidence(KIND, CLAUSE, model.version, card, clock.now().isoformat()))


def cards_on_record(connection: Connection, versions: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """The newest card of each of these models, by version."""
    found = artifacts.evidence_for(connection, CLAUSE)
    return {one.subject: one.content for one in found if one.kind == KIND and one.subject in versions}


def _card(folder: Path, model: Model, origin: str) -> dict[str, Any]:
    manifest = model.manifest
    report = json.loads((folder / "probe_report.json").read_bytes()) if model.coverage else {}
    measured = report.get("risks", {})
    return {
        "origin": origin,
        "licence": manifest.licence,
        "languages": list(manifest.languages),
        "labels": [[label.label, list(label.risks)] for label in manifest.labels],
        "thresholds": {risk: model.threshold(risk).model_dump() for risk in model.risks},
        "risks": {risk: {name: found[name] for name in MEASURED if name in found} for risk, found in measured.items()},
        "any_clean": report.get("any_clean", {}),
        "probe_texts": report.get("probe_texts", 0),
    }
