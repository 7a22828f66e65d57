"""Labels under the recipe of an earlier run: as stored, or made again with the very versions that made them (6.2 b, c).

Stored labels need nothing but themselves. Where some are lost they are made again, which needs every version of the
recipe: the generation of the keyword library, the models, imported scores, and what of the program the recipe names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from dataset_safety.errors import DatasetSafetyError
from dataset_safety.preprocessing.recipes import DetectorSources, recipe_content
from dataset_safety.preprocessing.releases import Annotated, Labelled, identify_release, load_labelled
from dataset_safety.shipping import bundled_model
from dataset_safety.store import artifacts
from dataset_safety.store.errors import ObjectMissing
from dataset_safety.store.facade import Store
from dataset_safety.store.shards import load_recipe

KEYWORD, MODEL = "keyword", "model"
BY_SOUND = "+homophones"


class VersionGone(DatasetSafetyError):
    """Labels of a pinned recipe are lost, and a version that made them is not here any more."""

    exit_code: ClassVar[int] = 2


def labels_under(store: Store, p1: Annotated, recipe: str) -> Labelled:
    """The labels of a release under a stored recipe; :class:`VersionGone` if they cannot be had again."""
    found = load_labelled(store, p1, recipe)
    if found is not None:
        return found
    with store.database.read() as connection:
        content = load_recipe(connection, recipe)
    return identify_release(store, p1, sources_under(store, recipe, content))


def sources_under(store: Store, recipe: str, content: Mapping[str, Any]) -> DetectorSources:
    """Where the versions of a recipe stand."""
    versions: Mapping[str, str] = content["detectors"]
    keyword = versions.get(KEYWORD, "")
    libraries = (_generation(store, keyword.partition("/")[0], recipe),) if keyword else ()
    models = tuple(_models(store, versions[MODEL].split("+"), recipe)) if MODEL in versions else ()
    scores = tuple(_scores(store, content.get("scores", ()), recipe))
    made = DetectorSources(libraries, models, tuple(versions), homophones=keyword.endswith(BY_SOUND), scores=scores)
    differs = [name for name, is_now in recipe_content(made).items() if content.get(name) != is_now]
    if differs:
        raise _gone(recipe, f"this version of the program does not have its {', '.join(differs)}", name=differs[0])
    return made


def _generation(store: Store, name: str, recipe: str) -> Path:
    with store.database.read() as connection:
        known = artifacts.versions(connection, artifacts.KEYWORD_LIBRARY)
    kept = next((one.object for one in known if one.object and one.version.startswith(name)), None)
    try:
        if kept is not None:
            store.objects.check(kept)
            return store.objects.path(kept)
    except ObjectMissing:
        pass  # registered once, and lost since
    raise _gone(recipe, f"keyword library generation {name} is not stored here", name=name)


def _models(store: Store, wanted: Sequence[str], recipe: str) -> Iterator[Path]:
    from dataset_safety.classifier.models import load_model  # brings the runtime of models, which no report needs
    from dataset_safety.classifier.registry import Registry

    bundled, registry = bundled_model(), Registry(store.home.models)
    for version in wanted:
        folder = bundled if load_model(bundled).version == version else registry.folder_of(version)
        if not (folder / "manifest.json").is_file():
            raise _gone(recipe, f"model {version} is not registered here", name=version)
        yield folder


def _scores(store: Store, wanted: Sequence[str], recipe: str) -> Iterator[Path]:
    from dataset_safety.classifier.scored import imported_files

    present = {path.stem: path for path in imported_files(store.home.models)}
    for name in wanted:
        if name not in present:
            raise _gone(recipe, f"imported scores {name[:12]} are not here", name=name)
        yield present[name]


def _gone(recipe: str, why: str, **facts: object) -> VersionGone:
    return VersionGone(
        f"labels under the pinned recipe {recipe[:12]} are lost and cannot be made again: {why}",
        hint="restore the home from a backup, or move on to the newest recipe with `dataset-safety run --relabel REASON`.",
        recipe=recipe,
        **facts,
    )
