"""Scores of models that cannot run here (B.2): a file of ``sample_id, risk, score, model, version``, JSON Lines or CSV."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_safety.classifier.errors import ScoredFileInvalid
from dataset_safety.standard import load_edition

__all__ = ["FIELDS", "SampleScore", "read_scored"]

FIELDS = ("sample_id", "risk", "score", "model", "version")
MAX_LINE = 65_536


@dataclass(frozen=True, slots=True)
class SampleScore:
    """What a model that ran elsewhere says of one sample."""

    sample_id: str
    risk: str
    score: float
    model: str
    version: str


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
