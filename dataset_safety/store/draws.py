"""Frozen draws and the judgements about them; both append-only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, or_, select

from dataset_safety import clock
from dataset_safety.standard.stages import Stage
from dataset_safety.store import audit
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.tables import draw, judgement, release_draw

CHUNK = 400  # draws a query, below the limit of bound variables of every database


@dataclass(frozen=True, slots=True)
class Draw:
    """A frozen random sample: seed, population hash and (in ``items_object``) the list of ids.

    It binds to the population, not to ``release_id``, the release that it was first made for. ``rules`` is the version
    of the guideline in force then; it is empty in draws of earlier versions of the program, which froze no records.
    """

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
    rules: str = ""


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
    """Log a draw and that its release uses it; the same draw is logged once."""
    if not connection.execute(select(draw.c.draw_id).where(draw.c.draw_id == made.draw_id)).first():
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
    use_draw(connection, made.release_id, made)


def use_draw(connection: Connection, release_id: str, used: Draw) -> None:
    """Record that a release rests on this draw from now on, unless its newest of that purpose is this one already."""
    query = (
        select(release_draw.c.draw_id)
        .join(draw, draw.c.draw_id == release_draw.c.draw_id)
        .where(release_draw.c.release_id == release_id, draw.c.purpose == used.purpose)
        .order_by(release_draw.c.use_id.desc())
    )
    if connection.execute(query.limit(1)).scalar() != used.draw_id:
        now = clock.now().isoformat()
        connection.execute(insert(release_draw).values(release_id=release_id, draw_id=used.draw_id, created_at=now))


def draws(connection: Connection, release_id: str) -> list[Draw]:
    """Every draw that a release has used, the one in use of each purpose behind its earlier ones."""
    uses = (
        select(release_draw.c.draw_id, func.max(release_draw.c.use_id).label("at"))
        .where(release_draw.c.release_id == release_id)
        .group_by(release_draw.c.draw_id)
        .subquery()
    )
    query = select(draw).outerjoin(uses, uses.c.draw_id == draw.c.draw_id)
    query = query.where(or_(uses.c.at.is_not(None), draw.c.release_id == release_id))
    return _draws(connection, query.order_by(func.coalesce(uses.c.at, 0), draw.c.created_at, draw.c.purpose))


def stage_draws(connection: Connection, stage: Stage, purpose: str | None = None) -> list[Draw]:
    """Every draw of a stage (and purpose), whatever release it was made for, in the order they were made."""
    first = select(release_draw.c.draw_id, func.min(release_draw.c.use_id).label("at")).group_by(release_draw.c.draw_id)
    uses = first.subquery()
    query = select(draw).outerjoin(uses, uses.c.draw_id == draw.c.draw_id).where(draw.c.stage == stage.value)
    if purpose is not None:
        query = query.where(draw.c.purpose == purpose)
    return _draws(connection, query.order_by(func.coalesce(uses.c.at, 0), draw.c.created_at, draw.c.purpose))


def earlier_draws(connection: Connection, drawn: Draw) -> list[Draw]:
    """The draws of the same stage and purpose that were made before this one."""
    made = stage_draws(connection, drawn.stage, drawn.purpose)
    ids = [found.draw_id for found in made]
    return made[: ids.index(drawn.draw_id)] if drawn.draw_id in ids else made


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


def judgements_of(connection: Connection, draw_ids: Sequence[str], after: int = 0) -> list[Judgement]:
    """The answers about several draws that came after one that is known, in order."""
    found: list[Judgement] = []
    for start in range(0, len(draw_ids), CHUNK):
        chunk = draw_ids[start : start + CHUNK]
        query = select(judgement).where(judgement.c.judgement_id > after, judgement.c.draw_id.in_(chunk))
        found += _judgements(connection.execute(query.order_by(judgement.c.judgement_id)))
    return sorted(found, key=lambda answer: answer.judgement_id or 0) if len(draw_ids) > CHUNK else found


def count_judgements(connection: Connection, draw_ids: Sequence[str]) -> int:
    """How many answers were given about several draws, superseded ones too."""
    chunks = (draw_ids[start : start + CHUNK] for start in range(0, len(draw_ids), CHUNK))
    counted = (select(func.count()).select_from(judgement).where(judgement.c.draw_id.in_(chunk)) for chunk in chunks)
    return sum(connection.execute(query).scalar_one() for query in counted)


def last_judgement(connection: Connection, stage: Stage) -> int:
    """The newest answer about any draw of a stage; 0 while there is none."""
    query = select(func.coalesce(func.max(judgement.c.judgement_id), 0)).join(draw, draw.c.draw_id == judgement.c.draw_id)
    found: int = connection.execute(query.where(draw.c.stage == stage.value)).scalar_one()
    return found


def judged_after(connection: Connection, stage: Stage, moment: str) -> bool:
    """Whether anybody has answered about a draw of a stage since a moment (ISO 8601)."""
    query = select(judgement.c.judgement_id).join(draw, draw.c.draw_id == judgement.c.draw_id)
    return (
        connection.execute(query.where(draw.c.stage == stage.value, judgement.c.finished_at > moment).limit(1)).first()
        is not None
    )


def load_draw(connection: Connection, draw_id: str) -> Draw | None:
    """The draw with this id."""
    return next(iter(_draws(connection, select(draw).where(draw.c.draw_id == draw_id))), None)


def _draws(connection: Connection, query: Select[Any]) -> list[Draw]:
    return [Draw(**{**row._mapping, "stage": Stage(row.stage), "census": bool(row.census)}) for row in connection.execute(query)]


def _judgements(rows: Iterable[Row[Any]]) -> list[Judgement]:
    return [Judgement(**{**row._mapping, "categories": json.loads(row.categories)}) for row in rows]
