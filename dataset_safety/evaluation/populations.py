"""The frozen populations P1 and P2 of one filtered corpus, as lazy queries over its stored parts.

The large draws are taken from the drawn population: P2 and the rows that left it only because people condemned them in
such a draw (clauses 1.4). Removing them leaves it as it was, so the draw and its count stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dataset_safety.evaluation.draws import Frame
from dataset_safety.frames import Decisions, Identifications, Samples
from dataset_safety.preprocessing.manual import BASE
from dataset_safety.store.canonical import digest_of, digest_of_lines
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.facade import Store
from dataset_safety.store.shards import labellings, load_recipe
from dataset_safety.usage.ordering import Ordered


@dataclass(frozen=True)
class Populations:
    """P1 (pre-processed), its identification records, P2 (for use) and the drawn population of one corpus."""

    store: Store
    corpus: Corpus

    @cached_property
    def p1(self) -> pl.LazyFrame:
        """All pre-processed samples."""
        return self.rows_of([part.part for part in self.corpus.parts], Samples.create_empty())

    @cached_property
    def labels(self) -> pl.LazyFrame:
        """All identification records, one a sample of P1, in the version that the corpus was made with."""
        return self.rows_of([part.labels for part in self.corpus.parts], Identifications.create_empty())

    @cached_property
    def base_recipe(self) -> str:
        """The recipe of the records before people had a part in them."""
        with self.store.database.read() as connection:
            return str(load_recipe(connection, self.corpus.recipe).get(BASE, self.corpus.recipe))

    @cached_property
    def _base_objects(self) -> list[str]:
        with self.store.database.read() as connection:
            found = labellings(connection, self.base_recipe, [part.part for part in self.corpus.parts])
        return [found[part.part].object if part.part in found else part.labels for part in self.corpus.parts]

    @cached_property
    def p2(self) -> pl.LazyFrame:
        """Exactly what training reads."""
        return self.rows_of([part.kept_object for part in self.corpus.parts], Samples.create_empty())

    @cached_property
    def condemned(self) -> pl.DataFrame:
        """Ids of the rows that left P2 only because people condemned them in a draw."""
        if self.corpus.drawn_population == self.corpus.population:
            return pl.DataFrame(schema={"sample_id": pl.String})
        left = self.rows_of([part.excluded_object for part in self.corpus.parts if part.excluded], Decisions.create_empty())
        return left.filter("condemned").select("sample_id").collect()

    @cached_property
    def drawn(self) -> pl.LazyFrame:
        """P2 and the condemned rows."""
        if self.condemned.is_empty():
            return self.p2
        return pl.concat([self.p2, self.excluded_rows(pl.col("condemned"))])

    @cached_property
    def metadata_version(self) -> str:
        """Changes with anything that the metadata of P1 are made from."""
        return digest_of(sorted({part.shard_key for part in self.corpus.parts}))

    def draw_frame(self, purpose: str, rows: pl.LazyFrame, population: str = "") -> Frame:
        """The ids of a population with the hash of their content; its hash is computed unless it is known."""
        ids = Ordered.of(rows)
        return Frame(purpose, population or digest_of_lines(ids.lines()), ids)

    def excluded_rows(self, condition: pl.Expr) -> pl.LazyFrame:
        """Samples that are not in P2 and whose decision meets a condition; each part is joined with its own decisions."""
        found = []
        for part in self.corpus.parts:
            left = self.rows_of([part.excluded_object], Decisions.create_empty()).filter(condition).select("sample_id")
            found.append(
                self.rows_of([part.part], Samples.create_empty()).join(left, on="sample_id", how="semi", maintain_order="left")
            )
        return pl.concat(found) if found else Samples.create_empty().lazy()

    def samples_of(self, ids: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the samples of P1 with these ids, read part by part."""
        return self._chosen([part.part for part in self.corpus.parts], Samples.create_empty(), ids, columns)

    def labels_of(self, ids: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the identification records of the samples with these ids, read part by part."""
        return self._chosen([part.labels for part in self.corpus.parts], Identifications.create_empty(), ids, columns)

    def base_labels_of(self, ids: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """The same of the records before people had a part in them: those that draws freeze and people are compared with."""
        return self._chosen(self._base_objects, Identifications.create_empty(), ids, columns)

    def _chosen(self, digests: Sequence[str], empty: pl.DataFrame, ids: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        parts = [
            self.rows_of([digest], empty).join(ids.lazy(), on="sample_id", how="semi", maintain_order="left").select(columns)
            for digest in digests
        ]
        return pl.concat([part.collect() for part in parts]) if parts else empty.select(columns)

    def labels_in_use(self, condition: pl.Expr, columns: list[str]) -> pl.DataFrame:
        """Some columns of the identification records of P2 that meet a condition, read part by part."""
        found = []
        for part in self.corpus.parts:
            kept = self.rows_of([part.kept_object], Samples.create_empty()).select("sample_id")
            labels = self.rows_of([part.labels], Identifications.create_empty()).filter(condition)
            found.append(labels.join(kept, on="sample_id", how="semi", maintain_order="left").select(columns).collect())
        return pl.concat(found) if found else Identifications.create_empty().select(columns)

    def rows_of(self, digests: Sequence[str], empty: pl.DataFrame) -> pl.LazyFrame:
        """The rows of some stored parts; ``empty`` where there are none."""
        if not digests:
            return empty.lazy()
        return self.store.objects.scan_frame(digests)
