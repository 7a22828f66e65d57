"""A recipe: code, library, model and edition versions of an identification. Its hash names the labels made with it.

Detectors are built from a :class:`DetectorSources`, which is plain data and travels to worker processes; each
process builds them once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_safety.errors import ConfigurationError
from dataset_safety.records import Detector
from dataset_safety.shipping import bundled_model, shipped
from dataset_safety.standard import load_edition
from dataset_safety.store.home import Home

if TYPE_CHECKING:
    from dataset_safety.classifier.scored import ImportedScores

IDENTIFICATION_VERSION = "2"  # raise it when the same findings would be combined otherwise
DETECTORS = ("keyword", "model", "pattern", "rights")


@dataclass(frozen=True, slots=True)
class DetectorSources:
    """Where the versioned artifacts stand: folders of keyword files and of models, bundled ones first.

    ``homophones`` has keywords looked for by their sound too (``keywords.toml``).
    ``scores`` are files of scores by models that run elsewhere, named by their content.
    """

    libraries: tuple[Path, ...]
    models: tuple[Path, ...]
    detectors: tuple[str, ...] = DETECTORS
    edition: str = "draft-2024-03"
    homophones: bool = False
    scores: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        unknown = [name for name in self.detectors if name not in DETECTORS]
        if unknown or not self.detectors:
            raise ConfigurationError(
                f"unknown detector {', '.join(unknown) or '(none)'}",
                hint=f"choose among {', '.join(DETECTORS)}.",
                unknown=unknown,
            )


def sources_of(home: Home | None, *, models: Sequence[Path] = (), detectors: Sequence[str] = DETECTORS) -> DetectorSources:
    """What a home works with: its keyword generation in force and active models beside the bundled one; or the bundled alone."""
    libraries: tuple[Path, ...] = (shipped("keyword_store"),)
    active: list[Path] = []
    by_sound = False
    scores: tuple[Path, ...] = ()
    if home is not None:
        from dataset_safety.classifier.registry import Registry
        from dataset_safety.classifier.scored import imported_files
        from dataset_safety.keywords.generations import active_sources
        from dataset_safety.keywords.settings import read_settings

        by_sound = read_settings(home).homophones
        scores = imported_files(home.models) if "model" in detectors else ()
        libraries, active = active_sources(home, libraries[0]), Registry(home.models).active()
    folders = (bundled_model(), *active, *models)
    return DetectorSources(libraries, folders, tuple(detectors), homophones=by_sound, scores=scores)


@lru_cache(maxsize=4)
def build_detectors(sources: DetectorSources) -> tuple[Detector, ...]:
    """The detectors in their fixed order; imports stand inside, so that only what is asked for is loaded."""
    built: list[Detector] = []
    if "keyword" in sources.detectors:
        from dataset_safety.keywords.files import read_store
        from dataset_safety.keywords.matching import KeywordDetector

        built.append(KeywordDetector(read_store(*sources.libraries), homophones=sources.homophones))
    if "model" in sources.detectors:
        from dataset_safety.classifier.models import load_model
        from dataset_safety.classifier.serving import ModelDetector

        built.append(ModelDetector([load_model(folder) for folder in sources.models]))
    if "pattern" in sources.detectors:
        from dataset_safety.privacy.detection import PersonalInformationDetector

        built.append(PersonalInformationDetector())
    if "rights" in sources.detectors:
        from dataset_safety.rights.detection import RightsDetector

        built.append(RightsDetector())
    return tuple(built)


@lru_cache(maxsize=2)
def imported_scores(files: tuple[Path, ...]) -> ImportedScores | None:
    """What models said that ran elsewhere; None where nothing was imported."""
    if not files:
        return None
    from dataset_safety.classifier.scored import ImportedScores

    return ImportedScores(files)


def recipe_content(sources: DetectorSources) -> dict[str, Any]:
    """What the recipe's hash covers; holds no path and no time."""
    from dataset_safety.preprocessing.folding import FOLD_VERSION

    imported = {"scores": [path.stem for path in sources.scores]} if sources.scores else {}
    return {
        "identification": IDENTIFICATION_VERSION,
        "fold": FOLD_VERSION,
        "edition": load_edition(sources.edition).digest,
        "detectors": {detector.name: detector.version for detector in build_detectors(sources)},
        **imported,
    }
