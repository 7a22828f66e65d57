"""The sample of the corpus that a candidate is tried on: half of it the same every time, half of it fresh (B.1 c)."""

from __future__ import annotations

import random

import polars as pl

from dataset_safety.keywords.canary import Document
from dataset_safety.standard.stages import Stage
from dataset_safety.store import releases
from dataset_safety.store.facade import Store
from dataset_safety.store.shards import Part, annotated

PARTS = 64
FIXED = "fixed"


def corpus_sample(store: Store, count: int, seed: str) -> list[Document]:
    """Up to ``count`` texts of the newest releases of both stages (P1); empty before the first release."""
    parts = _parts(store)
    frames = [_drawn(store, parts, count // 2, FIXED), _drawn(store, parts, count - count // 2, seed)]
    rows = pl.concat([frame for frame in frames if frame is not None]).unique("sample_id", maintain_order=True) if parts else None
    return [] if rows is None else [Document(text, source) for text, source in rows.select("text", "source_id").iter_rows()]


def _parts(store: Store) -> list[Part]:
    with store.database.read() as connection:
        newest = [releases.latest(connection, stage) for stage in Stage]
        keys = [shard.shard_key for release in newest if release is not None for shard in release.shards]
        return [part for one in annotated(connection, keys).values() for part in one.parts if part.samples]


def _drawn(store: Store, parts: list[Part], count: int, seed: str) -> pl.DataFrame | None:
    """Rows from parts in random order, from each in proportion to its size, until there are ``count``."""
    total = sum(part.samples for part in parts)
    ordered = sorted({part.object: part for part in parts}.values(), key=lambda part: part.object)
    random.Random(seed).shuffle(ordered)
    frames: list[pl.DataFrame] = []
    found = 0
    for part in ordered[:PARTS] if len(ordered) > PARTS else ordered:
        share = part.samples if total <= count else max(1, count * part.samples // total, count // PARTS)
        frame = store.objects.read_frame(part.object, columns=["sample_id", "source_id", "text"]).drop_nulls("text")
        frames.append(frame.sample(min(share, frame.height), seed=random.Random(f"{seed}{part.object}").getrandbits(32)))
        found += frames[-1].height
        if found >= count:
            break
    return pl.concat(frames).head(count) if frames else None
