"""What the verdicts of one release rest on, gathered once from the stored rows and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from dataset_safety import clock
from dataset_safety.collection.annotations import AnnotationRecords, read_annotations
from dataset_safety.collection.ledger import FactGap, source_key, url_key
from dataset_safety.collection.sources import SourceRecord
from dataset_safety.evaluation.attestation import ATTESTATION, PARAMETERS, holds
from dataset_safety.evaluation.populations import Populations
from dataset_safety.evaluation.reviewing import Answers, Ballots, ballots, current
from dataset_safety.evaluation.settling import Decisions, decided
from dataset_safety.frames import Samples
from dataset_safety.records import SourceKind
from dataset_safety.standard import Edition, Stage
from dataset_safety.store.artifacts import Evidence as StoredEvidence
from dataset_safety.store.artifacts import evidence_for
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import Draw
from dataset_safety.store.errors import ObjectMissing
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.usage.sources import recorded_source, release_facts, source_gaps

OFFENDERS = 20


@dataclass(frozen=True)
class ReleaseEvidence:
    """Everything the rules of section 8 look at; rules are pure functions of it."""

    store: Store
    release: Release
    corpus: Corpus
    edition: Edition
    sources: Mapping[str, SourceRecord]
    gaps: Mapping[str, Sequence[FactGap]]
    draws: Sequence[Draw]
    today: date = field(default_factory=clock.today)

    @property
    def stage(self) -> Stage:
        """The stage of the release."""
        return self.release.stage

    @cached_property
    def populations(self) -> Populations:
        """P1, labels and P2 as lazy queries."""
        return Populations(self.store, self.corpus)

    @cached_property
    def stored(self) -> Callable[[str], list[StoredEvidence]]:
        """Evidence recorded for a clause."""

        def find(clause: str) -> list[StoredEvidence]:
            with self.store.database.read() as connection:
                return evidence_for(connection, clause)

        return find

    def attested(self, clause: str) -> bool:
        """Whether a signed attestation bound to this very population exists (clauses 1.3, third proof)."""
        return self._signed(clause, self.corpus.population)

    @property
    def parameters_signed(self) -> bool:
        """Whether somebody who owns the standard signed the values of an edition that nobody here could verify."""
        return self._signed(PARAMETERS, self.edition.digest)

    def _signed(self, clause: str, population: str) -> bool:
        return any(
            found.kind == ATTESTATION and holds(dict(found.content), clause=clause, population=population)
            for found in self.stored(clause)
        )

    @property
    def empty(self) -> bool:
        """Whether the stage has no data at all: nothing in the ledger, no file, no sample."""
        return not self.sources and not self.release.shards and not self.counts["p1"]

    @cached_property
    def annotations(self) -> Mapping[str, AnnotationRecords]:
        """Records of annotation by source, of the sources that have any (7.2 c)."""
        folder = self.release.inbox / self.stage.value
        found = (
            read_annotations(record, folder / name, self.release.sources[name]["documents"])
            for name, record in self.sources.items()
            if record.annotation is not None
        )
        return {records.source_id: records for records in found if records is not None}

    @cached_property
    def units_for_use(self) -> frozenset[tuple[str, str, int]]:
        """Source, file and number of every labelled unit in P2."""
        rows = self.populations.p2.filter(pl.col("source_id").is_in(list(self.annotations)))
        return frozenset(rows.select("source_id", "file", "unit").collect().iter_rows())

    @cached_property
    def revoked_for_use(self) -> list[str]:
        """Samples of P2 from users who have revoked their authorisation by now; past use stays lawful, future use is not."""
        users = [record.source_id for record in self.sources_of(SourceKind.SERVICE_USER)]
        if not users:
            return []
        facts = release_facts(self.store, self.release)
        tokens = {token for shard in self.release.shards for token in facts[shard.shard_key].revoked}
        rows = self.populations.p2.filter(pl.col("source_id").is_in(users) & pl.col("user_token").is_in(list(tokens)))
        return rows.select("sample_id").collect()["sample_id"].to_list()

    def answered(self, purpose: str, question: str, bad: frozenset[str], population: str | None = None) -> Answers:
        """Where people stand with one question of one draw; stale when only another population was drawn."""
        drawn = current(self.draws, purpose, population)
        if drawn is None:
            return Answers(0, 0, (), stale=current(self.draws, purpose) is not None)
        return self.ballots(drawn).answers(question, bad)

    def ballots(self, drawn: Draw) -> Ballots:
        """What people said about a draw, read once."""
        if drawn.draw_id not in self._ballots:
            self._ballots[drawn.draw_id] = ballots(self.store, drawn)
        return self._ballots[drawn.draw_id]

    @cached_property
    def _ballots(self) -> dict[str, Ballots]:
        return {}

    @cached_property
    def decisions(self) -> Decisions:
        """What people settled about the data of this stage."""
        return decided(self.store, self.stage)

    def lost(self, drawn: Draw | None) -> frozenset[str]:
        """Drawn samples whose part of P1 is no longer there; they count as not clean."""
        objects, there = self.store.objects, []
        for part in self.corpus.parts:
            with suppress(ObjectMissing):
                objects.path(part.part)
                there.append(part.part)
        if drawn is None or len(there) == len(self.corpus.parts):
            return frozenset()
        names = objects.read_frame(drawn.items_object, columns=["sample_id"])["sample_id"].to_list()
        return frozenset(names).difference(*(objects.read_frame(one, columns=["sample_id"])["sample_id"] for one in there))

    def sources_of(self, kind: SourceKind) -> list[SourceRecord]:
        """Sources of one kind in the ledger."""
        return [record for record in self.sources.values() if record.kind is kind]

    @cached_property
    def missing_by_source(self) -> pl.DataFrame:
        """Rows of P1 that lack a required field: source_id, field, samples."""
        return (
            self.populations.p1.select("source_id", field=pl.col("missing"))
            .filter(pl.col("field").list.len() > 0)
            .explode("field")
            .group_by("source_id", "field")
            .agg(samples=pl.len())
            .sort("source_id", "field")
            .collect()
        )

    @cached_property
    def source_keys_by_type(self) -> dict[str, dict[str, int]]:
        """Distinct sources behind each type of data of 6.1 b, with their samples; unknown origins are not counted.

        A source is a registrable domain (web pages), a legal entity (organisations) or a service (users).
        """
        address = pl.when(pl.col("origin_kind") == "website").then(pl.col("url"))
        found: dict[str, dict[str, int]] = {}
        for part in self.corpus.parts:
            rows = self.populations.rows_of([part.part], Samples.create_empty())
            named = rows.select("source_id", "data_type", url=address).group_by("source_id", "data_type", "url")
            for source_id, data_type, url, samples in named.agg(samples=pl.len()).collect().iter_rows():
                record = self.sources[source_id]
                key = url_key(url) if record.kind is SourceKind.WEBSITE else source_key(record)
                keys = found.setdefault(data_type, {})
                if key:
                    keys[key] = keys.get(key, 0) + samples
        return found

    @cached_property
    def counts(self) -> dict[str, int]:
        """Samples in P1 and P2, and in P1 by kind of origin and by whether a model made them."""
        by_kind = dict(self.populations.p1.group_by("origin_kind").agg(n=pl.len()).collect().iter_rows())
        generated = self.populations.p1.filter("generated").select(pl.len()).collect().item()
        return {"p1": sum(by_kind.values()), "p2": self.corpus.kept, "generated": generated, **by_kind}

    def drawn_rows(self, purpose: str, columns: list[str]) -> pl.DataFrame:
        """Rows of P1 that a draw chose."""
        drawn = current(self.draws, purpose)
        if drawn is None:
            return self.populations.p1.select(columns).head(0).collect()
        return self.populations.samples_of(self.store.objects.read_frame(drawn.items_object, columns=["sample_id"]), columns)

    def drawn_labels(self, purpose: str) -> pl.DataFrame:
        """Identification records of the samples that a draw chose, without their findings."""
        drawn = current(self.draws, purpose)
        if drawn is None:
            return self.populations.labels.head(0).collect()
        ids = self.store.objects.read_frame(drawn.items_object, columns=["sample_id"])
        wanted = ["sample_id", "content_sha256", "outcome", "looked", "rights", "generated", "recipe"]
        return self.populations.labels_of(ids, wanted)

    def without_basis(self, column: str) -> dict[str, Any]:
        """Samples of P2 whose record names a class of personal information, by class; the filter let them pass on a basis."""
        named = self.populations.labels_in_use(pl.col(column).list.len() > 0, [column])
        rows = named.select(name=pl.col(column)).explode("name").group_by("name").agg(samples=pl.len()).sort("name")
        return dict(rows.iter_rows())


def gather(store: Store, release: Release, corpus: Corpus, edition: Edition, made: Sequence[Draw]) -> ReleaseEvidence:
    """The evidence of a release as it stands now."""
    sources = {source_id: recorded_source(release, source_id) for source_id in release.sources}
    gaps = {source_id: source_gaps(release, source_id) for source_id in sources}
    return ReleaseEvidence(store, release, corpus, edition, sources, gaps, made)
