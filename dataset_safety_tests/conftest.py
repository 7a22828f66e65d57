"""Where the real data of the workplace stand, if they are there; tests that need them are visibly skipped otherwise."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("DATASET_SAFETY_TEST_DATA", Path(__file__).resolve().parents[2] / "shared"))


def _present(path: Path) -> Path:
    if not path.is_dir():
        pytest.skip(f"needs real data that are not in the repository ({path.name}); set DATASET_SAFETY_TEST_DATA")
    return path


@pytest.fixture(autouse=True)
def guideline_that_ships() -> Iterator[None]:
    """A guideline that a test put in force (``evaluation/guidelines.py``) ends with it."""
    yield
    loaded = sys.modules.get("dataset_safety.evaluation.guideline")
    if loaded is not None:
        loaded.guideline.cache_clear()


@pytest.fixture(scope="session")
def inbox() -> Path:
    """The real inbox of 25 sources."""
    return _present(SHARED / "inbox")


@pytest.fixture(scope="session")
def labelled() -> Path:
    """Labelled development sets."""
    return _present(SHARED / "data" / "labelled")
