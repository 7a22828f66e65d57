"""T6 from stored generations: what the library holds, how it changed and who signed, and what it costs in benign text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.keywords.entries import Entry
from dataset_safety.keywords.generations import Activation, activations, stored_library
from dataset_safety.keywords.impact_records import impact_on_record
from dataset_safety.keywords.library import Library, idea
from dataset_safety.keywords.settings import read_settings
from dataset_safety.report.tables import ControlRow, GenerationRow, KeywordRow, LibraryTable, OverBlocking, SourceBlocking
from dataset_safety.standard import Edition
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import KEYWORD_LIBRARY, Artifact, Change
from dataset_safety.store.facade import Store

FOLDERS = "keyword files"
APPROVED, URGENT, ROLLED_BACK = "approved change", "approved change, urgent path", "rolled back"


def labelling_library(store: Store, detector: str) -> Library | None:
    """The stored library that the keyword detector of a recipe worked with; None where it was not registered."""
    name = detector.partition("/")[0]
    with store.database.read() as connection:
        registered = artifacts.versions(connection, KEYWORD_LIBRARY)
    found = [one for one in registered if name and one.object and one.version.startswith(name)]
    return stored_library(store, found[-1]) if found else None


def operator_entries(library: Library | None) -> list[str]:
    """Ids of the entries that an operator added."""
    return [entry.id for entry in library.entries if not entry.bundled] if library else []


def library_table(store: Store, connection: Connection, edition: Edition, library: Library | None, detector: str) -> LibraryTable:
    """T6 of a release whose labels ``library`` made; ``detector`` is its version in the recipe."""
    active = artifacts.active(connection, KEYWORD_LIBRARY)
    history = activations(connection)
    rows = _generations(artifacts.changes(connection, KEYWORD_LIBRARY), artifacts.versions(connection, KEYWORD_LIBRARY), history)
    stats: dict[str, Any] = library.stats() if library else {"total": 0, "bundled": 0, "operator": 0, "by_effect": {}}
    return LibraryTable(
        library.generation if library else detector.partition("/")[0],
        library is not None,
        active.version if active else "",
        stats["total"],
        stats["bundled"],
        stats["operator"],
        stats["by_effect"],
        [_risk_row(edition, risk, library) for risk in edition.risk_ids] if library else [],
        rows,
        read_settings(store.home).approvers,
        _signed(history, active.version if active else ""),
        _days(rows[-1].changed_on, clock.today().isoformat()) if rows else None,
        edition.thresholds.keyword_update_max_days,
    )


def over_blocking(connection: Connection, generation: str, sources: Sequence[SourceBlocking]) -> OverBlocking:
    """The stored measurement of a generation on benign texts, beside what it blocks in each source of the release."""
    found = impact_on_record(connection, generation)
    names = ("texts", "rejected", "held", "blocked_by_bundled", "blocked_by_operator")
    controls = [ControlRow(name, *(counts[key] for key in names)) for name, counts in sorted(found.sets.items())] if found else []
    return OverBlocking(generation, found.measured_at if found else "", controls, sources)


def _risk_row(edition: Edition, risk: str, library: Library) -> KeywordRow:
    ideas: dict[str, Entry] = {idea(entry): entry for entry in library.of_risk(risk)}
    entries = list(ideas.values())
    bundled = sum(entry.bundled for entry in entries)
    return KeywordRow(
        risk,
        edition.risk(risk).keyword_min,
        len(entries),
        bundled,
        len(entries) - bundled,
        dict(Counter(entry.language for entry in entries)),
        dict(Counter(entry.effect.value for entry in entries)),
    )


def _generations(made: Sequence[Change], registered: Sequence[Artifact], history: Sequence[Activation]) -> list[GenerationRow]:
    """Every change of the library in force, oldest first, with the days since its content changed before."""
    facts, waiting = {one.version: one.facts for one in registered}, list(history)
    rows: list[GenerationRow] = []
    for change in made:
        through_gate = bool(waiting) and waiting[0].generation == change.version and waiting[0].at <= change.created_at
        gate = waiting.pop(0) if through_gate else None
        known = facts.get(change.version, {})
        changed = _changed_on(change, gate, str(known.get("updated_at") or change.created_at), rows)
        total, bundled, operator = (int(known.get(name, 0)) for name in ("total", "bundled", "operator"))
        signers = gate.signers if gate else ()
        gap = _days(rows[-1].changed_on, changed) if rows else None
        how, needed = _how(gate), gate.needed if gate else None
        made_at = change.created_at
        rows.append(GenerationRow(change.version, made_at, changed, total, bundled, operator, how, needed, signers, gap))
    return rows


def _changed_on(change: Change, gate: Activation | None, written: str, before: Sequence[GenerationRow]) -> str:
    """Day on which the content changed: of the approval, of the newest entry in the files, or of what a rollback returns to."""
    earlier = [row.changed_on for row in before if row.generation == change.version]
    if gate is not None and not gate.rolled_back:
        return gate.at[:10]
    return earlier[-1] if earlier else written[:10]


def _how(gate: Activation | None) -> str:
    if gate is None:
        return FOLDERS
    return ROLLED_BACK if gate.rolled_back else URGENT if gate.urgent else APPROVED


def _signed(history: Sequence[Activation], active: str) -> int | None:
    """How many people signed the generation in force when it was approved."""
    ours = [one for one in history if one.generation == active and not one.rolled_back]
    return len(ours[-1].signers) if ours else None


def _days(earlier: str, later: str) -> int | None:
    """Days from one day to another; None when it lies before (a rollback returns to older content)."""
    days = (date.fromisoformat(later[:10]) - date.fromisoformat(earlier[:10])).days
    return days if days >= 0 else None
