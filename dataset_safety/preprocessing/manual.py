"""The method ``manual`` (6.2 b): what people settled about a sample becomes a new version of its identification record.

The record keeps every finding of the detectors and gains those of the people; its outcome is what they settled. A
rejection by a detector stands beside it. The version before stays stored under its own recipe, and only that one is ever
compared with people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from dataset_safety.frames import Identifications, column
from dataset_safety.preprocessing.identification import as_row, logical_digest
from dataset_safety.records import CONDEMNS, Effect, Finding, Method, Outcome, RightsStatus, Settled
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.objects import ObjectStore
from dataset_safety.store.shards import Labelling

BASE, DECISIONS = "base", "decisions"
UNRISKED = {
    "rights": ("A.3.a", Effect.REJECT),
    "personal_information": ("A.4.e", Effect.NOTE),
    "sensitive_information": ("A.4.f", Effect.NOTE),
}
"""The risk that a condemning answer names where the question is not about risks, and what it does to the outcome."""


def decisions_digest(settled: Mapping[str, Settled]) -> str:
    """One hash of what people settled; free of times and people."""
    rows = [[name, one.content_sha256, dict(one.answers), list(one.risks)] for name, one in sorted(settled.items())]
    return digest_of(rows)


def manual_recipe(content: Mapping[str, Any], base: str, settled: Mapping[str, Settled]) -> dict[str, Any]:
    """The recipe of records with the method ``manual``: the recipe below them and the decisions."""
    return {**content, BASE: base, DECISIONS: decisions_digest(settled)}


def labelled_by_people(
    objects: ObjectStore, part: str, recipe: str, labels: pl.DataFrame, lengths: pl.Series, settled: Mapping[str, Settled]
) -> Labelling:
    """Store the records of one part with what people settled about its samples."""
    records = manual_records(labels, lengths, settled, recipe)
    counts = Counter(records["outcome"].to_list())
    return Labelling(part, recipe, objects.publish_frame(records), records.height, logical_digest(records), dict(counts))


def manual_records(labels: pl.DataFrame, lengths: pl.Series, settled: Mapping[str, Settled], recipe: str) -> pl.DataFrame:
    """``labels`` with the judged rows changed; ``lengths`` are the characters of each text, null where there is none."""
    at = [row for row, name in enumerate(labels["sample_id"].to_list()) if name in settled]
    judged = [
        _judged(record, length or 0, settled[record["sample_id"]])
        for record, length in zip(labels[at].iter_rows(named=True), lengths.gather(at).to_list(), strict=True)
    ]
    made = [column(name, [record[name] for record in judged], labels.schema[name]) for name in labels.columns]
    changed = pl.DataFrame(made).with_columns(at=pl.Series(at, dtype=pl.UInt32))
    kept = labels.with_row_index("at").filter(~pl.col("at").is_in(at))
    whole = pl.concat([kept, changed.select(kept.columns)]).sort("at").drop("at")
    return Identifications.validate(whole.with_columns(recipe=pl.lit(recipe)))


def _judged(record: dict[str, Any], length: int, said: Settled) -> dict[str, Any]:
    """One record after people judged its sample."""
    findings = [*(tuple(found.values()) for found in record["findings"]), *map(as_row, _findings(said, length))]
    outcome, risks = record["outcome"], record["risks"]
    if said.outcome is Outcome.REJECT:
        outcome, risks = Outcome.REJECT.value, sorted({*risks, *said.risks})
    elif said.outcome is Outcome.CLEAR and outcome != Outcome.REJECT.value:
        outcome, risks = Outcome.CLEAR.value, []
    looked = list(dict.fromkeys([*record["looked"], Method.MANUAL.value]))
    return {
        **record,
        "outcome": outcome,
        "risks": risks,
        "looked": looked,
        "findings": findings,
        "rights": _rights(record["rights"], said),
    }


def _findings(said: Settled, length: int) -> list[Finding]:
    """What people found: in the whole text, because they name no place."""
    risks = said.risks if said.outcome is Outcome.REJECT else ()
    named = [(risk, Effect.REJECT) for risk in risks]
    named += [found for question, found in UNRISKED.items() if said.answers.get(question) == CONDEMNS[question]]
    return [Finding(0, risk, Method.MANUAL, said.rules, 0, length, 1.0, effect, "judged by people") for risk, effect in named]


def _rights(recorded: str, said: Settled) -> str:
    answer = said.answers.get("rights")
    if answer == CONDEMNS["rights"]:
        return RightsStatus.INFRINGING.value
    known = recorded in (RightsStatus.IDENTIFIED.value, RightsStatus.UNDETERMINED.value)
    return RightsStatus.CLEARED.value if answer == "ok" and known else recorded
