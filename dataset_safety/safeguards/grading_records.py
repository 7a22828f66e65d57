"""Putting a scheme, grades and decisions of legal on record (R.5.a); each is evidence, and nothing is ever changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.safeguards import stated
from dataset_safety.safeguards.errors import GradeRefused, UnknownRecord
from dataset_safety.safeguards.grading import CLAUSE, DECISION, GRADE, SCHEME, Grading, GradingRegister, lowers, register
from dataset_safety.safeguards.schemes import GradingScheme
from dataset_safety.standard import load_edition
from dataset_safety.standard.names import nearest
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person says about the grade of some data."""

    category: str
    grade: str
    grader: str
    basis: str
    graded_on: date
    reason: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True)
class Derived:
    """A population that is graded anew: its state (the hash of what it holds) and the grade that holds until now."""

    state: str
    grade: str


def on_record(connection: Connection) -> GradingRegister:
    """Everything on record about grading."""
    return register(evidence_for(connection, CLAUSE))


def record_scheme(connection: Connection, scheme: GradingScheme, document: str) -> None:
    """Bring a scheme into force; ``document`` is the stored file. An edition never changes under its name."""
    for known in on_record(connection).schemes:
        if known.edition == scheme.edition and known != scheme:
            message = f"edition {scheme.edition} of the grading scheme is on record with another content."
            raise GradeRefused(message, hint="give the changed scheme an edition of its own.", edition=scheme.edition)
    content = {"scheme": scheme.model_dump(mode="json"), "document": document, "scope": f"edition {scheme.edition}"}
    until = scheme.due(load_edition().thresholds.ttl_document_days).isoformat()
    save_evidence(connection, Evidence(SCHEME, CLAUSE, scheme.edition, content, clock.now().isoformat(), until))


def record_grade(connection: Connection, subject: str, judged: Judged, derived: Derived | None = None) -> Grading:
    """Grade a source, or a population anew; :class:`GradeRefused` for what the scheme does not know, and for lowering alone."""
    found = on_record(connection)
    made = _graded(_in_force(found), subject, judged, derived)
    before = _before(found, subject, made, derived)
    if before and not made.seconded:
        second = "a second person: --approver" if made.reason else "a reason and a second person: --reason and --approver"
        message = f"{subject} is graded {before}; {made.grade} is lower."
        raise GradeRefused(message, hint=f"lowering needs {second} (not the grader).", subject=subject, before=before)
    names = ("category", "grade", "grader", "basis", "scale", "edition", "population", "reason", "approver")
    content = {name: getattr(made, name) for name in names if getattr(made, name)}
    content |= {"graded_on": made.graded_on.isoformat()}
    until = made.graded_on + timedelta(days=load_edition().thresholds.ttl_document_days)
    save_evidence(connection, Evidence(GRADE, CLAUSE, subject, content, clock.now().isoformat(), until.isoformat()))
    return made


def record_decision(
    connection: Connection, subject: str, *, permitted: bool, person: str, document: str, decided_on: date
) -> Mapping[str, Any]:
    """Record what legal decided about important or core data of a source; ``document`` is the stored decision."""
    graded = on_record(connection).standing.get(subject)
    if graded is None or not graded.level.needs_legal:
        how = "has no grade" if graded is None else f"is graded {graded.grade}"
        hint = "only important and core data wait for legal; `dataset-safety ledger grades` shows them."
        raise GradeRefused(f"{subject} {how}.", hint=hint, subject=subject)
    content = {
        "decision": "permitted" if permitted else "refused",
        "level": graded.level.value,
        "person": stated.person(person),
        "document": document,
        "decided_on": decided_on.isoformat(),
    }
    until = decided_on + timedelta(days=load_edition().thresholds.ttl_document_days)
    save_evidence(connection, Evidence(DECISION, CLAUSE, subject, content, clock.now().isoformat(), until.isoformat()))
    return content


def known_source(name: str, known: Collection[str]) -> str:
    """A source of the ledger; :class:`UnknownRecord` with the nearest one for any other name."""
    if name not in known:
        hint = nearest(name, tuple(sorted(known))) if known else "`dataset-safety run --inbox DIR` makes the ledger."
        raise UnknownRecord(f"there is no source {name[:64]!r} in the newest releases.", hint=hint, name=name)
    return name


def _in_force(found: GradingRegister) -> GradingScheme:
    if found.scheme is None:
        raise GradeRefused("there is no grading scheme.", hint="record one with `dataset-safety ledger scheme --set FILE`.")
    return found.scheme


def _graded(scheme: GradingScheme, subject: str, judged: Judged, derived: Derived | None) -> Grading:
    for what, name, known in (
        ("category", judged.category, scheme.category_ids),
        ("grade", judged.grade, scheme.grade_ids),
    ):
        if name not in known:
            message = f"the scheme (edition {scheme.edition}) has no {what} {name[:64]!r}."
            raise GradeRefused(message, hint=f"use one of {', '.join(known)}.", name=name)
    if judged.graded_on < scheme.approved_on:
        message = f"{judged.graded_on} is before the scheme was approved ({scheme.approved_on})."
        raise GradeRefused(message, hint="state the day on which it was graded under this scheme.", at=judged.graded_on)
    return Grading(
        subject,
        judged.category,
        judged.grade,
        scheme.level(judged.grade),
        scheme.rank(judged.grade),
        stated.person(judged.grader),
        stated.words(judged.basis, "the basis of a grade"),
        judged.graded_on,
        scheme.scale,
        scheme.edition,
        derived.state if derived else "",
        stated.words(judged.reason, "the reason of a lower grade") if judged.reason else "",
        stated.person(judged.approver) if judged.approver else "",
    )


def _before(found: GradingRegister, subject: str, made: Grading, derived: Derived | None) -> str:
    """The grade that a new one would lower; empty if it lowers none."""
    scheme = _in_force(found)
    if derived is not None:
        return derived.grade if made.rank < scheme.rank(derived.grade) else ""
    graded = found.standing.get(subject)
    return graded.grade if graded is not None and lowers(graded, made) else ""
