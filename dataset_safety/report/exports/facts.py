"""What the exported documents rest on: a gathered report, the public facts of its sources, and what P2 holds of each.

No contact, document, file name, person or user of the ledger is in here: these documents may be published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dataset_safety.collection.ledger import domain_of
from dataset_safety.records import SourceKind
from dataset_safety.report.exports.licences import known_expression
from dataset_safety.report.exports.markdown import plain
from dataset_safety.report.gathering import gather
from dataset_safety.report.model import ReportData, Volume
from dataset_safety.store import corpora, releases
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.facade import Store
from dataset_safety.store.objects import sha256_of
from dataset_safety.store.releases import Release, Shard
from dataset_safety.usage.export import exported

_PAGE = r"^(https?://[^/?#\\\s]+)"
Volumes = dict[str, Volume]


@dataclass(frozen=True, slots=True)
class PublicSource:
    """One source as it may be told to anybody; ``kept`` is its share of P2 by type of data."""

    source_id: str
    kind: SourceKind
    name: str
    organisation: str
    url: str
    licence: str
    agreement: str
    days: Sequence[str]
    crawler: str
    robots_respected: bool | None
    generated_by: str
    preprocessed: int
    kept: Mapping[str, Volume]

    @property
    def for_use(self) -> Volume:
        """Everything of it in P2."""
        return sum(self.kept.values(), Volume())


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One data file of the training export."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Published:
    """Everything that the formats are made of; ``files`` and ``columns`` are empty while P2 was never exported."""

    report: ReportData
    sources: Sequence[PublicSource]
    domains: Mapping[str, Volume]
    files: Sequence[ExportedFile]
    columns: Mapping[str, pl.DataType]
    shards: Sequence[Shard]

    @property
    def used(self) -> list[PublicSource]:
        """Sources of which P2 holds at least one sample."""
        return [source for source in self.sources if source.for_use.samples]

    @property
    def days(self) -> list[str]:
        """Days on which data of P2 were collected, as far as the ledger states them, in order."""
        return sorted({day for source in self.used for day in source.days})

    @property
    def types(self) -> Volumes:
        """P2 by type of data."""
        return _summed(source.kept for source in self.sources)

    @property
    def for_use(self) -> Volume:
        """All of P2."""
        return sum(self.types.values(), Volume())


def published(store: Store, release_id: str) -> Published:
    """Gather what the formats need; :class:`NothingToReport` if the release was not filtered yet."""
    report = gather(store, release_id)
    with store.database.read() as connection:
        release = releases.load(connection, report.release_id)
        corpus = corpora.latest(connection, report.release_id)
    assert corpus is not None  # gather() saw it
    kept, domains = _counted(store, corpus)
    preprocessed = {row.source_id: row.preprocessed for row in report.sources}
    sources = [
        _public(source_id, record, preprocessed[source_id], kept.get(source_id, {}))
        for source_id, record in sorted(release.sources.items())
    ]
    return Published(report, sources, domains, *_files(store, corpus), _ordered(release))


def _counted(store: Store, corpus: Corpus) -> tuple[Mapping[str, Volumes], Volumes]:
    """P2 by source and type of data, and the web pages in it by registrable domain."""
    kept: dict[str, Volumes] = defaultdict(lambda: defaultdict(Volume))
    sites: Volumes = defaultdict(Volume)
    for part in corpus.parts:
        if not part.kept:
            continue
        frame = store.objects.read_frame(part.kept_object, ["source_id", "data_type", "url", "origin_kind", "size_bytes"])
        for source_id, data_type, *counts in _volumes(frame, "source_id", "data_type"):
            kept[source_id][data_type] += Volume(*counts)
        web = frame.filter(pl.col("origin_kind") == SourceKind.WEBSITE.value)
        for site, *counts in _volumes(web.with_columns(site=pl.col("url").str.to_lowercase().str.extract(_PAGE)), "site"):
            sites[site or ""] += Volume(*counts)
    domains: Volumes = defaultdict(Volume)
    for site, volume in sites.items():
        domains[domain_of(site) or ""] += volume
    return kept, dict(sorted(domains.items(), key=lambda found: (-found[1].size_bytes, found[0])))


def _volumes(frame: pl.DataFrame, *by: str) -> list[tuple[Any, ...]]:
    return frame.group_by(*by).agg(n=pl.len(), size=pl.col("size_bytes").sum()).rows()


def _public(source_id: str, record: Mapping[str, Any], preprocessed: int, kept: Mapping[str, Volume]) -> PublicSource:
    origin, agreement, made = (record.get(table) or {} for table in ("origin", "agreement", "generated"))
    named = [origin.get(key) for key in ("dataset_name", "service_name")] + [record.get("title"), origin.get("url")]
    days = [str(origin[key])[:10] for key in ("collected_at", "collected_until") if origin.get(key)]
    return PublicSource(
        source_id,
        SourceKind(record["kind"]),
        next((str(name) for name in named if name and plain(str(name))), source_id),
        str(origin.get("organisation") or origin.get("legal_entity") or ""),
        str(origin.get("url") or ""),
        known_expression(str(agreement.get("spdx") or "")),
        str(agreement.get("kind") or ""),
        days,
        str(origin.get("crawler") or ""),
        origin.get("robots_respected"),
        " ".join(str(made[key]) for key in ("model", "service", "version") if made.get(key)) or ("not named" if made else ""),
        preprocessed,
        dict(sorted(kept.items())),
    )


def _files(store: Store, corpus: Corpus) -> tuple[list[ExportedFile], dict[str, pl.DataType]]:
    """The exported files as they are on disk now, and the columns that they share."""
    export = exported(store, corpus)
    paths = [export.folder / name for name in export.files if name.endswith(".parquet")] if export else []
    found = []
    for path in paths:
        with path.open("rb") as stream:
            found.append(ExportedFile(path.name, sha256_of(stream), path.stat().st_size))
    return found, dict(pl.read_parquet_schema(paths[0])) if paths else {}


def _ordered(release: Release) -> list[Shard]:
    return sorted(release.shards, key=lambda shard: (shard.source_id, shard.sha256, shard.name))


def _summed(parts: Any) -> Volumes:
    total: Volumes = defaultdict(Volume)
    for volumes in parts:
        for name, volume in volumes.items():
            total[name] += volume
    return dict(sorted(total.items()))
