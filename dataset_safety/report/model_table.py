"""T7 from the cards on record: what each classification model was measured to find and to flag wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from dataset_safety.classifier.card_records import BUNDLED, cards_on_record
from dataset_safety.report.tables import CoverageRow, ModelCard, Rate
from dataset_safety.standard import Edition

UNPROVEN = "unproven"
MOST_LABELS = 12


def model_cards(connection: Connection, edition: Edition, detector: str) -> list[ModelCard]:
    """The cards of the models that a recipe worked with, bundled ones first; ``detector`` is their version in the recipe."""
    versions = [name for name in detector.partition("~")[0].split("+") if name]
    known = cards_on_record(connection, versions)
    cards = [_card(edition, version, known[version]) for version in versions if version in known]
    return sorted(cards, key=lambda card: (card.origin != BUNDLED, card.version))


def models_without_card(cards: list[ModelCard], detector: str) -> list[str]:
    """Versions in the recipe of which no card is on record."""
    have = {card.version for card in cards}
    return [name for name in detector.partition("~")[0].split("+") if name and name not in have]


def _card(edition: Edition, version: str, found: Mapping[str, Any]) -> ModelCard:
    return ModelCard(
        version,
        str(found["origin"]),
        str(found["licence"]),
        [str(name) for name in found["languages"]],
        int(found["probe_texts"]),
        _rate(found["any_clean"]),
        [_row(edition, risk, found) for risk in edition.risk_ids],
    )


def _row(edition: Edition, risk: str, found: Mapping[str, Any]) -> CoverageRow:
    measured = found["risks"].get(risk, {})
    limits = found["thresholds"].get(risk, {})
    labels = [str(name) for name, risks in found["labels"] if risk in risks]
    about = edition.risk(risk)
    notes = [about.scope_note] if about.scope_note and found["origin"] == BUNDLED else []
    notes += [f"carried by: {about.carried_by}"] if about.carried_by else []
    more = [f"and {len(labels) - MOST_LABELS} more"] if len(labels) > MOST_LABELS else []
    return CoverageRow(
        risk,
        str(measured.get("status", UNPROVEN)),
        _rate(measured.get("recall", {})),
        _rate(measured.get("contrasts", {})),
        _rate(measured.get("clean", {})),
        limits.get("review"),
        limits.get("reject"),
        [*labels[:MOST_LABELS], *more],
        "; ".join(notes),
    )


def _rate(found: Mapping[str, Any]) -> Rate | None:
    return Rate(int(found["k"]), int(found["n"]), float(found["lower"]), float(found["upper"])) if found else None
