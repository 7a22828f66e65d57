"""The filter: P1 and its labels become P2 (kept, whole rows) and PX (id, decision and reasons)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dataset_safety.frames import Decisions, column
from dataset_safety.records import Decision
from dataset_safety.store.corpora import CorpusPart, FindingCount
from dataset_safety.store.objects import ObjectStore
from dataset_safety.usage.decisions import decide
from dataset_safety.usage.policy import Case, Policy, SourceFacts

LABEL_COLUMNS = ["outcome", "risks", "personal_information", "sensitive_information", "rights"]


@dataclass(frozen=True, slots=True)
class FilterTask:
    """One labelled part to divide; plain data for a worker process."""

    source_id: str
    name: str
    shard_key: str
    ordinal: int
    part: str
    labels: str
    policy: Policy
    facts: SourceFacts
    objects: Path
    staging: Path


@dataclass(frozen=True, slots=True)
class FilteredPart:
    """What became of one part: the stored objects and the counts of its decisions."""

    part: CorpusPart
    counts: dict[str, int]
    findings: list[FindingCount]


def filter_part(task: FilterTask) -> FilteredPart:
    """Decide about every sample of one part and store both sides."""
    objects = ObjectStore(task.objects, task.staging)
    samples = objects.read_frame(task.part)
    labels = objects.read_frame(task.labels)
    decisions = decide_all(samples, labels, task.policy, task.facts)
    kept_mask = decisions["decision"] == Decision.KEPT.value
    kept = samples.filter(kept_mask)
    excluded = decisions.with_columns(outcome=labels["outcome"]).filter(~kept_mask)
    stored = CorpusPart(
        task.shard_key,
        task.ordinal,
        task.part,
        task.labels,
        objects.publish_frame(kept),
        objects.publish_frame(excluded),
        kept.height,
        excluded.height,
    )
    counts = {str(name): n for name, n in decisions["decision"].value_counts().iter_rows()}
    return FilteredPart(stored, counts, _finding_counts(task.source_id, labels))


def decide_all(samples: pl.DataFrame, labels: pl.DataFrame, policy: Policy, facts: SourceFacts) -> pl.DataFrame:
    """The decision about every row; rows that share all facts are decided once."""
    rows = list(_decisions(samples, labels, policy, facts))
    schema = Decisions.create_empty().schema
    decided = pl.Series("decision", [row[0].value for row in rows], pl.String)
    frame = pl.DataFrame([samples["sample_id"], decided, column("reasons", [row[1] for row in rows], schema["reasons"])])
    return Decisions.validate(frame)


def _decisions(
    samples: pl.DataFrame, labels: pl.DataFrame, policy: Policy, facts: SourceFacts
) -> Iterator[tuple[Decision, list[str]]]:
    if not samples["sample_id"].equals(labels["sample_id"]):
        raise ValueError("labels belong to another part")
    known: dict[Any, tuple[Decision, list[str]]] = {}
    columns = [labels[name].to_list() for name in LABEL_COLUMNS]
    for outcome, risks, personal, sensitive, rights, token in zip(*columns, samples["user_token"].to_list(), strict=True):
        key = (outcome, tuple(risks), tuple(personal), rights, token)
        if key not in known:
            known[key] = decide(Case(outcome, risks, personal, sensitive, rights, token, facts), policy)
        yield known[key]


def _finding_counts(source_id: str, labels: pl.DataFrame) -> list[FindingCount]:
    """Samples with a finding, by risk, method, effect and category."""
    tally: Counter[tuple[str, str, str, str]] = Counter()
    for findings in labels.filter(pl.col("findings").list.len() > 0)["findings"].to_list():
        tally.update({(f["risk"], f["method"], f["effect"], f["category"]) for f in findings})
    return [FindingCount(source_id, *key, samples=n) for key, n in sorted(tally.items())]
