"""The filter: P1 and its labels become P2 (kept, whole rows) and PX (id, decision and reasons).

Decisions rest on the detectors' labels and on what people settled. The labels of a part whose samples people judged are
stored anew with the method ``manual``; the corpus names that version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from dataset_safety.frames import Decisions, column
from dataset_safety.preprocessing.manual import labelled_by_people
from dataset_safety.records import Decision, Settled
from dataset_safety.store.corpora import CorpusPart, FindingCount
from dataset_safety.store.objects import ObjectStore
from dataset_safety.store.shards import Labelling
from dataset_safety.usage.decisions import decide, only_condemned
from dataset_safety.usage.policy import Case, Policy, SourceFacts

LABEL_COLUMNS = ["outcome", "risks", "personal_information", "sensitive_information", "rights"]


@dataclass(frozen=True, slots=True)
class FilterTask:
    """One labelled part to divide; plain data for a worker process. ``recipe`` names labels that people had a part in."""

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
    judged: Mapping[str, Settled] = field(default_factory=dict)
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class FilteredPart:
    """What became of one part: the stored objects, the counts of its decisions, and its labels if people changed them."""

    part: CorpusPart
    counts: dict[str, int]
    findings: list[FindingCount]
    labelling: Labelling | None = None


def filter_part(task: FilterTask) -> FilteredPart:
    """Decide about every sample of one part and store both sides."""
    objects = ObjectStore(task.objects, task.staging)
    samples = objects.read_frame(task.part)
    labels = objects.read_frame(task.labels)
    decisions = decide_all(samples, labels, task.policy, task.facts, task.judged)
    kept_mask = decisions["decision"] == Decision.KEPT.value
    kept = samples.filter(kept_mask)
    facts = decisions.with_columns(content_sha256=samples["content_sha256"], outcome=labels["outcome"])
    excluded = facts.filter(~kept_mask)
    labelling = None
    if task.judged:
        lengths = samples["text"].str.len_chars()
        labelling = labelled_by_people(objects, task.part, task.recipe, labels, lengths, task.judged)
        labels = objects.read_frame(labelling.object)
    stored = CorpusPart(
        task.shard_key,
        task.ordinal,
        task.part,
        labelling.object if labelling else task.labels,
        objects.publish_frame(kept),
        objects.publish_frame(excluded),
        kept.height,
        excluded.height,
    )
    counts = {str(name): n for name, n in decisions["decision"].value_counts().iter_rows()}
    return FilteredPart(stored, counts, _finding_counts(task.source_id, labels), labelling)


def decide_all(
    samples: pl.DataFrame, labels: pl.DataFrame, policy: Policy, facts: SourceFacts, judged: Mapping[str, Settled]
) -> pl.DataFrame:
    """The decision about every row; rows that share all facts, and that nobody judged, are decided once."""
    rows = list(_decisions(samples, labels, policy, facts, judged))
    schema = Decisions.create_empty().schema
    decided = pl.Series("decision", [row[0].value for row in rows], pl.String)
    condemned = pl.Series("condemned", [row[2] for row in rows], pl.Boolean)
    reasons = column("reasons", [row[1] for row in rows], schema["reasons"])
    return Decisions.validate(pl.DataFrame([samples["sample_id"], decided, reasons, condemned]))


def _decisions(
    samples: pl.DataFrame, labels: pl.DataFrame, policy: Policy, facts: SourceFacts, judged: Mapping[str, Settled]
) -> Iterator[tuple[Decision, list[str], bool]]:
    if not samples["sample_id"].equals(labels["sample_id"]):
        raise ValueError("labels belong to another part")
    known: dict[Any, tuple[Decision, list[str], bool]] = {}
    columns = [labels[name].to_list() for name in LABEL_COLUMNS]
    names, tokens = samples["sample_id"].to_list(), samples["user_token"].to_list()
    for name, outcome, risks, personal, sensitive, rights, token in zip(names, *columns, tokens, strict=True):
        said = judged.get(name)
        if said is not None:
            case = Case(outcome, risks, personal, sensitive, rights, token, facts, said)
            yield *decide(case, policy), only_condemned(case, policy)
            continue
        key = (outcome, tuple(risks), tuple(personal), rights, token)
        if key not in known:
            known[key] = *decide(Case(outcome, risks, personal, sensitive, rights, token, facts), policy), False
        yield known[key]


def _finding_counts(source_id: str, labels: pl.DataFrame) -> list[FindingCount]:
    """Samples with a finding, by risk, method, effect and category."""
    tally: Counter[tuple[str, str, str, str]] = Counter()
    for findings in labels.filter(pl.col("findings").list.len() > 0)["findings"].to_list():
        tally.update({(f["risk"], f["method"], f["effect"], f["category"]) for f in findings})
    return [FindingCount(source_id, *key, samples=n) for key, n in sorted(tally.items())]
