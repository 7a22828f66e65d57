"""Versioned artifacts (keyword libraries, classification models), which version is active, and other evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from dataset_safety import clock
from dataset_safety.store import audit
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.tables import activation, artifact, evidence

KEYWORD_LIBRARY = "keyword_library"
CLASSIFICATION_MODEL = "classification_model"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One version of an artifact; ``version`` is the hash of its content, ``facts`` what people want to know."""

    kind: str
    version: str
    facts: Mapping[str, Any]
    object: str | None = None
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document, attestation or probe result that a verdict may rest on."""

    kind: str
    clause: str
    subject: str
    content: Mapping[str, Any]
    collected_at: str
    valid_until: str | None = None
    evidence_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the active version of an artifact."""

    version: str
    actor: str
    reason: str
    created_at: str


def save(connection: Connection, made: Artifact) -> bool:
    """Register a version once; False when it was registered already."""
    chosen = select(artifact.c.version).where(artifact.c.kind == made.kind, artifact.c.version == made.version)
    if connection.execute(chosen).first():
        return False
    connection.execute(
        insert(artifact).values(
            kind=made.kind,
            version=made.version,
            object=made.object,
            facts=canonical_json(dict(made.facts)),
            created_at=clock.now().isoformat(),
        )
    )
    audit.append(connection, f"{made.kind}.register", made.version)
    return True


def versions(connection: Connection, kind: str) -> list[Artifact]:
    """All versions of an artifact, oldest first."""
    rows = connection.execute(select(artifact).where(artifact.c.kind == kind).order_by(artifact.c.created_at, artifact.c.version))
    return [Artifact(row.kind, row.version, json.loads(row.facts), row.object, row.created_at) for row in rows]


def activate(connection: Connection, kind: str, version: str, *, reason: str) -> None:
    """Make a version the active one; one row, so it takes effect at once and can be undone at once."""
    connection.execute(
        insert(activation).values(
            kind=kind, version=version, actor=audit.actor(), reason=reason, created_at=clock.now().isoformat()
        )
    )
    audit.append(connection, f"{kind}.activate", version, reason=reason)


def active(connection: Connection, kind: str) -> Artifact | None:
    """The active version."""
    query = select(activation.c.version).where(activation.c.kind == kind).order_by(activation.c.activation_id.desc()).limit(1)
    version = connection.execute(query).scalar()
    return next((found for found in versions(connection, kind) if found.version == version), None)


def changes(connection: Connection, kind: str) -> list[Change]:
    """Every change of the active version, oldest first."""
    rows = connection.execute(select(activation).where(activation.c.kind == kind).order_by(activation.c.activation_id))
    return [Change(row.version, row.actor, row.reason, row.created_at) for row in rows]


def save_evidence(connection: Connection, found: Evidence) -> None:
    """Append a piece of evidence."""
    connection.execute(
        insert(evidence).values(
            kind=found.kind,
            clause=found.clause,
            subject=found.subject,
            content=canonical_json(dict(found.content)),
            collected_at=found.collected_at,
            valid_until=found.valid_until,
        )
    )
    audit.append(connection, "evidence.record", found.subject, kind=found.kind, clause=found.clause)


def evidence_for(connection: Connection, clause: str) -> list[Evidence]:
    """Everything recorded for a clause, oldest first."""
    rows = connection.execute(select(evidence).where(evidence.c.clause == clause).order_by(evidence.c.evidence_id))
    return [
        Evidence(row.kind, row.clause, row.subject, json.loads(row.content), row.collected_at, row.valid_until, row.evidence_id)
        for row in rows
    ]
