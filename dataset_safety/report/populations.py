"""Counting P1, P2 and PX of a corpus from its stored files, part after part, so that memory stays bounded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from dataset_safety.report.model import InventoryRow, RiskCounts, Volume
from dataset_safety.store.corpora import Corpus, CorpusPart
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

_TYPE = ["data_type", "origin_kind"]
TypeVolumes = dict[tuple[str, str], Volume]


@dataclass(slots=True)
class Tally:
    """Sums over all parts of a corpus."""

    preprocessed: TypeVolumes = field(default_factory=lambda: defaultdict(Volume))
    for_use: TypeVolumes = field(default_factory=lambda: defaultdict(Volume))
    by_source: Counter[str] = field(default_factory=Counter)
    missing: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[str] = field(default_factory=Counter)
    risks: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def inventory(self) -> list[InventoryRow]:
        """T2, ordered by type of data and kind of source."""
        return [InventoryRow(*key, self.preprocessed[key], self.for_use[key]) for key in sorted(self.preprocessed)]

    def risk_counts(self) -> RiskCounts:
        """Risk by source."""
        return RiskCounts(dict(self.by_source), {source: dict(counts) for source, counts in self.risks.items()})

    def missing_of(self, source_id: str) -> Mapping[str, int]:
        """Samples of a source that lack a fact, by fact."""
        return dict(sorted(self.missing[source_id].items()))


def tally(store: Store, release: Release, corpus: Corpus) -> Tally:
    """Count every part of a corpus once."""
    sources = {shard.shard_key: shard.source_id for shard in release.shards}
    total = Tally()
    for part in corpus.parts:
        _add(store, part, sources[part.shard_key], total)
    return total


def _add(store: Store, part: CorpusPart, source_id: str, total: Tally) -> None:
    samples = store.objects.read_frame(part.part, columns=[*_TYPE, "size_bytes", "missing"])
    kept = store.objects.read_frame(part.kept_object, columns=[*_TYPE, "size_bytes"])
    excluded = store.objects.read_frame(part.excluded_object, columns=["reasons"])
    labels = store.objects.read_frame(part.labels, columns=["risks"])
    for volumes, frame in ((total.preprocessed, samples), (total.for_use, kept)):
        for data_type, kind, count, size in frame.group_by(_TYPE).agg(n=pl.len(), size=pl.col("size_bytes").sum()).iter_rows():
            volumes[data_type, kind] += Volume(count, size)
    total.by_source[source_id] += samples.height
    total.missing[source_id].update(_names(samples["missing"]))
    total.reasons.update(_names(excluded["reasons"]))
    total.risks[source_id].update(_names(labels["risks"]))


def _names(column: pl.Series) -> dict[str, int]:
    """How many rows of a list column hold each name; no row holds one twice."""
    return dict(column.drop_nulls().explode().drop_nulls().value_counts().iter_rows())
