"""The key of the demo corpus: what was planted where, and whether the stored results found it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from dataset_safety.demo.errors import NothingToCheck
from dataset_safety.standard.stages import Stage
from dataset_safety.store import corpora, releases
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.shards import annotated

FIRST_UNIT = 0
"""Ordinal that the readers give to the first unit of a file; blank lines are no units, unreadable ones are."""

# two reasons that name one defect: the scope of an agreement without training, and a licence that forbids it
SAME = {"licence:forbids_training": ("licence:forbids_training", "agreement:scope_without_training")}
Place = tuple[str, str, int]
"""Source, file, unit."""


@dataclass(frozen=True, slots=True)
class PlantedUnit:
    """One unit with a planted defect; for a risk text any of ``risks`` is the right answer."""

    stage: Stage
    source_id: str
    file: str
    unit: int
    kind: str
    risks: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it stands in its stage."""
        return self.source_id, self.file, self.unit

    def seen_in(self, traces: set[str]) -> bool:
        """Whether what is stored about the unit names the defect; a hold for review is a find as well as a removal.

        An agreement without training in its scope bars by its scope or by its licence; both name the same defect.
        """
        if self.risks:
            return any(f"{word}:{risk}" in traces for word in ("risk", "review") for risk in self.risks)
        return not traces.isdisjoint(SAME.get(self.kind, (self.kind,)))


@dataclass(frozen=True, slots=True)
class Planted:
    """One kind of defect: how many were planted, how many were found, and where the others stand."""

    kind: str
    planted: int
    found: int
    missed: tuple[Place, ...] = ()

    @property
    def complete(self) -> bool:
        """Every one of them was found."""
        return self.planted == self.found


@dataclass(frozen=True, slots=True)
class DemoKey:
    """All planted units of both stages."""

    seed: str
    samples_per_stage: int
    units: tuple[PlantedUnit, ...]

    def of(self, stage: Stage) -> list[PlantedUnit]:
        """The planted units of one stage."""
        return [unit for unit in self.units if unit.stage is stage]

    def check(self, store: Store, stage: Stage) -> list[Planted]:
        """Compare with the newest filtered corpus of a stage, one row a kind, ordered by kind."""
        found = _traces(store, *_newest(store, stage), {unit.place for unit in self.of(stage)})
        kinds: dict[str, list[PlantedUnit]] = {}
        for unit in self.of(stage):
            kinds.setdefault(unit.kind, []).append(unit)
        rows = []
        for kind, units in sorted(kinds.items()):
            missed = tuple(unit.place for unit in units if not unit.seen_in(found.get(unit.place, set())))
            rows.append(Planted(kind, len(units), len(units) - len(missed), missed))
        return rows

    def save(self, path: Path) -> None:
        """Keep the key beside the inbox, never inside it."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> DemoKey:
        """A kept key."""
        content = json.loads(path.read_text(encoding="utf-8"))
        units = (
            PlantedUnit(**{**unit, "stage": Stage(unit["stage"]), "risks": tuple(unit["risks"])}) for unit in content["units"]
        )
        return cls(content["seed"], content["samples_per_stage"], tuple(units))


def _newest(store: Store, stage: Stage) -> tuple[Release, Corpus]:
    with store.database.read() as connection:
        release = releases.latest(connection, stage)
        corpus = corpora.latest(connection, release.release_id) if release else None
    if release is None or corpus is None:
        message = f"stage {stage} of the demo was not filtered yet"
        raise NothingToCheck(message, hint="`dataset-safety demo` does all of it.", stage=stage)
    return release, corpus


def _traces(store: Store, release: Release, corpus: Corpus, wanted: set[Place]) -> Mapping[Place, set[str]]:
    """What is stored about each wanted unit: reasons of PX, missing metadata, remarks, quarantine."""
    traces: dict[Place, set[str]] = {}
    for part in corpus.parts:
        samples = store.objects.read_frame(part.part, columns=["sample_id", "source_id", "file", "unit", "missing", "remarks"])
        excluded = store.objects.read_frame(part.excluded_object, columns=["sample_id", "reasons"])
        joined = samples.join(excluded, on="sample_id", how="left")
        for source_id, file, unit, missing, remarks, reasons in joined.select(
            "source_id", "file", "unit", "missing", "remarks", "reasons"
        ).iter_rows():
            place = (source_id, file, unit)
            if place in wanted:
                traces[place] = {*(f"missing:{name}" for name in missing), *remarks, *(reasons or ())}
    for place in _quarantined(store, release):
        traces.setdefault(place, set()).add("unreadable")
    return traces


def _quarantined(store: Store, release: Release) -> Iterator[Place]:
    with store.database.read() as connection:
        read = annotated(connection, [shard.shard_key for shard in release.shards])
    for annotation in read.values():
        frame: pl.DataFrame = store.objects.read_frame(annotation.quarantine_object, columns=["source_id", "file", "unit"])
        yield from frame.iter_rows()
