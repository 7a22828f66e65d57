"""Random draws without replacement: reproducible, independent of the order of shards, nested.

Every sample of the frozen population gets the keyed hash ``BLAKE2b(key=seed, sample_id)``; the draw is the
``size`` smallest. The seed is the hash of the population's hash, a nonce and the purpose, so nobody can
choose it after seeing the data without changing the nonce, which the report shows. A population smaller than
the size is taken whole (census).

A draw keeps its key when its population changes (a shard more, a newer library): the bottom of the new population
under the same key holds most of the samples that were drawn before, and what people said about them still counts. The
items freeze what was recorded about each sample before anybody judged it.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dataset_safety.evaluation.errors import DuplicateIds
from dataset_safety.standard.stages import Stage
from dataset_safety.store import audit
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.draws import Draw
from dataset_safety.store.facade import Store
from dataset_safety.usage.ordering import Ordered

ALGORITHM = "blake2b-bottom-k-1"
OVERLAP_PERCENT = 10
FINDING = pl.Struct({"risk": pl.String, "method": pl.String, "effect": pl.String, "what": pl.String})
RECORD = {
    "outcome": pl.String(),
    "risks": pl.List(pl.String),
    "looked": pl.List(pl.String),
    "rights": pl.String(),
    "generated": pl.Boolean(),
    "findings": pl.List(FINDING),
}
"""What a draw freezes of the identification record of each sample; null where it froze none."""
ITEMS = {"position": pl.Int64(), "sample_id": pl.String(), "shown_sha256": pl.String(), **RECORD}


@dataclass(frozen=True, slots=True)
class Frame:
    """A frozen population to draw from: its ids, each once, and the hash of what a reviewer would be shown of each.

    ``shown`` is needed only where a draw is made without items of its own.
    """

    purpose: str
    population: str
    ids: Collection[str]
    shown: Sequence[str] = ()


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


def doubly_judged(ids: Sequence[str], drawn: Draw) -> frozenset[str]:
    """The tenth of a draw that two people judge: chosen by the draw's own key, so that a topped-up draw keeps most of it."""
    return frozenset(bottom_k(ids, share_of(len(ids), OVERLAP_PERCENT), seed_of(drawn.seed, "overlap", drawn.purpose)))


def make_draw(
    store: Store,
    release_id: str,
    stage: Stage,
    frame: Frame,
    size: int,
    *,
    nonce: str = "1",
    reason: str = "first draw",
    seed: str = "",
    rules: str = "",
    items: pl.DataFrame | None = None,
) -> Draw:
    """Freeze one draw: its items become an object, its facts a row that the caller commits.

    ``seed`` is that of the draw which this one tops up; ``items`` (sample_id, shown_sha256 and the columns of
    :data:`RECORD`) say what is shown and recorded about the chosen samples where it is more than their content.
    """
    if not isinstance(frame.ids, Ordered) and len(set(frame.ids)) != len(frame.ids):
        raise DuplicateIds(f"the population of {frame.purpose} holds an id twice", hint="report this: sample ids must be unique.")
    key = seed or seed_of(frame.population, nonce, frame.purpose)
    chosen = bottom_k(frame.ids, size, key)
    stored = store.objects.publish_frame(_in_order(chosen, _shown(frame, chosen) if items is None else items))
    draw_id = digest_of([stage.value, frame.purpose, frame.population, size, key, rules, ALGORITHM])
    return Draw(
        draw_id,
        release_id,
        stage,
        frame.purpose,
        frame.population,
        len(frame.ids),
        len(chosen),
        len(frame.ids) <= size,
        key,
        ALGORITHM,
        stored,
        reason,
        audit.actor(),
        rules=rules,
    )


def read_items(store: Store, drawn: Draw) -> pl.DataFrame:
    """The items of a draw in their order, with null records where an earlier version of the program froze none."""
    items = store.objects.read_frame(drawn.items_object)
    lacking = [pl.lit(None, dtype).alias(name) for name, dtype in ITEMS.items() if name not in items.columns]
    return items.with_columns(lacking).select(*ITEMS).sort("position")


def _shown(frame: Frame, chosen: Sequence[str]) -> pl.DataFrame:
    wanted = set(chosen)
    shown: Mapping[str, str] = {name: one for name, one in zip(frame.ids, frame.shown, strict=True) if name in wanted}
    return pl.DataFrame({"sample_id": chosen, "shown_sha256": [shown[name] for name in chosen]}, schema_overrides=ITEMS)


def _in_order(chosen: Sequence[str], items: pl.DataFrame) -> pl.DataFrame:
    placed = pl.DataFrame(
        {"position": range(len(chosen)), "sample_id": chosen}, schema={"position": pl.Int64, "sample_id": pl.String}
    )
    lacking = [pl.lit(None, dtype).alias(name) for name, dtype in RECORD.items() if name not in items.columns]
    return placed.join(items.with_columns(lacking), on="sample_id", how="left").select(*ITEMS).sort("position")
