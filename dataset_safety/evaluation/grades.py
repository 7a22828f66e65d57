"""Grades of the newest releases as people read them, and what a population inherits from its sources (8.1 b 1)."""

from __future__ import annotations

from typing import Any

from dataset_safety import clock
from dataset_safety.evaluation.errors import NothingToJudge
from dataset_safety.evaluation.evidence import gather
from dataset_safety.evaluation.ledger import chosen_releases
from dataset_safety.evaluation.rules.grading import Graded
from dataset_safety.safeguards.errors import GradeRefused
from dataset_safety.safeguards.grading import Grading, GradingRegister, Population
from dataset_safety.safeguards.grading_records import Derived, on_record
from dataset_safety.standard import Stage, load_edition
from dataset_safety.store import corpora
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

NO_GRADE = "no grade"


def graded_release(store: Store, release: Release, found: GradingRegister) -> Graded | None:
    """A release beside the records about grades; None before there is a scheme or a filtered corpus."""
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    if corpus is None or found.scheme is None:
        return None
    return Graded(gather(store, release, corpus, load_edition(), []), found, found.scheme)


def derived(store: Store, stage: Stage, name: Population) -> Derived:
    """The newest P1 or P2 of a stage: its state and the grade that it inherits."""
    for release in chosen_releases(store, None, stage.value):
        with store.database.read() as connection:
            graded = graded_release(store, release, on_record(connection))
        if graded is None:
            break
        if name not in graded.derived:
            hint = "grade the sources first; `dataset-safety ledger grades` shows them."
            raise GradeRefused(f"{name.of(stage)} has no grade while one of its sources has none.", hint=hint)
        return Derived(graded.state(name), graded.derived[name].grade)
    hint = "record a scheme and run the inbox first."
    raise NothingToJudge(f"there is no graded {name.value} of {stage.value}.", hint=hint, stage=stage)


def grade_rows(store: Store, stage: str | None) -> list[dict[str, Any]]:
    """Every source and population of the newest releases with its grade, ready for JSON."""
    with store.database.read() as connection:
        found = on_record(connection)
    return [row for release in chosen_releases(store, None, stage) for row in _rows(store, release, found)]


def _rows(store: Store, release: Release, found: GradingRegister) -> list[dict[str, Any]]:
    graded = graded_release(store, release, found)
    rows = [_source(release.stage, source, found) for source in (graded.sources if graded else sorted(release.sources))]
    for name, one in (graded.derived if graded else {}).items():
        how = "the highest of its sources" if one.grade == one.inherited else f"graded anew, inherited {one.inherited}"
        rows.append({"stage": release.stage.value, "subject": name.of(release.stage), "grade": one.grade, "state": how})
    return rows


def _source(stage: Stage, source: str, found: GradingRegister) -> dict[str, Any]:
    held = found.standing.get(source)
    row = {"stage": stage.value, "subject": source}
    if held is None:
        return {**row, "state": NO_GRADE}
    decided = found.decisions.get(source)
    return {
        **row,
        "category": held.category,
        "grade": held.grade,
        "level": held.level.value,
        "grader": held.grader,
        "basis": held.basis,
        "graded_on": held.graded_on.isoformat(),
        "scheme": held.edition,
        **({"reason": held.reason, "approver": held.approver} if held.reason else {}),
        **({"legal": "permitted" if decided.permitted else "refused"} if decided and held.level.needs_legal else {}),
        "state": _state(held, found),
    }


def _state(held: Grading, found: GradingRegister) -> str:
    days = load_edition().thresholds.ttl_document_days
    if found.scheme is None or held.scale != found.scheme.scale:
        return "of another scale"
    if found.void(held.subject):
        return "a lower grade waits for a second person"
    return "holds" if held.fresh(clock.today(), days) else f"not confirmed within {days} days"
