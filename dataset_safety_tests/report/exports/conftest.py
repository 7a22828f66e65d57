"""A release with everything a report shows, with and without an export of its P2."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dataset_safety import clock
from dataset_safety.store import corpora
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.made import POPULATION, RELEASE, stored


@pytest.fixture
def store(tmp_path):
    with clock.fixed(datetime(2026, 11, 23, 12, tzinfo=UTC)), open_store(tmp_path / "home") as opened:
        stored(opened)
        yield opened


@pytest.fixture
def exported_store(store):
    folder = store.home.exports / POPULATION
    folder.mkdir(parents=True)
    with store.database.read() as connection:
        corpus = corpora.latest(connection, RELEASE)
    store.objects.copy(corpus.parts[0].kept_object, folder / "part-00000.parquet")
    return store
