"""A population comes in the order of its ids whatever the slices, and its hash is that of the sorted lines."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_safety.store.canonical import digest_of_lines
from dataset_safety.usage import ordering
from dataset_safety.usage.errors import IdTwice
from dataset_safety.usage.ordering import Ordered

names = st.sets(st.integers(0, 10**6), max_size=80)


def rows_of(numbers):
    ids = [hashlib.sha256(f"{number}".encode()).hexdigest() for number in numbers]
    schema = dict.fromkeys(ordering.COLUMNS, pl.String)
    return pl.DataFrame({"sample_id": ids, "content_sha256": [one[::-1] for one in ids]}, schema=schema)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(numbers=names, slice_=st.sampled_from([1, 3, 7, 1000]))
def test_slices_give_every_row_once_in_order(monkeypatch, numbers, slice_):
    monkeypatch.setattr(ordering, "SLICE", slice_)
    rows = rows_of(numbers)
    found = Ordered.of(rows.lazy())
    expected = sorted(rows["sample_id"].to_list())
    assert list(found) == expected and len(found) == len(expected)
    lines = sorted(f"{name} {content}" for name, content in rows.iter_rows())
    assert digest_of_lines(found.lines()) == digest_of_lines(lines)
    assert all(name in found for name in expected[:3]) and "0" not in found


def test_a_slice_holds_only_its_share(monkeypatch):
    monkeypatch.setattr(ordering, "SLICE", 500)
    heights = [rows.height for rows in Ordered.of(rows_of(range(4000)).lazy()).slices()]
    assert len(heights) == 8 and max(heights) < 700


@pytest.mark.parametrize("name", ["", "zz", "0000", "ffffffff", "8", "x1"])
def test_ids_that_are_no_hashes_have_a_slice_too(monkeypatch, name):
    monkeypatch.setattr(ordering, "SLICE", 1)
    rows = pl.DataFrame({"sample_id": [name, "80", "c1"], "content_sha256": ["a", "b", "c"]})
    assert list(Ordered.of(rows.lazy())) == sorted([name, "80", "c1"])


def test_an_id_that_comes_twice_has_no_hash(monkeypatch):
    monkeypatch.setattr(ordering, "SLICE", 4)
    with pytest.raises(IdTwice, match="Hint:"):
        digest_of_lines(Ordered.of(rows_of([*range(20), 7]).lazy()).lines())
