"""OSCAL 1.2: a catalog of the clauses, a minimal assessment plan, and the assessment results of one release.

A finding is there for COMPLIANT (``satisfied``) and NON_COMPLIANT (``not-satisfied``) only; OSCAL has no third state, so
every other verdict is an observation with its reason and never a finding. All UUIDs follow from stable ids: the same
assessment gives the same bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dataset_safety.report.exports.facts import Published
from dataset_safety.report.exports.markdown import inline, plain
from dataset_safety.report.model import ReportData, ResultRow
from dataset_safety.standard import Clause, ClauseKind, Edition, VerdictValue

VERSION = "1.2.1"
NAMESPACE = "urn:dataset-safety:oscal"
CATALOG, PLAN, RESULTS = "catalog.json", "assessment-plan.json", "assessment-results.json"
STATES = {VerdictValue.COMPLIANT: "satisfied", VerdictValue.NON_COMPLIANT: "not-satisfied"}
OUTDATED = "computed for another population or edition than the one shown"
NO_SYSTEM = "The subject is a release of training data; there is no system and no system security plan."
GROUPS = {
    ClauseKind.REQUIREMENT: "Sections 5 to 7: requirements",
    ClauseKind.METHOD: "Section 8 a: evaluation methods",
    ClauseKind.EXPECTED_RESULT: "Section 8 b: expected results",
    ClauseKind.KEYWORD: "Appendix B.1: keyword library",
    ClauseKind.MODEL: "Appendix B.2: classification model",
}
Json = dict[str, Any]


def oscal(facts: Published) -> dict[str, Json]:
    """The three documents by file name."""
    return {
        CATALOG: {"catalog": catalog(facts.report.edition)},
        PLAN: {"assessment-plan": plan(facts.report)},
        RESULTS: {"assessment-results": results(facts.report)},
    }


def catalog(edition: Edition) -> Json:
    """Every clause as a control; an expected result is also an assessment objective."""
    groups = [
        {"id": f"g-{kind.value}", "title": title, "controls": [_control(clause) for clause in edition.of_kind(kind)]}
        for kind, title in GROUPS.items()
    ]
    completed = moment(edition.completed)
    return {
        "uuid": _uuid("catalog", edition.digest),
        "metadata": _metadata(edition.title_en, completed, edition),
        "groups": groups,
    }


def plan(report: ReportData) -> Json:
    """What was to be assessed: the expected results of the stage."""
    subject = _uuid("subject", report.release_id)
    return {
        "uuid": _uuid("plan", *_assessed(report)),
        "metadata": _metadata(f"Assessment plan, {_named(report)}", _at(report), report.edition),
        "import-ssp": {"href": f"#{subject}", "remarks": NO_SYSTEM},
        "reviewed-controls": _reviewed(report),
        "back-matter": {"resources": [_subject(report, subject), _link(CATALOG, "Catalog of the clauses", report)]},
    }


def results(report: ReportData) -> Json:
    """What was found; the verdict of every expected result of the stage is an observation."""
    at = _at(report)
    found = [row for row in report.results if concluded(report, row) in STATES]
    result = {
        "uuid": _uuid("result", *_assessed(report)),
        "title": f"Evaluation after section 8, {_named(report)}",
        "description": _description(report),
        "start": at,
        "end": at,
        "props": _props(verdict=report.overall, population=report.population, recipe=report.recipe, ledger=report.ledger_digest),
        "reviewed-controls": _reviewed(report),
        "observations": [_observation(report, row, at) for row in report.results],
        "findings": [_finding(report, row) for row in found],
        "remarks": _open(report),
    }
    if not found:
        del result["findings"]
    return {
        "uuid": _uuid("results", *_assessed(report)),
        "metadata": _metadata(f"Assessment results, {_named(report)}", at, report.edition),
        "import-ap": {"href": PLAN},
        "results": [result],
        "back-matter": {"resources": [_subject(report, _uuid("subject", report.release_id))]},
    }


def concluded(report: ReportData, row: ResultRow) -> VerdictValue:
    """The verdict as it may be told: what passed or failed for another population is STALE here."""
    return VerdictValue.STALE if report.outdated and row.value in STATES else row.value


def moment(stated: str) -> str:
    """An ISO 8601 moment or day with a time zone, UTC unless stated."""
    found = datetime.fromisoformat(stated)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def _control(clause: Clause) -> Json:
    facts = {"title-zh": clause.title_zh, "severity": clause.severity.value, "modality": clause.modality.value}
    parts: list[Json] = [{"id": f"{_control_id(clause.id)}_smt", "name": "statement", "prose": inline(clause.text)}]
    if clause.kind is ClauseKind.EXPECTED_RESULT:
        parts.append({"id": _objective(clause.id), "name": "assessment-objective", "prose": inline(clause.text)})
    made: Json = {
        "id": _control_id(clause.id),
        "title": inline(f"{clause.id} {clause.title_en}"),
        "props": [{"name": "label", "value": clause.id}, *_props(**facts)],
    }
    related = [{"href": f"#{_control_id(other)}", "rel": "related"} for other in (*clause.requirements, *clause.methods)]
    return {**made, **({"links": related} if related else {}), "parts": parts}


def _observation(report: ReportData, row: ResultRow, at: str) -> Json:
    value = concluded(report, row)
    subject = _uuid("subject", report.release_id)
    counted = {"n": row.n, "k": row.k}
    facts = {"clause": row.check, "verdict": value, "severity": row.severity, "required": row.required, "observed": row.observed}
    reasons = {} if value in STATES else {"reason": _reason(report, row)}
    asked = report.edition.clause(row.check).human
    evidence = (
        f"Stored verdict on population {report.population} of release {report.release_id}; the signed bundle recomputes it."
    )
    return {
        "uuid": _uuid("observation", row.check, *_assessed(report)),
        "title": inline(f"{row.check} {row.title_en}"),
        "description": inline(row.why) or "No reason is stored.",
        "props": _props(**facts, **counted, **reasons),
        "methods": ["EXAMINE", "TEST"] if asked else ["TEST"],
        "types": ["finding" if value in STATES else "not-concluded"],
        "subjects": [{"subject-uuid": subject, "type": "resource"}],
        "relevant-evidence": [{"href": f"#{subject}", "description": evidence}],
        "collected": at,
        **({"remarks": inline(f"To do: {row.remedy}")} if plain(row.remedy) else {}),
    }


def _finding(report: ReportData, row: ResultRow) -> Json:
    state = STATES[row.value]
    return {
        "uuid": _uuid("finding", row.check, *_assessed(report)),
        "title": inline(f"{row.check} {row.title_en}"),
        "description": inline(row.why) or "No reason is stored.",
        "target": {
            "type": "objective-id",
            "target-id": _objective(row.check),
            "status": {"state": state, "reason": "pass" if state == "satisfied" else "fail"},
        },
        "related-observations": [{"observation-uuid": _uuid("observation", row.check, *_assessed(report))}],
    }


def _open(report: ReportData) -> str:
    """Expected results without a finding, each with its reason."""
    rows = [row for row in report.results if concluded(report, row) not in STATES]
    listed = [f"- {inline(f'{row.check}: {concluded(report, row).value}: {_reason(report, row)}')}" for row in rows]
    head = f"{len(rows)} of {len(report.results)} expected results have no finding and are not satisfied"
    note = " (a verdict NOT_APPLICABLE was proved)." if any(row.value is VerdictValue.NOT_APPLICABLE for row in rows) else "."
    return "\n".join([head + note, "", *listed]) if rows else "Every expected result has a finding."


def _reason(report: ReportData, row: ResultRow) -> str:
    return OUTDATED if report.outdated and row.value in STATES else plain(row.why) or "no reason is stored"


def _description(report: ReportData) -> str:
    counted = ", ".join(f"{name} {number}" for name, number in report.totals.items())
    return inline(f"Edition {report.edition.id}. Units: {counted}. {report.edition.determination} {report.edition.scope_note}")


def _reviewed(report: ReportData) -> Json:
    ids = [row.check for row in report.results]
    return {
        "control-selections": [{"include-controls": [{"control-id": _control_id(one)} for one in ids]}],
        "control-objective-selections": [{"include-objectives": [{"objective-id": _objective(one)} for one in ids]}],
    }


def _metadata(title: str, at: str, edition: Edition) -> Json:
    return {
        "title": inline(title),
        "last-modified": at,
        "version": edition.id,
        "oscal-version": VERSION,
        "props": _props(edition=edition.id, **{"edition-sha256": edition.digest}),
        "remarks": inline(f"{edition.source}. {edition.chinese_note}."),
    }


def _subject(report: ReportData, identity: str) -> Json:
    return {
        "uuid": identity,
        "title": inline(_named(report)),
        "description": inline(f"{NO_SYSTEM} Samples for use: {report.totals['kept']}."),
        "props": _props(release=report.release_id, population=report.population, stage=report.stage.value),
    }


def _link(name: str, title: str, report: ReportData) -> Json:
    return {"uuid": _uuid("link", name, report.edition.digest), "title": title, "rlinks": [{"href": name}]}


def _props(**facts: object) -> list[Mapping[str, str]]:
    return list(_told(facts))


def _told(facts: Mapping[str, object]) -> Iterator[Mapping[str, str]]:
    """Properties of our own name space; OSCAL allows no empty value."""
    for name, value in facts.items():
        text = "" if value is None else plain(str(value))
        if text:
            yield {"name": name, "ns": NAMESPACE, "value": text}


def _named(report: ReportData) -> str:
    return f"{report.stage.value.replace('_', '-')} data, release {report.release_id[:12]}"


def _assessed(report: ReportData) -> Sequence[str]:
    """What an assessment is known by; a release that was never assessed by its population."""
    done = report.assessed
    return (report.release_id, done.assessment, done.edition) if done else (report.release_id, report.population, "")


def _at(report: ReportData) -> str:
    return moment(report.assessed.at if report.assessed else report.frozen_at)


def _control_id(clause: str) -> str:
    return f"c-{clause}"


def _objective(clause: str) -> str:
    return f"c-{clause}_obj"


def _uuid(*parts: str) -> str:
    """Version 5, from names that stay."""
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE), "\n".join(parts)))
