"""The frozen populations P1 and P2 of one filtered corpus, as lazy queries over its stored parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dataset_safety.evaluation.draws import Frame
from dataset_safety.frames import Identifications, Samples
from dataset_safety.store.canonical import digest_of_lines
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.facade import Store


@dataclass(frozen=True)
class Populations:
    """P1 (pre-processed), its identification records, and P2 (for use) of one corpus."""

    store: Store
    corpus: Corpus

    @cached_property
    def p1(self) -> pl.LazyFrame:
        """All pre-processed samples."""
        return self._scan([part.part for part in self.corpus.parts], Samples.create_empty())

    @cached_property
    def labels(self) -> pl.LazyFrame:
        """All identification records, one a sample of P1."""
        return self._scan([part.labels for part in self.corpus.parts], Identifications.create_empty())

    @cached_property
    def p2(self) -> pl.LazyFrame:
        """Exactly what training reads."""
        return self._scan([part.kept_object for part in self.corpus.parts], Samples.create_empty())

    def draw_frame(self, purpose: str, rows: pl.LazyFrame, population: str = "") -> Frame:
        """The ids of a population with the hash of what is shown; its hash is computed unless it is known."""
        chosen = rows.select("sample_id", "content_sha256").collect().sort("sample_id")
        lines = chosen.select(line=pl.col("sample_id") + " " + pl.col("content_sha256"))["line"]
        return Frame(
            purpose, population or digest_of_lines(lines), chosen["sample_id"].to_list(), chosen["content_sha256"].to_list()
        )

    def _scan(self, digests: Sequence[str], empty: pl.DataFrame) -> pl.LazyFrame:
        if not digests:
            return empty.lazy()
        return pl.scan_parquet([self.store.objects.path(digest) for digest in digests])
