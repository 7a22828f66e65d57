"""A fresh world for each deployment."""

from __future__ import annotations

import pytest

from dataset_safety_tests.safeguards.probes.deployments import World


@pytest.fixture
def world(store, tmp_path, monkeypatch):
    return World(store, tmp_path, monkeypatch)
