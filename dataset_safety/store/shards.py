"""What was made of each shard: annotated parts (P1) and their labels under each recipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from dataset_safety import clock
from dataset_safety.store import audit
from dataset_safety.store.canonical import canonical_json, digest_of
from dataset_safety.store.tables import annotation, annotation_part, labelling, recipe

CHUNK = 400  # keys a query, below the limit of bound variables of every database


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a shard's samples, one Parquet object."""

    ordinal: int
    object: str
    samples: int
    text_bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """A shard after reading: units = samples + quarantined; skipped records are counted apart, by kind."""

    shard_key: str
    units: int
    samples: int
    quarantined: int
    skipped: Mapping[str, int]
    quarantine_object: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Labelling:
    """The identification records of one part under one recipe; ``digest`` is logical and free of times."""

    part: str
    recipe: str
    object: str
    samples: int
    digest: str
    counts: Mapping[str, int]


def save_annotation(connection: Connection, found: Annotation) -> None:
    """Commit one annotated shard; doing it twice changes nothing."""
    if connection.execute(select(annotation.c.shard_key).where(annotation.c.shard_key == found.shard_key)).first():
        return
    connection.execute(
        insert(annotation).values(
            shard_key=found.shard_key,
            units=found.units,
            samples=found.samples,
            quarantined=found.quarantined,
            skipped=canonical_json(dict(found.skipped)),
            quarantine_object=found.quarantine_object,
            created_at=clock.now().isoformat(),
        )
    )
    for part in found.parts:
        connection.execute(
            insert(annotation_part).values(
                shard_key=found.shard_key,
                ordinal=part.ordinal,
                object=part.object,
                samples=part.samples,
                text_bytes=part.text_bytes,
                digest=part.digest,
            )
        )
    audit.append(
        connection,
        "preprocess.annotate",
        found.shard_key,
        units=found.units,
        samples=found.samples,
        quarantined=found.quarantined,
        parts=[part.digest for part in found.parts],
    )


def annotated(connection: Connection, keys: Iterable[str]) -> dict[str, Annotation]:
    """The annotated shards among ``keys``."""
    wanted = sorted(set(keys))
    found: dict[str, Annotation] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        parts: dict[str, list[Part]] = {}
        query = select(annotation_part).where(annotation_part.c.shard_key.in_(chunk))
        for row in connection.execute(query.order_by(annotation_part.c.shard_key, annotation_part.c.ordinal)):
            parts.setdefault(row.shard_key, []).append(Part(row.ordinal, row.object, row.samples, row.text_bytes, row.digest))
        for row in connection.execute(select(annotation).where(annotation.c.shard_key.in_(chunk))):
            found[row.shard_key] = Annotation(
                row.shard_key,
                row.units,
                row.samples,
                row.quarantined,
                json.loads(row.skipped),
                row.quarantine_object,
                parts.get(row.shard_key, []),
            )
    return found


def save_recipe(connection: Connection, content: Mapping[str, Any]) -> str:
    """Store what identification was done with; its digest is the recipe's name."""
    name = digest_of(content)
    if not connection.execute(select(recipe.c.recipe).where(recipe.c.recipe == name)).first():
        connection.execute(
            insert(recipe).values(recipe=name, content=canonical_json(content), created_at=clock.now().isoformat())
        )
    return name


def load_recipe(connection: Connection, name: str) -> dict[str, Any]:
    """The content of a stored recipe."""
    row = connection.execute(select(recipe.c.content).where(recipe.c.recipe == name)).one()
    content: dict[str, Any] = json.loads(row.content)
    return content


def recipes(connection: Connection) -> dict[str, dict[str, Any]]:
    """The content of every stored recipe by its name, oldest first."""
    query = select(recipe.c.recipe, recipe.c.content).order_by(recipe.c.created_at)
    return {row.recipe: json.loads(row.content) for row in connection.execute(query)}


def save_labelling(connection: Connection, found: Labelling) -> None:
    """Commit the labels of one part; doing it twice changes nothing."""
    present = select(labelling.c.part).where(labelling.c.part == found.part, labelling.c.recipe == found.recipe)
    if connection.execute(present).first():
        return
    connection.execute(
        insert(labelling).values(
            part=found.part,
            recipe=found.recipe,
            object=found.object,
            samples=found.samples,
            digest=found.digest,
            counts=canonical_json(dict(found.counts)),
            created_at=clock.now().isoformat(),
        )
    )
    audit.append(
        connection,
        "preprocess.identify",
        found.part,
        recipe=found.recipe,
        samples=found.samples,
        digest=found.digest,
        counts=dict(found.counts),
    )


def labellings(connection: Connection, recipe_name: str, parts: Iterable[str]) -> dict[str, Labelling]:
    """The labels under a recipe of those among ``parts`` that have them, by part object."""
    wanted = sorted(set(parts))
    found: dict[str, Labelling] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        query = select(labelling).where(labelling.c.recipe == recipe_name, labelling.c.part.in_(chunk))
        for row in connection.execute(query):
            found[row.part] = Labelling(row.part, row.recipe, row.object, row.samples, row.digest, json.loads(row.counts))
    return found
