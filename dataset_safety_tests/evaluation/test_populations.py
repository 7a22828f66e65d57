"""Rows of a corpus read part by part come in the order of the parts, the same at every reading."""

from __future__ import annotations

import polars as pl

from dataset_safety.evaluation.populations import Populations
from dataset_safety.store import corpora
from dataset_safety.store.facade import open_store
from dataset_safety_tests.review.drawn import draw_over, texts


def test_chosen_and_excluded_rows_keep_the_order_of_the_parts(tmp_path):
    with open_store(tmp_path / "home") as store:
        held = frozenset(range(0, 3000, 7))
        drawn = draw_over(store, texts(3000), parts=3, held=held)
        with store.database.read() as connection:
            corpus = corpora.latest(connection, drawn.release_id)
        populations = Populations(store, corpus)
        names = populations.p1.select("sample_id").collect()["sample_id"].to_list()
        ids = pl.DataFrame({"sample_id": sorted(names)[::2]})
        expected = [name for name in names if name in set(ids["sample_id"])]
        for read in (populations.samples_of, populations.labels_of, populations.base_labels_of):
            assert all(read(ids, ["sample_id"])["sample_id"].to_list() == expected for _ in range(3))
        excluded = populations.excluded_rows(pl.col("decision") == "held").select("sample_id").collect()["sample_id"].to_list()
        assert excluded == [name for number, name in enumerate(names) if number in held]
        in_use = populations.labels_in_use(pl.col("outcome") == "clear", ["sample_id"])["sample_id"].to_list()
        assert in_use == names
