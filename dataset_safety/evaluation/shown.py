"""What people are shown of a drawn sample, and the hash that an answer about it is bound to (clauses 1.6).

Content and rights are judged from the content alone; metadata from content and metadata; records from content and
record. An answer lasts as long as exactly that stays the same, and no longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dataset_safety.evaluation.draws import ITEMS, RECORD
from dataset_safety.evaluation.reviewing import GENERATED, HELD, MANUAL, METADATA, RIGHTS_RECORDS, RISK_RECORDS, TECHNICAL
from dataset_safety.store.canonical import digest_of

METADATA_COLUMNS = (
    "source_id", "origin_kind", "file", "unit", "data_type", "language", "url", "retrieved_at", "http_status", "dataset_name",
    "organisation", "service_name", "user_token", "licence", "generated", "generator_model", "generator_version", "acquired_at",
    "embedded_source", "missing",
)  # fmt: skip
PLACES = frozenset({"file", "unit"})  # where a sample lies says nothing of it: a line added before it changes no answer
FROM_CONTENT = frozenset({MANUAL, TECHNICAL, HELD})
RIGHTS = "A.3.a"
RECORDED = ("sample_id", *RECORD)


def shown_hash(purpose: str, row: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """Hash of what a draw of this purpose shows of one sample of P1 with its frozen record."""
    content: str = row["content_sha256"]
    if purpose == GENERATED or purpose.startswith(f"{METADATA}."):
        return digest_of([content, {name: row[name] for name in METADATA_COLUMNS if name not in PLACES}])
    if purpose == RISK_RECORDS:
        return digest_of([content, *(record[name] for name in ("outcome", "risks", "looked", "findings"))])
    if purpose == RIGHTS_RECORDS:
        notices = [found for found in record["findings"] or () if found["risk"] == RIGHTS]
        return digest_of([content, record["rights"], row["licence"], notices])
    return content


def frozen_items(purpose: str, rows: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Items of a draw: ``rows`` (content hash and metadata of the chosen samples) with their ``records``."""
    joined = rows.join(records, on="sample_id", how="left", suffix="_recorded")
    kept = [name for name in RECORD if name != "generated"]
    shown = joined["content_sha256"]
    if purpose not in FROM_CONTENT:
        shown = pl.Series([shown_hash(purpose, row, row) for row in joined.iter_rows(named=True)], dtype=pl.String)
    found = joined.select("sample_id", *kept, "generated").with_columns(shown_sha256=shown)
    return found.select([name for name in ITEMS if name != "position"])


def frozen_records(labels: pl.LazyFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """The columns of :data:`RECORD` of some samples; findings without the versions of what found them."""
    field = pl.element().struct.field
    what = pl.when(field("category") == "").then(field("explanation")).otherwise(field("category")).alias("what")
    finding = pl.struct(field("risk"), field("method"), field("effect"), what)
    plain = [pl.col(name) for name in RECORDED if name != "findings"]
    chosen = labels.join(ids.lazy(), on="sample_id", how="semi").select(*plain, pl.col("findings").list.eval(finding))
    return chosen.select("sample_id", *(pl.col(name).cast(dtype) for name, dtype in RECORD.items())).collect()
