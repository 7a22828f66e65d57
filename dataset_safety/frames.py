"""The frames that cross rooms: samples (P1), quarantined units, identification records, decisions.

They are checked against these dataframely schemas wherever they leave a room.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import dataframely as dy
import polars as pl

FINDING = dy.Struct(
    {
        "risk": dy.String(),
        "method": dy.String(),
        "version": dy.String(),
        "start": dy.Int64(),
        "end": dy.Int64(),
        "score": dy.Float64(),
        "effect": dy.String(),
        "explanation": dy.String(),
        "category": dy.String(),
    }
)
TURN = dy.Struct({"role": dy.String(), "start": dy.Int64(), "end": dy.Int64()})
NAMES = dy.List(dy.String())


def column(name: str, values: Sequence[Any], dtype: Any) -> pl.Series:
    """A column of any type, lists by :func:`list_column`."""
    return list_column(name, values, dtype.inner) if isinstance(dtype, pl.List) else pl.Series(name, values, dtype)


def list_column(name: str, rows: Sequence[Sequence[Any]], inner: Any) -> pl.Series:
    """A column of lists; structs are given as tuples in the order of their fields.

    polars makes a Series of every inner list when it is handed lists of lists; one flat column that is cut
    by lengths is some twenty times as fast.
    """
    lengths = [len(row) for row in rows]
    if isinstance(inner, pl.Struct):
        columns = list(zip(*chain.from_iterable(rows), strict=True)) or [()] * len(inner.fields)
        fields = [pl.Series(field.name, column, field.dtype) for field, column in zip(inner.fields, columns, strict=True)]
        flat = pl.DataFrame(fields).to_struct(name)
    else:
        flat = pl.Series(name, list(chain.from_iterable(rows)), inner)
    at = pl.Series("at", range(len(rows)), pl.Int64)
    places = pl.DataFrame({"at": at, "length": pl.Series(lengths, dtype=pl.Int64)})
    owners = places.select(pl.col("at").repeat_by("length").explode(empty_as_null=False)).to_series()
    grouped = pl.DataFrame([owners.alias("at"), flat]).group_by("at", maintain_order=True).agg(pl.col(name))
    joined = places.join(grouped, on="at", how="left", maintain_order="left").get_column(name)
    empty = pl.Series(name, [[]], dtype=pl.List(inner))
    return _filled(joined, empty)


def _filled(column: pl.Series, empty: pl.Series) -> pl.Series:
    """Nulls of a list column replaced by the empty list."""
    given = pl.col(column.name)
    filled = pl.when(given.is_null()).then(pl.lit(empty)).otherwise(given)
    return pl.DataFrame([column]).select(filled.alias(column.name)).to_series()


class Samples(dy.Schema):
    """P1: pre-processed samples with the metadata of 6.2 a and 7.2 b, one row a sample.

    ``text`` is null for image, audio and video, whose bytes stand in ``content``. ``turns`` are the spans of
    a dialogue or record inside ``text``. ``embedded_source`` is source information that the unit itself
    carried, as JSON, verbatim (6.2 a 1). ``user_token`` is a keyed token, never the number itself.
    """

    sample_id = dy.String(nullable=False, primary_key=True)
    source_id = dy.String(nullable=False)
    origin_kind = dy.String(nullable=False)
    shard = dy.String(nullable=False)
    file = dy.String(nullable=False)
    unit = dy.Int64(nullable=False)
    data_type = dy.String(nullable=False)
    language = dy.String(nullable=True)
    text = dy.String(nullable=True)
    content = dy.Binary(nullable=True)
    content_sha256 = dy.String(nullable=False)
    size_bytes = dy.Int64(nullable=False)
    turns = dy.List(TURN)
    url = dy.String(nullable=True)
    retrieved_at = dy.String(nullable=True)
    http_status = dy.Int64(nullable=True)
    payload_digest = dy.String(nullable=True)
    dataset_name = dy.String(nullable=True)
    organisation = dy.String(nullable=True)
    service_name = dy.String(nullable=True)
    user_token = dy.String(nullable=True)
    licence = dy.String(nullable=True)
    generated = dy.Bool(nullable=False)
    generator_model = dy.String(nullable=True)
    generator_version = dy.String(nullable=True)
    acquired_at = dy.String(nullable=True)
    embedded_source = dy.String(nullable=True)
    remarks = NAMES
    missing = NAMES


class Quarantined(dy.Schema):
    """Units that could not be read, each with file, byte offset and reason; never their content."""

    source_id = dy.String(nullable=False)
    shard = dy.String(nullable=False)
    file = dy.String(nullable=False)
    unit = dy.Int64(nullable=False)
    byte_offset = dy.Int64(nullable=True)
    length = dy.Int64(nullable=True)
    reason = dy.String(nullable=False)
    detail = dy.String(nullable=True)


class Identifications(dy.Schema):
    """Identification records (6.2 b, 6.2 c, 7.2 d): one row a sample, negative results too.

    ``looked`` lists the methods that could look at the sample; versions and covered risks of each method
    stand once, in the recipe. ``risks`` are the risks of findings that shape the outcome.
    """

    sample_id = dy.String(nullable=False, primary_key=True)
    content_sha256 = dy.String(nullable=False)
    outcome = dy.String(nullable=False)
    risks = NAMES
    looked = NAMES
    findings = dy.List(FINDING)
    personal_information = NAMES
    sensitive_information = NAMES
    rights = dy.String(nullable=False)
    generated = dy.Bool(nullable=False)
    recipe = dy.String(nullable=False)


class Decisions(dy.Schema):
    """Decision of 6.3 for each sample of P1, each removal or hold with its reasons.

    ``condemned``: it would be kept if people had not judged it bad in a draw, so it stays in the drawn population.
    """

    sample_id = dy.String(nullable=False, primary_key=True)
    decision = dy.String(nullable=False)
    reasons = NAMES
    condemned = dy.Bool(nullable=False)
