"""Building the demo corpus: an inbox for both stages, the same for the same seed, and the key of what was planted where."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from dataset_safety.demo.items import (
    NO_URL,
    NO_VERSION,
    REVOKED,
    UNREADABLE,
    Item,
    filler,
    planted_texts,
    with_copies,
)
from dataset_safety.demo.key import FIRST_UNIT, DemoKey, PlantedUnit
from dataset_safety.demo.material import LANGUAGES, Composer
from dataset_safety.demo.shapes import FORMATS
from dataset_safety.demo.sources import Blueprint, describe, sources
from dataset_safety.records import SourceKind
from dataset_safety.standard.stages import Stage

SAMPLES = 6000
SEED = "dataset-safety demo 1"
COPIES = 2
BROKEN = 2
LEAST = 20


def build(folder: Path, *, samples_per_stage: int = SAMPLES, seed: str = SEED) -> DemoKey:
    """Write an inbox below ``folder`` (which may exist, empty) and return the key of its defects."""
    planted: list[PlantedUnit] = []
    for stage in Stage:
        blueprints = sources(stage)
        choice = random.Random(f"{seed}/{stage}")
        composers = {language: Composer(language, choice) for language in LANGUAGES}
        shares = _dealt(planted_texts(composers, choice), blueprints)
        for blueprint in blueprints:
            items = _items(blueprint, shares[blueprint.source_id], composers, samples_per_stage, choice)
            _write(folder / stage.value / blueprint.source_id, blueprint, items, choice)
            planted += _planted(stage, blueprint, items)
    return DemoKey(seed, samples_per_stage, tuple(planted))


def _dealt(texts: Sequence[Item], blueprints: Sequence[Blueprint]) -> dict[str, list[Item]]:
    """The planted texts of a stage, dealt in turn to the sources that take them in their language."""
    shares: dict[str, list[Item]] = {blueprint.source_id: [] for blueprint in blueprints}
    turn: Counter[str] = Counter()
    for text in texts:
        takers = [found for found in blueprints if found.plants and text.language in found.languages]
        shares[takers[turn[text.language] % len(takers)].source_id].append(text)
        turn[text.language] += 1
    return shares


def _items(
    blueprint: Blueprint, planted: Sequence[Item], composers: dict[str, Composer], samples: int, choice: random.Random
) -> list[Item]:
    """All items of a source in their order."""
    count = max(samples * blueprint.share // 1000, LEAST)
    kinds = [*_kinds_beside(blueprint), *[blueprint.defect] * count]
    breaks = blueprint.suffix != ".txt"
    items = list(planted)
    for place, kind in enumerate(kinds[: max(count - len(planted), LEAST)]):
        composer = composers[blueprint.languages[place % len(blueprint.languages)]]
        items.append(filler(composer, asked=blueprint.asked, breaks=breaks, kind=kind))
    choice.shuffle(items)
    return with_copies(items, COPIES, choice) if blueprint.plants else items


def _kinds_beside(blueprint: Blueprint) -> Iterator[str]:
    """Defects that lie beside the text, in sources that are otherwise right."""
    if not blueprint.plants:
        return
    if blueprint.kind is SourceKind.WEBSITE:
        yield from [NO_URL] * 6
    if blueprint.kind is SourceKind.SERVICE_USER:
        yield from [REVOKED] * 6
    if blueprint.made_by_model:
        yield from [NO_VERSION] * 5
    if blueprint.suffix == ".jsonl":
        yield from [UNREADABLE] * BROKEN


def _write(folder: Path, blueprint: Blueprint, items: Sequence[Item], choice: random.Random) -> None:
    path = folder / blueprint.file
    path.parent.mkdir(parents=True, exist_ok=True)
    FORMATS[blueprint.suffix](path, items, blueprint.shape, blueprint.host, choice)
    describe(folder, blueprint)


def _planted(stage: Stage, blueprint: Blueprint, items: Sequence[Item]) -> Iterator[PlantedUnit]:
    for number, item in enumerate(items, FIRST_UNIT):
        if item.kind:
            yield PlantedUnit(stage, blueprint.source_id, blueprint.file, number, item.kind, item.risks)
