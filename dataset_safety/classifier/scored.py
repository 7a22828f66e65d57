"""Scores of models that cannot run here (B.2): a file of ``sample_id, risk, score, model, version``, JSON Lines or CSV.

An imported file stands in the home as Parquet named by its content. Its coverage cannot be measured here, so its scores are
noted in the records of the samples, from .5 on, and never change an outcome.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dataset_safety.classifier.errors import ScoredFileInvalid
from dataset_safety.records import Effect, Finding, Method
from dataset_safety.standard import load_edition

__all__ = ["FIELDS", "ImportedScores", "SampleScore", "import_scored", "imported_files", "read_scored"]

FIELDS = ("sample_id", "risk", "score", "model", "version")
MAX_LINE = 65_536
NOTED_FROM = 0.5
FOLDER = "scored"
_SCHEMA = {"sample_id": pl.String, "risk": pl.String, "score": pl.Float64, "model": pl.String, "version": pl.String}


@dataclass(frozen=True, slots=True)
class SampleScore:
    """What a model that ran elsewhere says of one sample."""

    sample_id: str
    risk: str
    score: float
    model: str
    version: str


def import_scored(path: Path, models: Path) -> tuple[Path, int]:
    """Check every line and keep the file in the models folder of a home: its place and number of scores, or nothing."""
    rows = sorted(astuple(score) for score in read_scored(path))
    if not rows:
        raise _wrong(path.name, 1, "there is no score in it")
    digest = hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()
    folder = models / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    staged, target = folder / f".{digest}", folder / f"{digest}.parquet"
    pl.DataFrame(rows, schema=_SCHEMA, orient="row").write_parquet(staged)
    os.replace(staged, target)
    return target, len(rows)


def imported_files(models: Path) -> tuple[Path, ...]:
    """Every imported file of a home, in the order of their names."""
    return tuple(sorted((models / FOLDER).glob("*.parquet")))


class ImportedScores:
    """Scores by sample, as findings of effect ``note``."""

    def __init__(self, files: Sequence[Path]) -> None:
        frames = [pl.read_parquet(file).filter(pl.col("score") >= NOTED_FROM) for file in files]
        self._scores = pl.concat([pl.DataFrame(schema=_SCHEMA), *frames])

    def findings(self, sample_ids: Sequence[str], lengths: Sequence[int]) -> list[list[Finding]]:
        """Findings of each sample over its whole text of ``lengths`` characters."""
        found: list[list[Finding]] = [[] for _ in sample_ids]
        at = {sample_id: row for row, sample_id in enumerate(sample_ids)}
        for sample_id, risk, score, model, version in self._scores.filter(pl.col("sample_id").is_in(list(at))).iter_rows():
            row = at[sample_id]
            explanation = f"imported score of {model} {version}: {score:.3f} for {risk} (unproven)"
            name = f"{model}-{version}/imported"
            found[row].append(Finding(row, risk, Method.MODEL, name, 0, lengths[row], score, Effect.NOTE, explanation))
        return found


def read_scored(path: Path) -> Iterator[SampleScore]:
    """Scores in the order of the file; the first bad line ends the reading with its place."""
    risks = frozenset(load_edition().risk_ids)
    seen: set[tuple[str, str, str, str]] = set()
    for number, record in _records(path):
        score = _score(record, path.name, number, risks)
        key = (score.sample_id, score.risk, score.model, score.version)
        if key in seen:
            raise _wrong(path.name, number, "the same sample, risk and model stood before")
        seen.add(key)
        yield score


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            yield from ((number, dict(row)) for number, row in enumerate(csv.DictReader(file), 2))
            return
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), ""), 1):
            if len(line) > MAX_LINE:
                raise _wrong(path.name, number, "the line is too long")
            if line.strip():
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    raise _wrong(path.name, number, "not JSON") from None
                yield number, record if isinstance(record, dict) else {}


def _score(record: dict[str, Any], name: str, number: int, risks: frozenset[str]) -> SampleScore:
    if set(record) != set(FIELDS):
        raise _wrong(name, number, "the fields are others")
    texts = [record[field] for field in FIELDS if field != "score"]
    if not all(isinstance(text, str) and 0 < len(text) <= 200 for text in texts):
        raise _wrong(name, number, "a field is empty, too long or no text")
    if record["risk"] not in risks:
        raise _wrong(name, number, "the risk is unknown")
    try:
        score = float(record["score"])
    except (TypeError, ValueError):
        score = math.nan
    if isinstance(record["score"], bool) or not 0 <= score <= 1:
        raise _wrong(name, number, "the score is no number from 0 to 1")
    return SampleScore(record["sample_id"], record["risk"], score, record["model"], record["version"])


def _wrong(name: str, number: int, problem: str) -> ScoredFileInvalid:
    return ScoredFileInvalid(
        f"{name}, line {number}: {problem}.", hint=f"each record has {', '.join(FIELDS)}.", file=name, line=number
    )
