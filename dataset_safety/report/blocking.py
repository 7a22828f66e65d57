"""Over-blocking (B.1): what the keyword library removes or holds in each source, bundled and operator entries apart.

A sample counts when a keyword shapes its outcome and it left for that; held counts as blocked. Which of these samples
are benign only people can tell: their answers about held samples stand beside the counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from dataset_safety.evaluation.reviewing import HELD, settled
from dataset_safety.records import Effect, Method, Outcome
from dataset_safety.report.tables import SourceBlocking
from dataset_safety.store.draws import Draw, Judgement

QUESTION, CLEARED, CONFIRMED = "held", "clear", "confirm"
_SHAPING = (Outcome.REJECT.value, Outcome.REVIEW.value)


@dataclass(slots=True)
class BlockingCounts:
    """Counts by source; ``operator`` holds the ids of entries that an operator added, ``answered`` people's decisions."""

    operator: frozenset[str] = frozenset()
    answered: Mapping[str, str] = field(default_factory=dict)
    samples: Counter[str] = field(default_factory=Counter)
    found: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, source_id: str, labels: pl.DataFrame) -> None:
        """Count one part: its identification records with ``decision`` and ``reasons``."""
        self.samples[source_id] += labels.height
        counts = self.found[source_id]
        for sample_id, entries, reasons in _hits(labels).iter_rows():
            answer = self.answered.get(sample_id)
            counts["cleared"] += answer == CLEARED
            counts["confirmed"] += answer == CONFIRMED
            causes = {reason.partition(":")[0] for reason in reasons}
            if not causes & {"risk", "review"}:
                continue
            counts["removed" if "risk" in causes else "held"] += 1
            ours = {entry not in self.operator for entry in entries}
            counts["bundled"] += True in ours
            counts["operator"] += False in ours

    def rows(self) -> list[SourceBlocking]:
        """One row a source, ordered by id."""
        names = ("removed", "held", "bundled", "operator", "cleared", "confirmed")
        return [
            SourceBlocking(source, samples, *(self.found[source][name] for name in names))
            for source, samples in sorted(self.samples.items())
        ]


def _hits(labels: pl.DataFrame) -> pl.DataFrame:
    """Samples whose outcome a keyword shapes: sample_id, ids of the entries, reasons of PX (empty where it was kept)."""
    shaped = labels.filter(pl.col("outcome").is_in(_SHAPING)).select("sample_id", "findings", "reasons")
    found = shaped.explode("findings").drop_nulls("findings").unnest("findings")
    keyword = (pl.col("method") == Method.KEYWORD.value) & (pl.col("effect") != Effect.NOTE.value)
    named = found.filter(keyword).select("sample_id", entry=pl.col("explanation").str.split(" ").list.get(1, null_on_oob=True))
    grouped = named.group_by("sample_id").agg(entries=pl.col("entry").drop_nulls().unique())
    reasons = shaped.select("sample_id", pl.col("reasons").fill_null([]))
    return grouped.join(reasons, on="sample_id", how="left").select("sample_id", "entries", "reasons")


def held_answers(answers: Mapping[Draw, Sequence[Judgement]]) -> dict[str, str]:
    """What people settled about held samples: sample id -> ``clear`` or ``confirm``."""
    by_sample: dict[str, dict[str, Judgement]] = {}
    for draw, given in answers.items():
        if draw.purpose == HELD:
            for answer in given:
                if answer.question == QUESTION:
                    by_sample.setdefault(answer.sample_id, {})[answer.reviewer] = answer
    found = {sample: settled(list(last.values())) for sample, last in by_sample.items()}
    return {sample: value for sample, value in found.items() if value is not None}


def counts_of(operator: Collection[str], answers: Mapping[Draw, Sequence[Judgement]]) -> BlockingCounts:
    """An empty tally that knows the operator's entries and people's answers."""
    return BlockingCounts(frozenset(operator), held_answers(answers))
