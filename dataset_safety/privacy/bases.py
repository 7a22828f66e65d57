"""Legal bases for using personal information (6.3 a, 6.3 b; PIPL Art. 13, 15, 29 and 31).

A basis is recorded for one source and named classes, with the document that proves it, and stands until its last
day or its withdrawal. Ordinary consent never reaches sensitive classes; those need separate consent or one of the
statutory cases that the edition lists. Information of minors under 14 needs the consent of a guardian.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from dataset_safety import clock
from dataset_safety.privacy.classes import CLASSES, SENSITIVE, Kind, unknown_classes
from dataset_safety.privacy.errors import UnknownBasis, UnknownClass

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "Basis", "LegalBasis", "bases_on_record", "consented_classes", "permits", "record_basis", "record_withdrawal",
]  # fmt: skip

CLAUSE = "6.3.a"
GRANTED, WITHDRAWN = "legal_basis", "legal_basis.withdrawn"


class Basis(StrEnum):
    """Consent in its three forms, and cases 2 to 7 of PIPL Art. 13(1)."""

    CONSENT = "consent"
    SEPARATE_CONSENT = "separate_consent"
    GUARDIAN_CONSENT = "guardian_consent"
    CONTRACT_OR_HUMAN_RESOURCES = "contract_or_human_resources"
    STATUTORY_DUTY = "statutory_duty"
    PUBLIC_HEALTH_EMERGENCY = "public_health_emergency"
    PUBLIC_INTEREST_REPORTING = "public_interest_reporting"
    LAWFULLY_PUBLIC = "lawfully_public"
    OTHER_LAW = "other_law"


STATUTORY_FOR_SENSITIVE = frozenset({Basis.STATUTORY_DUTY, Basis.PUBLIC_HEALTH_EMERGENCY, Basis.OTHER_LAW})
FOR_SENSITIVE = STATUTORY_FOR_SENSITIVE | {Basis.SEPARATE_CONSENT, Basis.GUARDIAN_CONSENT}
FOR_MINORS = STATUTORY_FOR_SENSITIVE | {Basis.GUARDIAN_CONSENT}


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One basis of one source; ``document`` is the SHA-256 of the document that proves it."""

    source_id: str
    basis: Basis
    classes: frozenset[str]
    document: str = ""
    valid_until: date | None = None
    withdrawn_on: date | None = None

    def stands_on(self, day: date) -> bool:
        """Whether data may be used on it that day; a withdrawal counts from its own day (PIPL Art. 15)."""
        within = self.valid_until is None or day <= self.valid_until
        return within and (self.withdrawn_on is None or day < self.withdrawn_on)

    def covers(self, name: str, *, sensitive: bool) -> bool:
        """Whether it permits the use of one class."""
        if name not in self.classes:
            return False
        if name == Kind.MINOR_UNDER_14.value:
            return self.basis in FOR_MINORS
        return not sensitive or self.basis in FOR_SENSITIVE


def permits(bases: Iterable[LegalBasis], classes: Collection[str], sensitive: Collection[str]) -> bool:
    """Whether every class is covered by some basis, the sensitive ones by a basis that reaches them.

    ``bases`` are those of one source that stand. A sample that holds information of a minor under 14 needs, for
    every class in it, a basis that reaches minors (PIPL Art. 31).
    """
    known = list(bases)
    of_minor = Kind.MINOR_UNDER_14.value in {*classes, *sensitive}
    usable = [basis for basis in known if basis.basis in FOR_MINORS] if of_minor else known
    strict = SENSITIVE.union(sensitive)
    return all(any(basis.covers(name, sensitive=name in strict) for basis in usable) for name in {*classes, *sensitive})


def consented_classes(bases: Iterable[LegalBasis], source_id: str, day: date) -> tuple[frozenset[str], frozenset[str]]:
    """Classes with any basis that day, and classes whose basis reaches sensitive information."""
    standing = [basis for basis in bases if basis.source_id == source_id and basis.stands_on(day)]
    named = {name for basis in standing for name in basis.classes}
    anyhow = frozenset(name for name in named if any(basis.covers(name, sensitive=False) for basis in standing))
    separately = frozenset(name for name in named if any(basis.covers(name, sensitive=True) for basis in standing))
    return anyhow, separately


def record_basis(
    connection: Connection, source_id: str, *, classes: Sequence[str], basis: str, document: str, valid_until: str | None = None
) -> None:
    """Append a basis to the evidence, with its event in the audit log."""
    from dataset_safety.store.artifacts import Evidence, save_evidence

    _check_classes(classes)
    until = None if valid_until is None else _day(valid_until).isoformat()
    content = {"basis": _basis(basis).value, "classes": sorted(set(classes)), "document": document}
    save_evidence(connection, Evidence(GRANTED, CLAUSE, source_id, content, clock.now().isoformat(), until))


def record_withdrawal(connection: Connection, source_id: str, *, classes: Sequence[str], basis: str) -> None:
    """Append the withdrawal of a basis for some classes (PIPL Art. 15); what was recorded before stays on record."""
    from dataset_safety.store.artifacts import Evidence, save_evidence

    _check_classes(classes)
    content = {"basis": _basis(basis).value, "classes": sorted(set(classes))}
    save_evidence(connection, Evidence(WITHDRAWN, CLAUSE, source_id, content, clock.now().isoformat()))


def bases_on_record(connection: Connection) -> list[LegalBasis]:
    """All bases, oldest first, each for the classes that share its fate: still granted, or withdrawn on a day."""
    from dataset_safety.store.artifacts import evidence_for

    found: list[LegalBasis] = []
    for row in evidence_for(connection, CLAUSE):
        if row.kind not in (GRANTED, WITHDRAWN):
            continue
        basis, classes = Basis(row.content["basis"]), frozenset(row.content["classes"])
        if row.kind == GRANTED:
            until = date.fromisoformat(row.valid_until) if row.valid_until else None
            found.append(LegalBasis(row.subject, basis, classes, row.content["document"], until))
        else:
            day = date.fromisoformat(row.collected_at[:10])
            found = [part for known in found for part in _withdrawn(known, row.subject, basis, classes, day)]
    return found


def _withdrawn(known: LegalBasis, source_id: str, basis: Basis, classes: frozenset[str], day: date) -> list[LegalBasis]:
    """One basis after a withdrawal: the classes that stay and the classes that end that day."""
    hit = known.classes & classes
    if known.source_id != source_id or known.basis is not basis or known.withdrawn_on is not None or not hit:
        return [known]
    ended = LegalBasis(source_id, basis, hit, known.document, known.valid_until, day)
    rest = known.classes - hit
    return [ended, LegalBasis(source_id, basis, rest, known.document, known.valid_until)] if rest else [ended]


def _check_classes(classes: Sequence[str]) -> None:
    unknown = unknown_classes(set(classes))
    if unknown or not classes:
        hint = f"the classes are {', '.join(CLASSES)}."
        what = f"unknown classes of personal information: {', '.join(unknown)}." if unknown else "no class is named."
        raise UnknownClass(what, hint=hint, names=unknown)


def _basis(value: str) -> Basis:
    try:
        return Basis(value)
    except ValueError:
        hint = f"use one of {', '.join(Basis)}."
        raise UnknownBasis(f"unknown legal basis {value[:64]!r}.", hint=hint, value=value) from None


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UnknownBasis(f"{value[:64]!r} is no date.", hint="write the last day as YYYY-MM-DD.", value=value) from None
