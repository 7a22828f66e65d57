"""T8 to T11 from the ledger and the evidence on record: legal bases, records of annotation, safeguards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.evaluation.attestation import ATTESTATION
from dataset_safety.privacy.bases import bases_on_record
from dataset_safety.records import Verdict
from dataset_safety.report.tables import AnnotationRow, BasisRow, SafeguardRow
from dataset_safety.standard import Edition, VerdictValue
from dataset_safety.standard.errors import UnknownClause
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import Evidence
from dataset_safety.store.releases import Release

GENERAL = "8.1."
REPEATED = frozenset({"probe", "probe_inventory", "monitor_run", "checkpoint"})
STATED = ("result", "drill", "event", "step", "observed", "scope", "statement", "category", "grade", "decision")


def basis_rows(connection: Connection, release: Release) -> list[BasisRow]:
    """T8: every legal basis on record for a source of the release, withdrawn ones too."""
    return [
        BasisRow(
            found.source_id,
            found.basis.value,
            sorted(found.classes),
            found.document,
            found.valid_until.isoformat() if found.valid_until else "",
            found.withdrawn_on.isoformat() if found.withdrawn_on else "",
        )
        for found in bases_on_record(connection)
        if found.source_id in release.sources
    ]


def annotation_rows(release: Release) -> list[AnnotationRow]:
    """T9: sources whose ledger names records of annotation."""
    return [_annotated(source, record) for source, record in sorted(release.sources.items()) if record.get("annotation")]


def _annotated(source_id: str, record: Mapping[str, Any]) -> AnnotationRow:
    named = record["annotation"]
    records = str(named.get("records") or "")
    return AnnotationRow(source_id, str(named.get("purpose") or ""), records, str(record.get("documents", {}).get(records, "")))


def safeguard_rows(connection: Connection, edition: Edition, verdicts: Sequence[Verdict]) -> list[SafeguardRow]:
    """T11: the checks of 8.1 with their sub-checks as evaluated, and below each the evidence on record for it."""
    rows: list[SafeguardRow] = []
    for verdict in verdicts:
        if verdict.clause.startswith(GENERAL):
            rows += _checked(edition, verdict)
            covered = (verdict.clause, *edition.clause(verdict.clause).requirements)
            for clause in covered:
                rows += [_recorded(found) for found in _last_of_each(artifacts.evidence_for(connection, clause))]
    return rows


def _last_of_each(found: Sequence[Evidence]) -> list[Evidence]:
    """What is shown: of what is observed again and again the last time, and no attestations, which stand elsewhere."""
    last = {_subject(one): one for one in found}
    return [one for one in found if one.kind != ATTESTATION and last[_subject(one)] is one]


def _subject(found: Evidence) -> tuple[str, str, object]:
    """What a row is about; rows of other kinds stand for themselves."""
    if found.kind not in REPEATED:
        return found.kind, found.subject, found.evidence_id
    return found.kind, found.subject, found.content.get("probe")


def _checked(edition: Edition, verdict: Verdict) -> Iterator[SafeguardRow]:
    try:
        clause = edition.clause(verdict.clause)
        titles = clause.title_en, clause.title_zh
    except UnknownClause:
        titles = "", ""
    result = verdict.observed or verdict.why
    yield SafeguardRow(verdict.clause, *titles, verdict.value, "check", verdict.required, result, "", None, "")
    for part in verdict.parts:
        yield from _checked(edition, part)


def _recorded(found: Evidence) -> SafeguardRow:
    """One piece of evidence; of its content only what it states as result and scope."""
    stated = {name: found.content[name] for name in STATED if isinstance(found.content.get(name), str)}
    scope = stated.pop("scope", found.subject)
    age = (clock.today() - date.fromisoformat(found.collected_at[:10])).days
    result = "; ".join(dict.fromkeys(stated.values())) or "on record"
    kind = found.kind.replace("_", " ")
    return SafeguardRow(
        found.clause, "", "", _value(stated), kind, scope, result, found.collected_at, age, found.valid_until or ""
    )


def _value(stated: Mapping[str, Any]) -> VerdictValue | None:
    named = str(stated.get("result", "")).upper()
    return VerdictValue(named) if named in VerdictValue.__members__ else None
