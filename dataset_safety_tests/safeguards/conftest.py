"""An opened, empty home."""

from __future__ import annotations

import pytest

from dataset_safety.store.facade import open_store


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened:
        yield opened
