"""The bundled library and the benign texts, for tests and benchmarks."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from dataset_safety.keywords.files import read_store
from dataset_safety.keywords.library import Library

STORE = Path(__file__).resolve().parents[2] / "keyword_store"


@lru_cache(maxsize=1)
def bundled_library() -> Library:
    """The library of the repository."""
    return read_store(STORE)


@lru_cache(maxsize=1)
def gold_texts() -> tuple[str, ...]:
    """Benign texts that must pass."""
    folder = files("dataset_safety.keywords").joinpath("gold")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".txt")), key=lambda path: path.name)
    return tuple(line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
