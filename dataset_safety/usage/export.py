"""The training export: P2 leaves the house only when every gate of its stage is met for exactly this population.

It reads the stored verdict rows, never Dagster's latest check record, and counts and hashes P2 again. What is exported is plain
even where the home is encrypted (R.5.c): it is made to be read elsewhere.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataset_safety import clock
from dataset_safety.standard import load_edition
from dataset_safety.store import audit, corpora, verdicts
from dataset_safety.store.artifacts import evidence_for
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import judged_after
from dataset_safety.store.facade import Store
from dataset_safety.store.home import sync_folder
from dataset_safety.store.objects import room_for
from dataset_safety.store.releases import Release
from dataset_safety.store.verdicts import Assessment
from dataset_safety.usage.accounting import population_hash, recount
from dataset_safety.usage.errors import ExportRefused


@dataclass(frozen=True, slots=True)
class Export:
    """Where the exported files stand and what they are."""

    folder: Path
    population: str
    samples: int
    files: tuple[str, ...]


def gates(store: Store, release: Release) -> list[str]:
    """Everything that stands in the way of using this release, in words; empty when it may be used."""
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
        assessment = verdicts.latest(connection, release.release_id)
        judged = assessment is not None and judged_after(connection, release.stage, assessment.created_at)
    if corpus is None:
        return ["the release has no filtered corpus yet"]
    if assessment is None:
        return ["the release was never assessed"]
    later = ["people have judged since the verdicts were computed: evaluate again"] if judged else []
    later += _expired_evidence(store, assessment)
    return [*_population_gates(store, release, corpus, assessment), *_verdict_gates(release, assessment), *later]


def export(store: Store, release: Release) -> Export:
    """Write P2 below ``exports/``, or raise :class:`ExportRefused` with the list of gates not met."""
    closed = gates(store, release)
    if closed:
        raise ExportRefused(
            f"release {release.short} may not be used for training yet: {len(closed)} gates are closed; first: {closed[0]}",
            hint="`dataset-safety verdicts` lists what blocks it and who can act.",
            gates=closed,
            release=release.release_id,
        )
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    assert corpus is not None  # gates() saw it
    made = _write(store, release, corpus)
    with store.database.write() as connection:
        audit.append(
            connection, "use.export", release.release_id, population=corpus.population, samples=corpus.kept, files=len(made.files)
        )
    return made


def _population_gates(store: Store, release: Release, corpus: Corpus, assessment: Assessment) -> Iterator[str]:
    if assessment.population != corpus.population:
        yield "the verdicts were computed for another population (R.6.3.export_bound)"
    if population_hash(store, [part.kept_object for part in corpus.parts]) != corpus.population:
        yield "the files of P2 are not those that were assessed"
    for imbalance in recount(store, release, corpus):
        yield f"accounting of {imbalance.source_id}/{imbalance.name}: {imbalance.what}"


def _verdict_gates(release: Release, assessment: Assessment) -> Iterator[str]:
    found = assessment.by_clause()
    for clause in load_edition().expected_results(release.stage):
        verdict = found.get(clause.id)
        if verdict is None:
            yield f"{clause.id} was not evaluated"
        elif not verdict.value.passed:
            yield f"{clause.id} is {verdict.value.value}: {verdict.why}"


def _expired_evidence(store: Store, assessment: Assessment) -> Iterator[str]:
    """Passes of 8.1 whose probes have ended or failed since; of each probe on each place that is not retired the newest that
    saw something counts.
    """
    now = clock.now().isoformat()
    for verdict in assessment.verdicts:
        if not verdict.clause.startswith("8.1.") or not verdict.value.passed:
            continue
        newest: dict[tuple[str, object], str] = {}
        with store.database.read() as connection:
            rows = evidence_for(connection, verdict.clause)
        for row in rows:
            if row.kind == "probe" and row.content.get("result") != "could not run":
                until = row.valid_until if row.content.get("result") == "passed" else None
                newest[row.subject, row.content.get("probe")] = until or ""
            elif row.kind == "probe_retired":
                newest = {pair: until for pair, until in newest.items() if pair[0] != row.subject}
        if any(until < now for until in newest.values()):
            yield f"{verdict.clause} rests on probes that are too old or failed since: probe and evaluate again"


def _write(store: Store, release: Release, corpus: Corpus) -> Export:
    folder = store.home.exports / corpus.population
    if not folder.is_dir():
        staged = store.home.staging / f"export-{secrets.token_hex(8)}"
        with room_for(store.home.exports):
            staged.mkdir(mode=0o700, parents=True)
            store.home.exports.mkdir(mode=0o700, exist_ok=True)
            for number, part in enumerate(corpus.parts):
                if part.kept:
                    store.objects.copy(part.kept_object, staged / f"part-{number:05d}.parquet")
            facts = {
                "release": release.release_id,
                "population": corpus.population,
                "samples": corpus.kept,
                "recipe": corpus.recipe,
                "exported_at": clock.now().isoformat(),
            }
            (staged / "manifest.json").write_text(canonical_json(facts))
            sync_folder(staged)
            os.replace(staged, folder)
            sync_folder(store.home.exports)
    return _made(folder, corpus)


def exported(store: Store, corpus: Corpus) -> Export | None:
    """The export of exactly this population, if it was ever written."""
    folder = store.home.exports / corpus.population
    return _made(folder, corpus) if folder.is_dir() else None


def _made(folder: Path, corpus: Corpus) -> Export:
    return Export(folder, corpus.population, corpus.kept, tuple(sorted(path.name for path in folder.iterdir())))
