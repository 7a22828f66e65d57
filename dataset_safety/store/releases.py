"""Releases: a frozen ledger and the list of its shards (P0)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from dataset_safety import clock
from dataset_safety.standard.stages import Stage
from dataset_safety.store import audit
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.errors import StoreError
from dataset_safety.store.tables import release, release_shard, release_source


class UnknownRelease(StoreError):
    """No release of that name or id is stored."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Shard:
    """One input file of a release; ``name`` is a label inside its source, never a path to follow blindly."""

    source_id: str
    name: str
    sha256: str
    size_bytes: int
    shard_key: str


@dataclass(frozen=True, slots=True)
class Release:
    """One frozen state of a stage's data; ``release_id`` is the Dagster partition."""

    release_id: str
    stage: Stage
    label: str | None
    ledger_digest: str
    inbox: Path
    created_at: str
    sources: Mapping[str, Mapping[str, Any]]
    shards: Sequence[Shard]

    @property
    def short(self) -> str:
        """The label if there is one, else the first twelve characters of the id."""
        return self.label or self.release_id[:12]


def save(connection: Connection, frozen: Release) -> bool:
    """Store a release once; False when it was there already."""
    if connection.execute(select(release.c.release_id).where(release.c.release_id == frozen.release_id)).first():
        return False
    connection.execute(
        insert(release).values(
            release_id=frozen.release_id,
            stage=frozen.stage.value,
            label=frozen.label,
            ledger_digest=frozen.ledger_digest,
            inbox=str(frozen.inbox),
            created_at=frozen.created_at or clock.now().isoformat(),
        )
    )
    for source_id, record in frozen.sources.items():
        connection.execute(
            insert(release_source).values(
                release_id=frozen.release_id, source_id=source_id, kind=record["kind"], record=canonical_json(record)
            )
        )
    if frozen.shards:
        rows = [
            {"release_id": frozen.release_id, **{name: getattr(shard, name) for name in Shard.__slots__}}
            for shard in frozen.shards
        ]
        connection.execute(insert(release_shard), rows)
    audit.append(
        connection,
        "collect.freeze",
        frozen.release_id,
        stage=frozen.stage.value,
        ledger=frozen.ledger_digest,
        sources=len(frozen.sources),
        shards=len(frozen.shards),
    )
    return True


def load(connection: Connection, name: str, stage: Stage | None = None) -> Release:
    """The release with this id, unique beginning of an id, or label (the newest of that label)."""
    query = select(release).order_by(release.c.created_at.desc())
    if stage is not None:
        query = query.where(release.c.stage == stage.value)
    rows = connection.execute(query.where((release.c.release_id == name) | (release.c.label == name))).all()
    if not rows and len(name) >= 6:
        rows = connection.execute(query.where(release.c.release_id.startswith(name, autoescape=True))).all()
    if not rows:
        raise UnknownRelease(f"no release named {name!r}", hint="`dataset-safety ledger list` shows the releases.", name=name)
    return _complete(connection, rows[0])


def latest(connection: Connection, stage: Stage) -> Release | None:
    """The newest release of a stage."""
    query = select(release).where(release.c.stage == stage.value).order_by(release.c.created_at.desc()).limit(1)
    row = connection.execute(query).first()
    return _complete(connection, row) if row else None


def listing(connection: Connection, stage: Stage | None = None) -> list[tuple[str, Stage, str | None, str]]:
    """Id, stage, label and time of every release, newest first."""
    query = select(release).order_by(release.c.created_at.desc())
    if stage is not None:
        query = query.where(release.c.stage == stage.value)
    return [(row.release_id, Stage(row.stage), row.label, row.created_at) for row in connection.execute(query)]


def _complete(connection: Connection, row: Row[Any]) -> Release:
    sources = connection.execute(
        select(release_source).where(release_source.c.release_id == row.release_id).order_by(release_source.c.source_id)
    )
    shards = connection.execute(
        select(release_shard)
        .where(release_shard.c.release_id == row.release_id)
        .order_by(release_shard.c.source_id, release_shard.c.name)
    )
    return Release(
        row.release_id,
        Stage(row.stage),
        row.label,
        row.ledger_digest,
        Path(row.inbox),
        row.created_at,
        {source.source_id: json.loads(source.record) for source in sources},
        [Shard(shard.source_id, shard.name, shard.sha256, shard.size_bytes, shard.shard_key) for shard in shards],
    )
