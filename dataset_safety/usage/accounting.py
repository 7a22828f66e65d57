"""The accounting law: units = kept + removed + held + quarantined, for each file.

It is enforced three times: by CHECK constraints of the database, by an asset check, and by
:func:`recount`, which trusts no stored number and counts the rows of the stored files again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from dataset_safety.store.canonical import digest_of_lines
from dataset_safety.store.corpora import Corpus, CorpusPart, ShardCount
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.shards import annotated
from dataset_safety.usage.ordering import COLUMNS, Ordered


@dataclass(frozen=True, slots=True)
class Imbalance:
    """A file whose stored objects do not add up to the stored counts, and how."""

    source_id: str
    name: str
    what: str


def population_hash(store: Store, kept_objects: list[str]) -> str:
    """Hash of P2: the sorted lines ``sample_id content_sha256``, whatever the order of shards."""
    return _hash_of([_rows(store, digest) for digest in kept_objects])


def drawn_population_hash(store: Store, parts: Sequence[CorpusPart]) -> str:
    """The same hash over P2 and the rows that left it only because people condemned them in a draw (clauses 1.4)."""
    kept = [_rows(store, part.kept_object) for part in parts]
    left = [_rows(store, part.excluded_object).filter("condemned") for part in parts if part.excluded]
    return _hash_of([*kept, *left])


def _rows(store: Store, digest: str) -> pl.LazyFrame:
    """A stored frame, its bytes compared with its name now; its rows are read later, and slice by slice."""
    store.objects.check(digest)
    return store.objects.scan_frame([digest])


def _hash_of(frames: Sequence[pl.LazyFrame]) -> str:
    if not frames:
        return digest_of_lines([])
    return digest_of_lines(Ordered.of(pl.concat([frame.select(COLUMNS) for frame in frames])).lines())


def recount(store: Store, release: Release, corpus: Corpus) -> list[Imbalance]:
    """Count again from the files; an empty list means that the law holds and the population hash is right."""
    found = list(_recounted_shards(store, release, corpus))
    if population_hash(store, [part.kept_object for part in corpus.parts]) != corpus.population:
        found.append(Imbalance("", "", "population hash differs from the stored P2"))
    elif corpus.drawn_population != corpus.population and drawn_population_hash(store, corpus.parts) != corpus.drawn_population:
        found.append(Imbalance("", "", "the rows that people condemned are not those that left the drawn population"))
    return found


def _recounted_shards(store: Store, release: Release, corpus: Corpus) -> Iterator[Imbalance]:
    with store.database.read() as connection:
        read = annotated(connection, [shard.shard_key for shard in release.shards])
    parts = defaultdict(list)
    for part in corpus.parts:
        parts[part.shard_key].append(part)
    stored = {(count.source_id, count.name): count for count in corpus.shards}
    for shard in release.shards:
        count = stored.get((shard.source_id, shard.name))
        annotation = read.get(shard.shard_key)
        if count is None or annotation is None:
            yield Imbalance(shard.source_id, shard.name, "file of the release is missing from the corpus")
            continue
        quarantined = store.objects.read_frame(annotation.quarantine_object).height
        kept = sum(store.objects.read_frame(part.kept_object, columns=["sample_id"]).height for part in parts[shard.shard_key])
        excluded = [store.objects.read_frame(part.excluded_object, columns=["decision"]) for part in parts[shard.shard_key]]
        decisions = pl.concat(excluded)["decision"].to_list() if excluded else []
        again = ShardCount(
            shard.source_id,
            shard.name,
            annotation.units,
            kept,
            decisions.count("removed"),
            decisions.count("held"),
            quarantined,
            count.skipped,
        )
        if again != count:
            yield Imbalance(shard.source_id, shard.name, "stored counts differ from the stored files")
        if again.units != again.kept + again.removed + again.held + again.quarantined:
            yield Imbalance(shard.source_id, shard.name, "units are not kept + removed + held + quarantined")
