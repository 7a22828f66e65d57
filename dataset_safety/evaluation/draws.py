"""Random draws without replacement: reproducible, independent of the order of shards, nested.

Every sample of the frozen population gets the keyed hash ``BLAKE2b(key=seed, sample_id)``; the draw is the
``size`` smallest. The seed is the hash of the population's hash, a nonce and the purpose, so nobody can
choose it after seeing the data without changing the nonce, which the report shows. A population smaller than
the size is taken whole (census).
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from dataset_safety.evaluation.errors import DuplicateIds
from dataset_safety.standard.stages import Stage
from dataset_safety.store import audit
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.draws import Draw
from dataset_safety.store.facade import Store

ALGORITHM = "blake2b-bottom-k-1"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frozen population to draw from: ids with the hash of what a reviewer would be shown."""

    purpose: str
    population: str
    ids: Sequence[str]
    shown: Sequence[str]


def seed_of(population: str, nonce: str, purpose: str) -> str:
    """The draw's key, 64 hexadecimal digits."""
    return hashlib.sha256(f"{population}\n{nonce}\n{purpose}".encode()).hexdigest()


def bottom_k(ids: Iterable[str], size: int, seed: str) -> list[str]:
    """The ``size`` ids with the smallest keyed hash, in that order; the same over any order of ``ids``."""
    key = bytes.fromhex(seed)
    blake2b = hashlib.blake2b
    keyed = ((blake2b(name.encode(), digest_size=16, key=key).digest(), name) for name in ids)
    return [name for _, name in heapq.nsmallest(size, keyed)]


def share_of(total: int, percent: int) -> int:
    """The smallest whole number that is no fewer than ``percent`` of ``total``."""
    return -(-total * percent // 100)


def make_draw(
    store: Store, release_id: str, stage: Stage, frame: Frame, size: int, *, nonce: str = "1", reason: str = "first draw"
) -> Draw:
    """Freeze one draw: its items become an object, its facts a row that the caller commits."""
    if len(set(frame.ids)) != len(frame.ids):
        raise DuplicateIds(f"the population of {frame.purpose} holds an id twice", hint="report this: sample ids must be unique.")
    seed = seed_of(frame.population, nonce, frame.purpose)
    chosen = bottom_k(frame.ids, size, seed)
    shown = dict(zip(frame.ids, frame.shown, strict=True))
    items = pl.DataFrame(
        {"position": range(len(chosen)), "sample_id": chosen, "shown_sha256": [shown[name] for name in chosen]},
        schema={"position": pl.Int64, "sample_id": pl.String, "shown_sha256": pl.String},
    )
    stored = store.objects.publish_frame(items)
    draw_id = digest_of([release_id, frame.purpose, frame.population, size, seed, ALGORITHM])
    return Draw(
        draw_id,
        release_id,
        stage,
        frame.purpose,
        frame.population,
        len(frame.ids),
        len(chosen),
        len(frame.ids) <= size,
        seed,
        ALGORITHM,
        stored,
        reason,
        audit.actor(),
    )
