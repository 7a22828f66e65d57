"""Frozen draws and the judgements about them; both append-only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from dataset_safety import clock
from dataset_safety.standard.stages import Stage
from dataset_safety.store import audit
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.tables import draw, judgement


@dataclass(frozen=True, slots=True)
class Draw:
    """A frozen random sample: seed, population hash and (in ``items_object``) the list of ids."""

    draw_id: str
    release_id: str
    stage: Stage
    purpose: str
    population: str
    population_size: int
    size: int
    census: bool
    seed: str
    algorithm: str
    items_object: str
    reason: str
    operator: str
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One person's answer about one drawn sample (clauses 1.6); a correction is a new row that supersedes."""

    draw_id: str
    sample_id: str
    question: str
    answer: str
    categories: Sequence[str]
    note: str
    reviewer: str
    role: str
    rules_version: str
    shown_sha256: str
    started_at: str
    finished_at: str
    supersedes: int | None = None
    judgement_id: int | None = None


def save_draw(connection: Connection, made: Draw) -> None:
    """Log a draw; the same draw is logged once."""
    if connection.execute(select(draw.c.draw_id).where(draw.c.draw_id == made.draw_id)).first():
        return
    values = {name: getattr(made, name) for name in Draw.__slots__}
    values |= {"stage": made.stage.value, "census": int(made.census), "created_at": clock.now().isoformat()}
    connection.execute(insert(draw).values(**values))
    audit.append(
        connection,
        "review.draw",
        made.draw_id,
        purpose=made.purpose,
        population=made.population,
        size=made.size,
        population_size=made.population_size,
        seed=made.seed,
        reason=made.reason,
    )


def draws(connection: Connection, release_id: str) -> list[Draw]:
    """Every draw of a release in the order they were made."""
    query = select(draw).where(draw.c.release_id == release_id).order_by(draw.c.created_at, draw.c.purpose)
    return [Draw(**{**row._mapping, "stage": Stage(row.stage), "census": bool(row.census)}) for row in connection.execute(query)]


def save_judgements(connection: Connection, given: Sequence[Judgement]) -> None:
    """Append answers, all or nothing."""
    for answer in given:
        values: dict[str, Any] = {name: getattr(answer, name) for name in Judgement.__slots__ if name != "judgement_id"}
        connection.execute(insert(judgement).values(**{**values, "categories": canonical_json(list(answer.categories))}))
    audit.append(
        connection,
        "review.judge",
        given[0].draw_id if given else "",
        answers=len(given),
        reviewers=sorted({answer.reviewer for answer in given}),
    )


def judgements(connection: Connection, draw_id: str) -> list[Judgement]:
    """Every answer about a draw, superseded ones too, in order."""
    query = select(judgement).where(judgement.c.draw_id == draw_id).order_by(judgement.c.judgement_id)
    return _judgements(connection.execute(query))


def judgements_about(connection: Connection, draw_id: str, sample_id: str) -> list[Judgement]:
    """Every answer about one sample of a draw, in order."""
    query = select(judgement).where(judgement.c.sample_id == sample_id, judgement.c.draw_id == draw_id)
    return _judgements(connection.execute(query.order_by(judgement.c.judgement_id)))


def judgements_after(connection: Connection, draw_id: str, last_seen: int) -> list[Judgement]:
    """The answers about a draw that came after one that is known, in order."""
    query = select(judgement).where(judgement.c.judgement_id > last_seen, judgement.c.draw_id == draw_id)
    return _judgements(connection.execute(query.order_by(judgement.c.judgement_id)))


def load_draw(connection: Connection, draw_id: str) -> Draw | None:
    """The draw with this id."""
    row = connection.execute(select(draw).where(draw.c.draw_id == draw_id)).first()
    return Draw(**{**row._mapping, "stage": Stage(row.stage), "census": bool(row.census)}) if row else None


def _judgements(rows: Iterable[Row[Any]]) -> list[Judgement]:
    return [Judgement(**{**row._mapping, "categories": json.loads(row.categories)}) for row in rows]
