"""The technical audit of 8.2.3 b 4: a tenth of P2 scanned by an arm of its own, never by the rules that filtered it.

The arm takes every keyword at its word (entries that otherwise count only beside another count alone) and lowers the
thresholds of all models. What it flags is risk until a person clears it: the raw and the adjudicated rate both stand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import polars as pl

from dataset_safety.engine.local import map_unordered
from dataset_safety.evaluation.audits import KIND, flagged, stored_audits
from dataset_safety.keywords.entries import EntryEffect
from dataset_safety.keywords.files import read_store
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.preprocessing.identification import find_all
from dataset_safety.preprocessing.recipes import DetectorSources, sources_of
from dataset_safety.records import Detector, Effect
from dataset_safety.store import artifacts
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import Draw
from dataset_safety.store.facade import Store
from dataset_safety.store.objects import ObjectStore
from dataset_safety.store.shards import load_recipe

STRICTER_BY = 0.7


@dataclass(frozen=True, slots=True)
class Audit:
    """What the arm saw: how many samples it scanned, which of them it flags, and what it was.

    A ``tautology`` is an arm that adds nothing to the versions which filtered: it finds nothing by construction.
    """

    scanned: int
    flagged: tuple[str, ...]
    arm: str
    tautology: bool = False


@dataclass(frozen=True, slots=True)
class _PartTask:
    part: str
    items_object: str
    ids: tuple[str, ...]
    sources: DetectorSources
    objects: Path
    staging: Path


@lru_cache(maxsize=2)
def arm_of(sources: DetectorSources) -> tuple[Detector, ...]:
    """The detectors of the arm."""
    from dataset_safety.classifier.models import load_model
    from dataset_safety.classifier.serving import ModelDetector

    entries = [
        replace(entry, effect=EntryEffect.REVIEW) if entry.effect is EntryEffect.CONTEXT else entry
        for entry in read_store(*sources.libraries).entries
    ]
    return (
        KeywordDetector(Library.of(entries)),
        ModelDetector([load_model(folder) for folder in sources.models], stricter_by=STRICTER_BY),
    )


def audit(store: Store, corpus: Corpus, drawn: Draw) -> Audit:
    """Scan the drawn samples, once for each draw and version of the arm; those that people condemned since as well."""
    return _scanned(store, corpus, drawn, ())


def recall(store: Store, corpus: Corpus, drawn: Draw, risky: Sequence[str]) -> Audit:
    """Let the arm look at the samples of a draw in which people found risk content: how many of them does it flag?"""
    return _scanned(store, corpus, drawn, tuple(sorted(risky)))


def _scanned(store: Store, corpus: Corpus, drawn: Draw, only: tuple[str, ...]) -> Audit:
    if not store.texts:
        return _recorded(store, drawn, only)
    sources = sources_of(store.home)
    versions = {detector.name: detector.version for detector in arm_of(sources)}
    arm, same = digest_of(versions), versions.items() <= _filtered_by(store, corpus).items()
    version = digest_of([drawn.draw_id, arm, list(only)] if only else [drawn.draw_id, arm])
    with store.database.read() as connection:
        known = next((found for found in artifacts.versions(connection, KIND) if found.version == version), None)
    if known is not None and known.object is not None:
        return Audit(known.facts["scanned"], flagged(store, known), arm, same)
    tasks = [
        _PartTask(part.part, drawn.items_object, only, sources, store.objects.root, store.objects.staging)
        for part in corpus.parts
    ]
    results = [found for _, found in map_unordered(_scan_part, tasks)]
    names = sorted(name for _, found in results for name in found)
    made = Audit(sum(count for count, _ in results), tuple(names), arm, same)
    stored = store.objects.publish_bytes(json.dumps(names).encode())
    facts = {"draw": drawn.draw_id, "scanned": made.scanned, "arm": arm, "same": same, "only": digest_of(list(only))}
    with store.database.write() as connection:
        artifacts.save(connection, artifacts.Artifact(KIND, version, facts, stored))
    return made


def _recorded(store: Store, drawn: Draw, only: tuple[str, ...]) -> Audit:
    """The newest stored scan of the same samples, for a store without texts; nothing scanned if there is none."""
    same = digest_of(list(only))
    known = [found for found in stored_audits(store, drawn.draw_id) if found.facts.get("only") == same]
    if not known:
        return Audit(0, (), "")
    facts = known[-1].facts
    return Audit(facts["scanned"], flagged(store, known[-1]), facts["arm"], bool(facts["same"]))


def _filtered_by(store: Store, corpus: Corpus) -> dict[str, str]:
    """Names and versions of the detectors that P2 was filtered with."""
    with store.database.read() as connection:
        detectors: dict[str, str] = load_recipe(connection, corpus.recipe).get("detectors", {})
    return detectors


def _scan_part(task: _PartTask) -> tuple[int, list[str]]:
    """How many drawn samples a part of P1 holds, and the ids of those that the arm flags."""
    objects = ObjectStore(task.objects, task.staging)
    drawn = objects.read_frame(task.items_object, columns=["sample_id"])
    if task.ids:
        drawn = drawn.filter(pl.col("sample_id").is_in(task.ids))
    samples = objects.read_frame(task.part, columns=["sample_id", "data_type", "text"])
    rows = samples.join(drawn, on="sample_id", how="semi")
    texts = rows.filter(pl.col("text").is_not_null())
    found = find_all(texts["text"].to_list(), texts["data_type"].to_list(), arm_of(task.sources))
    risky = [any(finding.effect is not Effect.NOTE for finding in findings) for findings in found]
    unseen = rows.filter(pl.col("text").is_null())["sample_id"].to_list()
    return rows.height, [*texts["sample_id"].filter(pl.Series(risky, dtype=pl.Boolean)).to_list(), *unseen]


def cleared(flagged: Sequence[str], judged_clean: Sequence[str]) -> int:
    """How many flagged samples people judged to hold no risk content."""
    return len(set(flagged) & set(judged_clean))
