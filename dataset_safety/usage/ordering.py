"""A population in the order of its ids, a slice at a time, so that memory does not grow with it.

The hash of a population covers its sorted lines. Sorting a million of them at once takes hundreds of megabytes; here the
stored parts are read once for each slice of the id space and only that slice is sorted. Ids are hashes, so slices of the
space hold about the same number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from dataset_safety.usage.errors import IdTwice

SLICE = 250_000
SPACE = 16**4  # of the first four digits of an id
COLUMNS = ("sample_id", "content_sha256")


@dataclass(frozen=True, slots=True)
class Ordered(Collection[str]):
    """Rows with ``sample_id`` and ``content_sha256``, read again at every pass; the number of rows is counted once."""

    rows: pl.LazyFrame
    size: int

    @classmethod
    def of(cls, rows: pl.LazyFrame) -> Ordered:
        """The rows of a population."""
        return cls(rows.select(COLUMNS), rows.select(pl.len()).collect().item())

    def slices(self) -> Iterator[pl.DataFrame]:
        """Sorted rows, about :data:`SLICE` at a time."""
        count = max(1, -(-self.size // SLICE))
        limits = ["", *(f"{SPACE * at // count:04x}" for at in range(1, count)), None]
        name = pl.col("sample_id")
        for low, high in pairwise(limits):
            within = name >= low if high is None else (name >= low) & (name < high)
            yield self.rows.filter(within).collect().sort("sample_id")

    def lines(self) -> Iterator[str]:
        """``sample_id content_sha256``, sorted: what the hash of a population covers; :class:`IdTwice` if an id comes twice."""
        for rows in self.slices():
            if rows["sample_id"].n_unique() != rows.height:
                raise IdTwice("a population holds an id twice", hint="report this: sample ids must be unique.")
            yield from rows.select(line=pl.col("sample_id") + " " + pl.col("content_sha256"))["line"]

    def __len__(self) -> int:
        return self.size

    def __contains__(self, name: object) -> bool:
        return not self.rows.filter(pl.col("sample_id") == name).collect().is_empty()

    def __iter__(self) -> Iterator[str]:
        """The sorted ids."""
        for rows in self.slices():
            yield from rows["sample_id"]
