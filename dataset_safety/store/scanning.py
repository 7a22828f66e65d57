"""Lazy queries over stored frames that have to be read by us, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import polars as pl
from polars.io.plugins import register_io_source


def one_at_a_time(contents: Sequence[Callable[[], bytes]]) -> pl.LazyFrame:
    """The rows of Parquet files of one schema, each opened only when the query comes to it and let go after it."""

    def rows(
        columns: list[str] | None, condition: pl.Expr | None, limit: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        for content in contents:
            if limit == 0:
                return
            frame = pl.scan_parquet(content())
            if limit is not None:
                frame = frame.head(limit)
                limit -= int(frame.select(pl.len()).collect().item())
            if condition is not None:
                frame = frame.filter(condition)
            yield (frame if columns is None else frame.select(columns)).collect()

    schema = pl.read_parquet_schema(contents[0]())  # not in the query: polars would hide our errors in words of its own
    return register_io_source(rows, schema=schema)
