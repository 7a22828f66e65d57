"""Stored files are named by their content, verified before use, and never half written."""

from __future__ import annotations

import errno
import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.store.errors import DiskFull, ObjectDamaged, ObjectMissing
from dataset_safety.store.objects import ObjectStore


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    (root / "objects").mkdir()
    return ObjectStore(root / "objects", root / "staging")


@given(content=st.binary(max_size=200))
def test_content_comes_back_under_its_hash(objects, content):
    digest = objects.publish_bytes(content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert objects.read_bytes(digest) == content
    assert objects.publish_bytes(content) == digest


def test_a_frame_comes_back(objects):
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert objects.read_frame(objects.publish_frame(frame)).equals(frame)


def test_a_changed_byte_is_noticed_before_the_file_is_parsed(objects):
    digest = objects.publish_frame(pl.DataFrame({"a": list(range(100))}))
    path = objects.path(digest)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ObjectDamaged, match=digest[:12]):
        objects.read_frame(digest)


def test_a_missing_object_is_named(objects):
    with pytest.raises(ObjectMissing, match="0000"):
        objects.path("0" * 64)


def test_a_full_disk_is_explained_and_leaves_nothing_staged(objects):
    def write(path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFull, match="free some space"):
        objects.publish(write)
    assert list(objects.staging.iterdir()) == []


def test_garbage_collection_keeps_what_is_referenced(tmp_path):
    (tmp_path / "objects").mkdir()
    objects = ObjectStore(tmp_path / "objects", tmp_path / "staging")
    kept, gone = objects.publish_bytes(b"kept"), objects.publish_bytes(b"gone")
    (objects.staging / "half").write_bytes(b"half")
    objects.clear_staging()
    assert list(objects.staging.iterdir()) == []
    assert objects.collect_garbage({kept}) == 1
    assert objects.read_bytes(kept) == b"kept"
    with pytest.raises(ObjectMissing):
        objects.path(gone)
