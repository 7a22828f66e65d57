"""A small home with two approvers."""

from __future__ import annotations

import pytest

from dataset_safety.keywords import refreshing
from dataset_safety.store.facade import open_store
from dataset_safety_tests.keywords.refreshed import add_approvers, small_shipped


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(refreshing, "shipped", small_shipped(tmp_path))
    with open_store(tmp_path / "home") as opened:
        add_approvers(opened, "wang", "liu")
        yield opened
