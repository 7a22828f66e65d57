"""Filtered corpora: P2 and PX of a release under a recipe and a policy, with their accounting per shard."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from dataset_safety import clock
from dataset_safety.store import audit
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.tables import corpus, corpus_part, corpus_shard, finding_count


@dataclass(frozen=True, slots=True)
class ShardCount:
    """Accounting of one shard: units = kept + removed + held + quarantined (CHECKed by the database)."""

    source_id: str
    name: str
    units: int
    kept: int
    removed: int
    held: int
    quarantined: int
    skipped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CorpusPart:
    """One annotated part, its labels, and the two objects that the filter made of it."""

    shard_key: str
    ordinal: int
    part: str
    labels: str
    kept_object: str
    excluded_object: str
    kept: int
    excluded: int


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How many samples of a source have a finding of this risk, method, effect and category."""

    source_id: str
    risk: str
    method: str
    effect: str
    category: str
    samples: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """P2 and PX. ``population`` is the hash of the sorted sample ids and content hashes of P2.

    ``drawn_population`` is the same hash over P2 and the rows that left it only because people condemned them in a
    draw: the frame of the large draws (clauses 1.5), which their removal does not change. ``identity`` is the hash of all
    that the filter looked at; a release may come back to it.
    """

    corpus_id: str
    release_id: str
    recipe: str
    policy: Mapping[str, Any]
    population: str
    kept: int
    created_at: str
    shards: Sequence[ShardCount]
    parts: Sequence[CorpusPart]
    findings: Sequence[FindingCount]
    identity: str = ""
    drawn_population: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "identity", self.identity or self.corpus_id)
        object.__setattr__(self, "drawn_population", self.drawn_population or self.population)

    def totals(self) -> dict[str, int]:
        """The counts of ``run --json``."""
        names = ("units", "kept", "removed", "held", "quarantined")
        counts = {name: sum(getattr(shard, name) for shard in self.shards) for name in names}
        return {**counts, "skipped": sum(sum(shard.skipped.values()) for shard in self.shards)}


def save(connection: Connection, made: Corpus) -> bool:
    """Commit a filtered corpus once; False when it was there already."""
    if connection.execute(select(corpus.c.corpus_id).where(corpus.c.corpus_id == made.corpus_id)).first():
        return False
    connection.execute(
        insert(corpus).values(
            corpus_id=made.corpus_id,
            release_id=made.release_id,
            recipe=made.recipe,
            policy=canonical_json(dict(made.policy)),
            population=made.population,
            kept=made.kept,
            created_at=clock.now().isoformat(),
            identity=made.identity,
            drawn_population=made.drawn_population,
        )
    )
    for table, rows in ((corpus_shard, made.shards), (corpus_part, made.parts), (finding_count, made.findings)):
        values = [{"corpus_id": made.corpus_id, **_columns(row)} for row in rows]
        if values:
            connection.execute(insert(table), values)
    audit.append(
        connection,
        "use.filter",
        made.corpus_id,
        release=made.release_id,
        recipe=made.recipe,
        population=made.population,
        drawn_population=made.drawn_population,
        counts=made.totals(),
    )
    return True


def load(connection: Connection, corpus_id: str) -> Corpus | None:
    """A stored corpus."""
    row = connection.execute(select(corpus).where(corpus.c.corpus_id == corpus_id)).first()
    return _complete(connection, row) if row else None


def latest(connection: Connection, release_id: str) -> Corpus | None:
    """The newest filtered corpus of a release."""
    query = select(corpus).where(corpus.c.release_id == release_id).order_by(corpus.c.created_at.desc()).limit(1)
    row = connection.execute(query).first()
    return _complete(connection, row) if row else None


def _columns(row: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in row.__slots__}
    if "skipped" in values:
        values["skipped"] = canonical_json(dict(values["skipped"]))
    return values


def _complete(connection: Connection, row: Row[Any]) -> Corpus:
    chosen = {"corpus_id": row.corpus_id}
    shards = connection.execute(select(corpus_shard).filter_by(**chosen).order_by(corpus_shard.c.source_id, corpus_shard.c.name))
    parts = connection.execute(select(corpus_part).filter_by(**chosen).order_by(corpus_part.c.shard_key, corpus_part.c.ordinal))
    findings = connection.execute(select(finding_count).filter_by(**chosen))
    return Corpus(
        row.corpus_id,
        row.release_id,
        row.recipe,
        json.loads(row.policy),
        row.population,
        row.kept,
        row.created_at,
        [
            ShardCount(s.source_id, s.name, s.units, s.kept, s.removed, s.held, s.quarantined, json.loads(s.skipped))
            for s in shards
        ],
        [
            CorpusPart(p.shard_key, p.ordinal, p.part, p.labels, p.kept_object, p.excluded_object, p.kept, p.excluded)
            for p in parts
        ],
        sorted(
            (FindingCount(f.source_id, f.risk, f.method, f.effect, f.category, f.samples) for f in findings),
            key=lambda f: (f.source_id, f.risk, f.method, f.effect, f.category),
        ),
        row.identity or "",
        row.drawn_population or "",
    )
