"""Counting P1, P2 and PX of a corpus from its stored files, part after part, so that memory stays bounded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from dataset_safety.records import Decision
from dataset_safety.report.blocking import BlockingCounts
from dataset_safety.report.model import InventoryRow, RiskCounts, Volume
from dataset_safety.report.tables import GeneratedRow, PersonalRow, RightsRow
from dataset_safety.store.corpora import Corpus, CorpusPart
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

_TYPE = ["data_type", "origin_kind"]
_MAKER = ["generator_model", "generator_version"]
_LABELS = ["sample_id", "outcome", "risks", "looked", "findings", "personal_information", "sensitive_information", "rights"]
TypeVolumes = dict[tuple[str, str], Volume]
Fates = Counter[tuple[str, str]]
"""How many samples with a name (a class, a status) went which way: (name, decision) -> samples."""


@dataclass(slots=True)
class Maker:
    """Samples of one generating model: the first and last time of acquisition, and where they went."""

    first: str = ""
    last: str = ""
    fates: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """Sums over all parts of a corpus."""

    blocking: BlockingCounts
    preprocessed: TypeVolumes = field(default_factory=lambda: defaultdict(Volume))
    for_use: TypeVolumes = field(default_factory=lambda: defaultdict(Volume))
    by_source: Counter[str] = field(default_factory=Counter)
    missing: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[str] = field(default_factory=Counter)
    risks: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    outcomes: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    personal: Fates = field(default_factory=Counter)
    sensitive: Fates = field(default_factory=Counter)
    rights: Fates = field(default_factory=Counter)
    makers: dict[tuple[str, str], Maker] = field(default_factory=lambda: defaultdict(Maker))

    @property
    def samples(self) -> int:
        """Samples of P1."""
        return self.by_source.total()

    def inventory(self) -> list[InventoryRow]:
        """T2, ordered by type of data and kind of source."""
        return [InventoryRow(*key, self.preprocessed[key], self.for_use[key]) for key in sorted(self.preprocessed)]

    def risk_counts(self) -> RiskCounts:
        """Risk by source."""
        return RiskCounts(dict(self.by_source), {source: dict(counts) for source, counts in self.risks.items()})

    def missing_of(self, source_id: str) -> Mapping[str, int]:
        """Samples of a source that lack a fact, by fact."""
        return dict(sorted(self.missing[source_id].items()))

    def personal_rows(self) -> list[PersonalRow]:
        """T8: classes of personal information, the most frequent first."""
        sensitive = {name for name, _ in self.sensitive}
        rows = [PersonalRow(name, name in sensitive, *counts) for name, *counts in _by_name(self.personal)]
        return sorted(rows, key=lambda row: (-row.found, row.name))

    def rights_rows(self) -> list[RightsRow]:
        """T8: statuses of the records on intellectual property."""
        return [RightsRow(status, *counts) for status, *counts in _by_name(self.rights)]

    def generated_rows(self) -> list[GeneratedRow]:
        """T10: generating models and services, those with most samples first."""
        rows = [
            GeneratedRow(*named, made.first, made.last, made.fates.total(), *(made.fates[fate] for fate in Decision))
            for named, made in self.makers.items()
        ]
        return sorted(rows, key=lambda row: (-row.samples, row.model, row.version))


def tally(store: Store, release: Release, corpus: Corpus, blocking: BlockingCounts) -> Tally:
    """Count every part of a corpus once."""
    sources = {shard.shard_key: shard.source_id for shard in release.shards}
    total = Tally(blocking)
    for part in corpus.parts:
        _add(store, part, sources[part.shard_key], total)
    return total


def _add(store: Store, part: CorpusPart, source_id: str, total: Tally) -> None:
    wanted = ["sample_id", *_TYPE, "size_bytes", "missing", "generated", *_MAKER, "acquired_at"]
    samples = store.objects.read_frame(part.part, columns=wanted)
    kept = store.objects.read_frame(part.kept_object, columns=[*_TYPE, "size_bytes"])
    excluded = store.objects.read_frame(part.excluded_object, columns=["sample_id", "decision", "reasons"])
    labels = _decided(store.objects.read_frame(part.labels, columns=_LABELS), excluded)
    for volumes, frame in ((total.preprocessed, samples), (total.for_use, kept)):
        for data_type, kind, count, size in frame.group_by(_TYPE).agg(n=pl.len(), size=pl.col("size_bytes").sum()).iter_rows():
            volumes[data_type, kind] += Volume(count, size)
    total.by_source[source_id] += samples.height
    total.missing[source_id].update(_names(samples["missing"]))
    total.reasons.update(_names(excluded["reasons"]))
    total.risks[source_id].update(_names(labels["risks"]))
    total.outcomes.update(dict(labels["outcome"].value_counts().iter_rows()))
    total.looked.update(_names(labels["looked"]))
    total.blocking.add(source_id, labels)
    for fates, column in ((total.personal, "personal_information"), (total.sensitive, "sensitive_information")):
        fates.update(_fates(labels.select("decision", name=pl.col(column)).explode("name").drop_nulls()))
    total.rights.update(_fates(labels.select("decision", name=pl.col("rights"))))
    _add_generated(_decided(samples.filter("generated"), excluded), total)


def _decided(frame: pl.DataFrame, excluded: pl.DataFrame) -> pl.DataFrame:
    """Rows of P1 with the decision about each and its reasons; what is not in PX was kept."""
    joined = frame.join(excluded, on="sample_id", how="left")
    return joined.with_columns(pl.col("decision").fill_null(Decision.KEPT.value))


def _add_generated(made: pl.DataFrame, total: Tally) -> None:
    named = [pl.col(name).fill_null("") for name in _MAKER]
    grouped = made.with_columns(named).group_by(*_MAKER, "decision")
    counted = grouped.agg(n=pl.len(), first=pl.col("acquired_at").min(), last=pl.col("acquired_at").max())
    for model, version, decision, n, first, last in counted.iter_rows():
        maker = total.makers[model, version]
        maker.fates[decision] += n
        maker.first = min(filter(None, (maker.first, first)), default="")
        maker.last = max(filter(None, (maker.last, last)), default="")


def _fates(frame: pl.DataFrame) -> Fates:
    counted = frame.group_by("name", "decision").agg(n=pl.len())
    return Counter({(name, decision): n for name, decision, n in counted.iter_rows()})


def _by_name(fates: Fates) -> list[tuple[str, int, int, int, int]]:
    """Name, samples, and of these kept, removed and held."""
    found = []
    for name in sorted({name for name, _ in fates}):
        each = [fates[name, fate] for fate in Decision]
        found.append((name, sum(each), each[0], each[1], each[2]))
    return found


def _names(column: pl.Series) -> dict[str, int]:
    """How many rows of a list column hold each name; no row holds one twice."""
    return dict(column.drop_nulls().explode().drop_nulls().value_counts().iter_rows())
