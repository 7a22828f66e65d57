"""Every test of the store runs on SQLite, and on PostgreSQL when ``DATASET_SAFETY_TEST_POSTGRES_URL`` names a server."""

from __future__ import annotations

import os
import secrets

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from dataset_safety.store.facade import open_store

POSTGRES = "DATASET_SAFETY_TEST_POSTGRES_URL"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path, monkeypatch):
    """An opened, empty home."""
    if request.param == "sqlite":
        with open_store(tmp_path / "home") as opened:
            yield opened
        return
    if not os.environ.get(POSTGRES):
        pytest.skip(f"{POSTGRES} is not set")
    url = make_url(os.environ[POSTGRES])
    name = f"ds_{secrets.token_hex(6)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    monkeypatch.setenv("DATASET_SAFETY_DATABASE_URL", url.set(database=name).render_as_string(hide_password=False))
    try:
        with open_store(tmp_path / "home") as opened:
            yield opened
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
