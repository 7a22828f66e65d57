"""Excerpts: the rows of one release out of one database and into another, nothing private with them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from dataset_safety.evaluation.reviewing import MANUAL
from dataset_safety.review import reviewers
from dataset_safety.review.reviewers import Role
from dataset_safety.store import corpora, draws, releases
from dataset_safety.store.excerpts import LEFT_OUT, TABLES, ExcerptRefused, excerpt, restore
from dataset_safety.store.facade import open_store
from dataset_safety.store.tables import metadata, release
from dataset_safety_tests.review.drawn import draw_over, texts

KNOWN = {
    "release", "release_source", "release_shard", "annotation", "annotation_part", "recipe", "labelling", "corpus",
    "corpus_shard", "corpus_part", "finding_count", "draw", "release_draw",
    "judgement", "artifact", "activation", "evidence", "audit_event",
}  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened:
        yield opened


def test_every_table_was_decided_about():
    assert set(TABLES) | LEFT_OUT == set(metadata.tables)
    assert set(TABLES) <= KNOWN, "a new table: does it hold personal data, and do rules read it?"


def copied(store, drawn, other):
    with store.database.read() as connection:
        corpus = corpora.latest(connection, drawn.release_id)
        tables = {name: list(rows) for name, rows in excerpt(connection, drawn.release_id, corpus.corpus_id)}
    with other.database.write() as connection:
        for name in TABLES:
            restore(connection, name, tables[name])
    return tables


def test_what_comes_out_goes_in_again(store, tmp_path):
    drawn = draw_over(store, texts(6))
    with open_store(tmp_path / "other") as other:
        copied(store, drawn, other)
        for opened in (store, other):
            with opened.database.read() as connection:
                assert draws.draws(connection, drawn.release_id)[0] == draws.load_draw(connection, drawn.draw_id)
        with store.database.read() as one, other.database.read() as two:
            assert corpora.latest(one, drawn.release_id) == corpora.latest(two, drawn.release_id)
            assert releases.load(two, drawn.release_id).inbox.name == ""


def test_another_stage_and_those_who_sign_in_stay_behind(store, tmp_path):
    from dataset_safety.standard import Stage

    drawn = draw_over(store, texts(4))
    draw_over(store, texts(5), purpose=MANUAL, stage=Stage.FINE_TUNING)
    reviewers.add(store, "an", Role.REVIEWER, ["zh"])
    with open_store(tmp_path / "other") as other:
        tables = copied(store, drawn, other)
        assert not tables["evidence"] and {row["draw_id"] for row in tables["draw"]} == {drawn.draw_id}
        with other.database.read() as connection:
            assert len(connection.execute(select(release)).all()) == 1


@pytest.mark.parametrize("row", [{}, {"release_id": "x"}, {"release_id": ["x"]}])
def test_rows_that_do_not_fit_are_refused(store, row):
    with pytest.raises(ExcerptRefused), store.database.write() as connection:
        restore(connection, "release", [row])


@pytest.mark.parametrize("name", ["verdict", "sqlite_master", "no_table"])
def test_only_tables_of_an_excerpt_are_filled(store, name):
    with pytest.raises(ExcerptRefused), store.database.write() as connection:
        restore(connection, name, [])
