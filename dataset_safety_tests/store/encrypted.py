"""Homes with a few objects, and keys of the environment, for tests of encryption."""

from __future__ import annotations

import secrets
from pathlib import Path

import polars as pl

from dataset_safety.store.home import Home
from dataset_safety.store.keyring import KEY_VARIABLE
from dataset_safety.store.objects import ObjectStore

CANARY = "the heron stands at the weir 4711"


def new_key() -> str:
    """A key as operators write it."""
    return secrets.token_hex(32)


def frame_of(number: int) -> pl.DataFrame:
    """Ten rows whose texts hold the canary."""
    ids, first = [f"{number}-{row}" for row in range(10)], 10 * number
    return pl.DataFrame({"sample_id": ids, "text": [f"{CANARY} {name}" for name in ids], "n": range(first, first + 10)})


def objects_of(root: Path) -> ObjectStore:
    """The objects of a home, as a process sees them that has just begun."""
    home = Home(root).create()
    return ObjectStore(home.objects, home.staging)


def filled(root: Path) -> tuple[ObjectStore, list[str], str]:
    """The objects of a home: names of three frames and of one document."""
    objects = objects_of(root)
    return objects, [objects.publish_frame(frame_of(number)) for number in range(3)], objects.publish_bytes(CANARY.encode() * 9)


def encrypted(root: Path, monkeypatch, *keys: str) -> ObjectStore:
    """The objects of a home that is encrypted with the first of these keys of the environment."""
    monkeypatch.setenv(KEY_VARIABLE, " ".join(keys))
    objects = objects_of(root)
    objects.keys.switch_on()
    return objects


def shows(folder: Path, words: bytes = CANARY.encode()) -> list[Path]:
    """Files below a folder in which the words can be read."""
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]
