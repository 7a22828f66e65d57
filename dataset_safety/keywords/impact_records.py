"""The over-blocking of a generation as evidence (B.1): counts by set of benign texts, measured once for each generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.keywords.impact import Impact, gold_sets, measure_impact
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector, version_of
from dataset_safety.keywords.settings import read_settings
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import Evidence
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.facade import Store

KIND, CLAUSE = "keyword_impact", "K.B.1"
WORST = 20
COUNTS = ("texts", "rejected", "held", "blocked_by_bundled", "blocked_by_operator")


@dataclass(frozen=True, slots=True)
class ImpactRecord:
    """What was measured: counts by set of benign texts, and the ids of the entries that hit most of them."""

    generation: str
    measured_at: str
    sets: Mapping[str, Mapping[str, int]]
    entries: Mapping[str, int]

    def total(self) -> dict[str, int]:
        """The counts of all sets together."""
        return {name: sum(counts[name] for counts in self.sets.values()) for name in COUNTS}


def impact_on_record(connection: Connection, generation: str) -> ImpactRecord | None:
    """The newest measurement of a generation."""
    found = [one for one in artifacts.evidence_for(connection, CLAUSE) if one.kind == KIND and one.subject == generation]
    return _record(found[-1]) if found else None


def recorded_impact(store: Store, library: Library) -> ImpactRecord:
    """Measure a generation on the gold sets and record it, unless the same matcher did so on the same texts before."""
    by_sound = read_settings(store.home).homophones
    sets = list(gold_sets())
    basis = digest_of([version_of(library, homophones=by_sound), [[name, texts] for name, texts in sets]])
    with store.database.read() as connection:
        known = [one for one in artifacts.evidence_for(connection, CLAUSE) if one.kind == KIND]
    same = [one for one in known if one.subject == library.generation and one.content["basis"] == basis]
    if same:
        return _record(same[-1])
    detector = KeywordDetector(library, homophones=by_sound)
    content = _content([measure_impact(detector, name, texts) for name, texts in sets]) | {"basis": basis}
    made = Evidence(KIND, CLAUSE, library.generation, content, clock.now().isoformat())
    with store.database.write() as connection:
        artifacts.save_evidence(connection, made)
    return _record(made)


def _content(found: Sequence[Impact]) -> dict[str, Any]:
    hits: dict[str, int] = {}
    for impact in found:
        for one in impact.entries:
            hits[one.entry.id] = hits.get(one.entry.id, 0) + one.texts
    worst = sorted(hits, key=lambda name: (-hits[name], name))[:WORST]
    sets = {impact.name: {name: getattr(impact, name) for name in COUNTS} for impact in found}
    return {"sets": sets, "entries": {name: hits[name] for name in worst}}


def _record(found: Evidence) -> ImpactRecord:
    return ImpactRecord(found.subject, found.collected_at, found.content["sets"], found.content["entries"])
