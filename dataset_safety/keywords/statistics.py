"""What each entry does (B.1): texts of the corpus that it hits, its share of benign hits, and when it was last seen.

Entries that never hit anything, and entries that mostly hit benign text, are what a reviewer looks at first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from dataset_safety.keywords.impact import Impact
from dataset_safety.keywords.library import Library
from dataset_safety.store import corpora, releases
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.facade import Store

RELEASES = 20


@dataclass(frozen=True, slots=True)
class EntryStatistics:
    """One entry: hits in the newest release of each stage, hits in benign text, and the day of the last corpus with a hit."""

    id: str
    risks: tuple[str, ...]
    hits: int
    benign_hits: int
    last_seen: str

    @property
    def benign_share(self) -> float:
        """Share of benign texts among all texts hit."""
        return self.benign_hits / (self.hits + self.benign_hits) if self.hits + self.benign_hits else 0.0


def entry_statistics(library: Library, impacts: Iterable[Impact], store: Store | None) -> list[EntryStatistics]:
    """Entries that hit anything, those with most benign hits first."""
    benign: Counter[str] = Counter()
    for impact in impacts:
        benign.update({one.entry.id: one.texts for one in impact.entries})
    hits, seen = _corpus_hits(store) if store is not None else (Counter[str](), {})
    found = [
        EntryStatistics(entry.id, entry.risks, hits[entry.id], benign[entry.id], seen.get(entry.id, ""))
        for entry in library.active
        if hits[entry.id] or benign[entry.id] or entry.id in seen
    ]
    return sorted(found, key=lambda one: (-one.benign_hits, -one.hits, one.id))


def _corpus_hits(store: Store) -> tuple[Counter[str], dict[str, str]]:
    hits: Counter[str] = Counter()
    seen: dict[str, str] = {}
    newest: set[str] = set()
    with store.database.read() as connection:
        listed = releases.listing(connection)[:RELEASES]
        made = [(stage.value, corpora.latest(connection, name)) for name, stage, _, _ in listed]
    for stage, corpus in made:
        if corpus is None:
            continue
        counts = _hits_of(store, corpus)
        for entry in counts:
            seen[entry] = max(seen.get(entry, ""), corpus.created_at)
        if stage not in newest:
            newest.add(stage)
            hits.update(counts)
    return hits, seen


def _hits_of(store: Store, corpus: Corpus) -> Counter[str]:
    """Samples that each entry hits, from the stored labels of a corpus."""
    counts: Counter[str] = Counter()
    for labels in sorted({part.labels for part in corpus.parts}):
        frame = store.objects.read_frame(labels, columns=["sample_id", "findings"]).explode("findings").drop_nulls("findings")
        found = frame.unnest("findings").filter(pl.col("method") == "keyword")
        named = found.select("sample_id", entry=pl.col("explanation").str.split(" ").list.get(1)).unique()
        counts.update(dict(named["entry"].value_counts().iter_rows()))
    return counts
