"""Generations of a library as a home stores them."""

from __future__ import annotations

from pathlib import Path

from dataset_safety.keywords.library import Library
from dataset_safety.keywords.stored import generation_bytes
from dataset_safety_tests.store.encrypted import objects_of


def stored_generation(home: Path, library: Library) -> Path:
    """The object that holds a library in the home in this folder."""
    objects = objects_of(home)
    return objects.path(objects.publish_bytes(generation_bytes(library)))
