"""Labels after a change of the keyword library: only the added and withdrawn entries are looked for again (B.1 c).

A part that was labelled under a recipe that differs in nothing but the generation of the library keeps the findings of
every other detector. Texts that an added entry hits, and texts that a withdrawn entry had hit, are searched again with
the whole library, because a context entry counts only together with others; no other text can change. The result
equals that of a full scan, record by record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import polars as pl

from dataset_safety.frames import Identifications, column
from dataset_safety.keywords.entries import Entry
from dataset_safety.keywords.generations import stored_library
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.keywords.stored import difference
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.preprocessing.identification import BATCH_TEXTS, COLUMNS, IdentificationTask, logical_digest, record_of
from dataset_safety.preprocessing.recipes import DetectorSources, build_detectors
from dataset_safety.records import Effect, Finding, Method
from dataset_safety.store import artifacts
from dataset_safety.store.facade import Store
from dataset_safety.store.objects import ObjectStore
from dataset_safety.store.shards import Labelling, labellings, recipes

KEYWORD = "keyword"
MOST_CHANGED = 5  # from a fifth of the library on, a full scan costs no more


@dataclass(frozen=True, slots=True)
class Update:
    """What leads from the labels of an earlier recipe to those of the present one."""

    added: tuple[Entry, ...]
    withdrawn: frozenset[str]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RelabelTask:
    """One labelled part to bring up to date; plain data for a worker process."""

    task: IdentificationTask
    labels: str
    update: Update


def relabel_tasks(
    store: Store, tasks: Sequence[IdentificationTask], content: Mapping[str, Any]
) -> list[IdentificationTask | RelabelTask]:
    """Each task as a re-labelling where earlier labels allow it."""
    library = next((one.library for one in _detectors(tasks, content) if isinstance(one, KeywordDetector)), None)
    if library is None:
        return list(tasks)
    with store.database.read() as connection:
        earlier = [name for name, found in recipes(connection).items() if _differs_in_generation(found, content)]
        labelled = {name: labellings(connection, name, [task.part for task in tasks]) for name in earlier}
        contents = recipes(connection)
        stored = {one.version[:16]: one for one in artifacts.versions(connection, artifacts.KEYWORD_LIBRARY) if one.object}
    after = str(content["detectors"][KEYWORD])
    chosen: dict[str, IdentificationTask | RelabelTask] = {task.part: task for task in tasks}
    for name in earlier:
        before = str(contents[name]["detectors"][KEYWORD])
        known = stored.get(before.partition("/")[0])
        if known is None or not labelled[name]:
            continue
        update = _update(stored_library(store, known), library, before, after)
        if update is not None:
            chosen |= {
                task.part: RelabelTask(task, labelled[name][task.part].object, update)
                for task in tasks
                if task.part in labelled[name]
            }
    return [chosen[task.part] for task in tasks]


def _detectors(tasks: Sequence[IdentificationTask], content: Mapping[str, Any]) -> Iterable[object]:
    return build_detectors(tasks[0].sources) if tasks and KEYWORD in content["detectors"] else ()


def _differs_in_generation(earlier: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    """Whether two recipes are equal but for the generation of the library."""
    old, new = earlier["detectors"].get(KEYWORD, ""), content["detectors"].get(KEYWORD, "")
    if not old or old == new or old.partition("/")[2] != new.partition("/")[2]:
        return False
    return dict(earlier) == {**content, "detectors": {**content["detectors"], KEYWORD: old}}


def _update(old: Library, new: Library, before: str, after: str) -> Update | None:
    differs = difference(old, new)
    if MOST_CHANGED * differs.changes > len(new.active):
        return None
    return Update(differs.added, frozenset(entry.id for entry in differs.withdrawn), before, after)


def relabel(task: RelabelTask) -> Labelling:
    """Bring the labels of one part up to date and store them."""
    objects = ObjectStore(task.task.objects, task.task.staging)
    samples = objects.read_frame(task.task.part, columns=COLUMNS)
    records = updated_records(samples, objects.read_frame(task.labels), task.update, task.task.sources, task.task.recipe)
    counts = Counter(records["outcome"].to_list())
    digest = logical_digest(records)
    return Labelling(task.task.part, task.task.recipe, objects.publish_frame(records), records.height, digest, dict(counts))


def updated_records(
    samples: pl.DataFrame, labels: pl.DataFrame, update: Update, sources: DetectorSources, recipe: str
) -> pl.DataFrame:
    """The identification records of ``samples`` under ``recipe``, made from earlier ``labels`` of the same rows."""
    readable = samples["text"].is_not_null().arg_true().to_list()
    texts = samples["text"].gather(readable)
    rows = sorted(_hit_by(update.added, readable, texts.to_list(), sources.homophones) | _hit_before(labels, update.withdrawn))
    frame = labels.with_columns(_renamed(update), recipe=pl.lit(recipe))
    if not rows:
        return Identifications.validate(frame)
    again = _searched_again(samples[rows], replace(sources, detectors=(KEYWORD,)))
    fresh = [_merged(old, found) for old, found in zip(frame[rows].iter_rows(named=True), again, strict=True)]
    made = [column(name, [row[name] for row in fresh], frame.schema[name]) for name in frame.columns]
    changed = pl.DataFrame(made).with_columns(at=pl.Series(rows, dtype=pl.UInt32))
    kept = frame.with_row_index("at").filter(~pl.col("at").is_in(rows))
    whole = pl.concat([kept, changed.select(kept.columns)]).sort("at").drop("at")
    return Identifications.validate(whole)


@lru_cache(maxsize=2)
def _small_detector(added: tuple[Entry, ...], homophones: bool) -> KeywordDetector:
    return KeywordDetector(Library.of(added), homophones=homophones)


def _hit_by(added: tuple[Entry, ...], readable: Sequence[int], texts: Sequence[str], homophones: bool) -> set[int]:
    """Rows that an added entry hits, whether it counts there or not."""
    if not added:
        return set()
    detector = _small_detector(added, homophones)
    rows: set[int] = set()
    for first in range(0, len(texts), BATCH_TEXTS):
        batch = TextBatch.of(texts[first : first + BATCH_TEXTS])
        rows.update(readable[first + row] for row in detector.all_hits(batch))
    return rows


def _hit_before(labels: pl.DataFrame, withdrawn: frozenset[str]) -> set[int]:
    """Rows whose stored findings name a withdrawn entry."""
    if not withdrawn:
        return set()
    found = labels.select(at=pl.int_range(pl.len()), finding=pl.col("findings")).explode("finding").drop_nulls("finding")
    found = found.unnest("finding").filter(pl.col("method") == KEYWORD)
    named = found.filter(pl.col("explanation").str.split(" ").list.get(1).is_in(list(withdrawn)))
    return set(named["at"].to_list())


def _renamed(update: Update) -> pl.Expr:
    """Findings with the version of the detector that now stands for them."""
    version = pl.element().struct.field("version")
    ours = (pl.element().struct.field("method") == KEYWORD) & (version == update.before)
    renamed = pl.when(ours).then(pl.lit(update.after)).otherwise(version).alias("version")
    return pl.col("findings").list.eval(pl.element().struct.with_fields(renamed))


def _searched_again(samples: pl.DataFrame, sources: DetectorSources) -> list[list[Finding]]:
    (detector,) = build_detectors(sources)
    found: list[list[Finding]] = [[] for _ in range(samples.height)]
    for finding in detector.find(TextBatch.of(samples["text"].to_list(), samples["data_type"].to_list())):
        found[finding.row].append(finding)
    return found


def _merged(old: Mapping[str, Any], found: Sequence[Finding]) -> dict[str, Any]:
    """A record with its keyword findings replaced."""
    others = [
        Finding(row=0, **{**one, "method": Method(one["method"]), "effect": Effect(one["effect"])})
        for one in old["findings"]
        if one["method"] != KEYWORD
    ]
    findings = sorted([*found, *others], key=lambda f: (f.start, f.end, f.risk, f.method, f.explanation))
    return {**old, **record_of(findings, old["looked"])}
