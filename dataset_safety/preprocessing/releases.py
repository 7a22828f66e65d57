"""Pre-processing a whole release: what was done before under the same bytes and the same recipe is not done again."""

from __future__ import annotations

from dataclasses import dataclass

from dataset_safety.collection.errors import ShardMissing
from dataset_safety.engine.local import map_unordered
from dataset_safety.engine.progress import report
from dataset_safety.preprocessing.annotation import AnnotationTask, annotate
from dataset_safety.preprocessing.identification import IdentificationTask, identify
from dataset_safety.preprocessing.recipes import DetectorSources, recipe_content
from dataset_safety.preprocessing.relabelling import RelabelTask, relabel, relabel_tasks
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release, Shard
from dataset_safety.store.shards import (
    Annotation,
    Labelling,
    Part,
    annotated,
    labellings,
    save_annotation,
    save_labelling,
    save_recipe,
)

IDENTITY_KEY = "identity"


@dataclass(frozen=True, slots=True)
class Annotated:
    """P1 of a release: every shard's annotation, and how many had to be read now."""

    shards: dict[str, Annotation]
    read_now: int

    def parts(self) -> list[Part]:
        """All parts of all shards."""
        return [part for annotation in self.shards.values() for part in annotation.parts]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labels of a release under one recipe, by part object, and how many parts had to be scanned now."""

    recipe: str
    parts: dict[str, Labelling]
    scanned_now: int


def annotate_release(store: Store, release: Release) -> Annotated:
    """Read every shard that was not read before (6.2 a), each committed on its own."""
    keys = [shard.shard_key for shard in release.shards]
    with store.database.read() as connection:
        done = annotated(connection, keys)
    tasks = [_annotation_task(store, release, shard) for shard in _largest_first(release) if shard.shard_key not in done]
    report(0, len(tasks), "reading shards")
    for count, (_, found) in enumerate(map_unordered(annotate, tasks), 1):
        with store.database.write() as connection:
            save_annotation(connection, found)
        report(count, len(tasks), "reading shards")
    with store.database.read() as connection:
        return Annotated(annotated(connection, keys), len(tasks))


def load_annotated(store: Store, release: Release) -> Annotated:
    """P1 as stored; nothing is read."""
    with store.database.read() as connection:
        return Annotated(annotated(connection, [shard.shard_key for shard in release.shards]), 0)


def identify_release(store: Store, p1: Annotated, sources: DetectorSources) -> Labelled:
    """Scan every part that has no labels under this recipe, or has lost them (6.2 b, c), each committed on its own."""
    content = recipe_content(sources)
    with store.database.write() as connection:
        recipe = save_recipe(connection, content)
    objects = [part.object for part in p1.parts()]
    with store.database.read() as connection:
        known = labellings(connection, recipe, objects)
    done = {part for part, found in known.items() if store.objects.holds(found.object)}
    waiting = sorted(
        {part.object: part for part in p1.parts() if part.object not in done}.values(), key=lambda part: -part.text_bytes
    )
    plain = [IdentificationTask(part.object, recipe, sources, store.objects.root, store.objects.staging) for part in waiting]
    tasks = relabel_tasks(store, plain, content)
    report(0, len(tasks), "identifying risks")
    for count, (_, found) in enumerate(map_unordered(_label, tasks), 1):
        with store.database.write() as connection:
            save_labelling(connection, found)
        report(count, len(tasks), "identifying risks")
    with store.database.read() as connection:
        return Labelled(recipe, labellings(connection, recipe, objects), len(tasks))


def load_labelled(store: Store, p1: Annotated, recipe: str) -> Labelled | None:
    """The labels of a release under an earlier recipe, as stored; None unless every part has them."""
    objects = [part.object for part in p1.parts()]
    with store.database.read() as connection:
        found = labellings(connection, recipe, objects)
    whole = found.keys() == set(objects) and all(store.objects.holds(one.object) for one in found.values())
    return Labelled(recipe, found, 0) if whole else None


def _label(task: IdentificationTask | RelabelTask) -> Labelling:
    """A full scan, or only what a change of the library asks for."""
    return relabel(task) if isinstance(task, RelabelTask) else identify(task)


def _largest_first(release: Release) -> list[Shard]:
    return sorted(
        {shard.shard_key: shard for shard in release.shards}.values(), key=lambda shard: (-shard.size_bytes, shard.shard_key)
    )


def _annotation_task(store: Store, release: Release, shard: Shard) -> AnnotationTask:
    path = release.inbox / release.stage.value / shard.source_id / shard.name
    if not path.is_file():
        raise ShardMissing(
            f"file {shard.name!r} of source {shard.source_id!r} is not in the inbox any more",
            hint="put it back, or freeze a new release of what is there.",
            source_id=shard.source_id,
            name=shard.name,
        )
    record = {name: value for name, value in release.sources[shard.source_id].items() if name != "documents"}
    return AnnotationTask(
        path,
        shard.name,
        shard.sha256,
        shard.shard_key,
        record,
        store.objects.root,
        store.objects.staging,
        store.home.key(IDENTITY_KEY),
    )
