"""Identification (6.2 b, 6.2 c, 7.2 d): the text is folded once, four detectors look, every sample gets its record.

What the findings of a sample make together is stated in ``combining``. A sample that no
detector can look at (image, sound, film) is ``not_identified``; it is never called clear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from dataset_safety.frames import Identifications, column
from dataset_safety.preprocessing.combining import combined
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.preprocessing.recipes import DetectorSources, build_detectors, imported_scores
from dataset_safety.privacy.classes import SENSITIVE
from dataset_safety.records import Detector, Effect, Finding, Method, Outcome, RightsStatus, strongest
from dataset_safety.store.canonical import canonical_json, digest_of_lines
from dataset_safety.store.objects import ObjectStore
from dataset_safety.store.shards import Labelling

if TYPE_CHECKING:
    from dataset_safety.classifier.scored import ImportedScores

COLUMNS = ["sample_id", "content_sha256", "data_type", "text", "generated"]
BATCH_TEXTS = 4096


@dataclass(frozen=True, slots=True)
class IdentificationTask:
    """One annotated part to label; plain data for a worker process."""

    part: str
    recipe: str
    sources: DetectorSources
    objects: Path
    staging: Path


def identify(task: IdentificationTask) -> Labelling:
    """Label one part and store its identification records."""
    objects = ObjectStore(task.objects, task.staging)
    samples = objects.read_frame(task.part, columns=COLUMNS)
    scores = imported_scores(task.sources.scores)
    records = identification_records(samples, build_detectors(task.sources), task.recipe, scores)
    counts = Counter(records["outcome"].to_list())
    digest = logical_digest(records)
    return Labelling(task.part, task.recipe, objects.publish_frame(records), records.height, digest, dict(counts))


def identification_records(
    samples: pl.DataFrame, detectors: Sequence[Detector], recipe: str, scores: ImportedScores | None = None
) -> pl.DataFrame:
    """One record a sample, negative results too; ``samples`` has the columns of P1, ``scores`` were made elsewhere."""
    readable = samples["text"].is_not_null()
    texts = samples["text"].filter(readable).to_list()
    found = find_all(texts, samples["data_type"].filter(readable).to_list(), detectors)
    looked = [detector.name for detector in detectors]
    if scores is not None:
        named = scores.findings(samples["sample_id"].filter(readable).to_list(), [len(text) for text in texts])
        found = [sorted([*ours, *theirs], key=_place) for ours, theirs in zip(found, named, strict=True)]
    by_row = iter(found)
    rows = [record_of(next(by_row), looked) if seen else _unseen() for seen in readable.to_list()]
    schema = Identifications.create_empty().schema
    made = [column(name, [row[name] for row in rows], schema[name]) for name in _NOTHING | {"looked": []}]
    frame = samples.select("sample_id", "content_sha256", "generated").with_columns(*made, recipe=pl.lit(recipe))
    return Identifications.validate(frame.select(schema.names()))


def find_all(texts: Sequence[str], data_types: Sequence[str], detectors: Sequence[Detector]) -> list[list[Finding]]:
    """Findings of each text by all detectors, ordered by position."""
    found: list[list[Finding]] = []
    for start in range(0, len(texts), BATCH_TEXTS):
        batch = TextBatch.of(texts[start : start + BATCH_TEXTS], data_types[start : start + BATCH_TEXTS])
        here: list[list[Finding]] = [[] for _ in batch.texts]
        for detector in detectors:
            for finding in detector.find(batch):
                here[finding.row].append(finding)
        found += here
    for findings in found:
        if len(findings) > 1:
            findings.sort(key=_place)
    return found


def _place(finding: Finding) -> tuple[int, int, str, str, str]:
    return finding.start, finding.end, finding.risk, finding.method, finding.explanation


def logical_digest(records: pl.DataFrame) -> str:
    """Hash of the records without recipe and time; samples without findings need no more than their outcome."""
    plain = records["findings"].list.len() == 0
    quiet = records.filter(plain).select(pl.concat_str("sample_id", "content_sha256", "outcome", "rights", separator=" "))
    loud = (canonical_json(row) for row in records.filter(~plain).drop("recipe").iter_rows())
    return digest_of_lines([*quiet.to_series(), *loud])


def outcome_of(findings: Sequence[Finding]) -> Outcome:
    """The one outcome of a text that the detectors could look at."""
    return strongest(finding.effect for finding in findings)


def as_row(finding: Finding) -> tuple[Any, ...]:
    """A finding as it stands in a frame, in the order of the struct's fields."""
    return (
        finding.risk,
        finding.method.value,
        finding.version,
        finding.start,
        finding.end,
        finding.score,
        finding.effect.value,
        finding.explanation,
        finding.category,
    )


_NOTHING: dict[str, Any] = {
    "outcome": Outcome.CLEAR.value,
    "risks": [],
    "findings": [],
    "personal_information": [],
    "sensitive_information": [],
    "rights": RightsStatus.NONE.value,
}


def record_of(findings: Sequence[Finding], looked: list[str]) -> dict[str, Any]:
    """What one text's findings make of its record; ``findings`` are ordered by position."""
    if not findings:
        return {**_NOTHING, "looked": looked}
    findings = combined(findings)
    personal = sorted({finding.category for finding in findings if _is_personal(finding)})
    rights = any(finding.risk == "A.3.a" and finding.method is Method.PATTERN for finding in findings)
    return {
        "outcome": outcome_of(findings).value,
        "risks": sorted({finding.risk for finding in findings if finding.effect is not Effect.NOTE}),
        "findings": [as_row(finding) for finding in findings],
        "personal_information": personal,
        "sensitive_information": [name for name in personal if name in SENSITIVE],
        "rights": (RightsStatus.IDENTIFIED if rights else RightsStatus.NONE).value,
        "looked": looked,
    }


def _is_personal(finding: Finding) -> bool:
    return finding.method is Method.PATTERN and finding.risk in ("A.4.e", "A.4.f") and bool(finding.category)


def _unseen() -> dict[str, Any]:
    return {**_NOTHING, "outcome": Outcome.NOT_IDENTIFIED.value, "rights": RightsStatus.UNDETERMINED.value, "looked": []}
