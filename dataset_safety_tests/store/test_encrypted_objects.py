"""The store gives the same content under the same names whether its files are encrypted or not, or it refuses."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys

import polars as pl
import pytest

from dataset_safety.engine.local import close_pool, map_unordered
from dataset_safety.store.errors import KeyMissing, ObjectDamaged, ObjectMissing
from dataset_safety.store.keyring import KEY_VARIABLE
from dataset_safety.store.objects import Change, ObjectStore, read_object
from dataset_safety.store.scratch import Scratch
from dataset_safety.store.sealing import MAGIC
from dataset_safety_tests.store.encrypted import CANARY, encrypted, filled, frame_of, new_key, objects_of, shows


@pytest.fixture
def plain(tmp_path):
    return filled(tmp_path / "plain")


@pytest.fixture
def key():
    return new_key()


@pytest.fixture
def sealed(tmp_path, monkeypatch, key):
    encrypted(tmp_path / "sealed", monkeypatch, key)
    return filled(tmp_path / "sealed")


@pytest.fixture
def mixed(tmp_path, monkeypatch, key):
    objects, frames, document = filled(tmp_path / "mixed")
    objects = encrypted(tmp_path / "mixed", monkeypatch, key)
    objects.encrypt(frames[1])
    return objects, frames, document


def test_names_and_content_are_those_of_a_plain_store(plain, sealed):
    assert sealed[1:] == plain[1:]
    objects, frames, document = sealed
    assert objects.read_bytes(document) == plain[0].read_bytes(document)
    for number, name in enumerate(frames):
        assert objects.read_bytes(name) == plain[0].path(name).read_bytes()
        assert objects.read_frame(name).equals(frame_of(number))
        assert objects.frame_schema(name) == plain[0].frame_schema(name) == dict(frame_of(0).schema)


def test_nothing_plain_reaches_the_disk(sealed, plain):
    objects, frames, document = sealed
    assert not shows(objects.root.parent)
    assert shows(plain[0].root)
    assert all(objects.path(name).read_bytes().startswith(MAGIC) for name in (*frames, document))


def test_nothing_plain_is_staged_when_the_process_dies_while_writing(tmp_path, key):
    code = (
        "import os, sys; from pathlib import Path\n"
        "from dataset_safety_tests.store.encrypted import frame_of, objects_of\n"
        "objects = objects_of(Path(sys.argv[1])); objects.keys.switch_on()\n"
        "sys.addaudithook(lambda name, _: os._exit(9) if name == 'os.rename' else None)\n"
        "objects.publish_frame(frame_of(1))"
    )
    died = subprocess.run([sys.executable, "-c", code, str(tmp_path / "home")], env={**os.environ, KEY_VARIABLE: key})
    assert died.returncode == 9
    assert len(list((tmp_path / "home" / "staging").iterdir())) == 1
    assert not shows(tmp_path / "home")


@pytest.mark.parametrize("store", ["plain", "sealed", "mixed"])
def test_scans_give_the_same_rows_whatever_the_form(request, store):
    objects, frames, _ = request.getfixturevalue(store)
    every = pl.concat([frame_of(number) for number in range(3)])
    rows = objects.scan_frame(frames)
    assert rows.collect_schema() == every.schema
    assert rows.collect().equals(every)
    assert rows.select("n").collect().equals(every.select("n"))
    assert rows.filter(pl.col("n") > 17).select("sample_id").collect().equals(every.filter(pl.col("n") > 17).select("sample_id"))
    assert rows.filter(pl.col("text").str.ends_with("2-4")).collect()["n"].to_list() == [24]
    assert rows.select(pl.len()).collect().item() == 30
    assert rows.filter(pl.col("n") < 3).select(pl.len()).collect().item() == 3
    for limit in (0, 4, 10, 13, 99):
        assert rows.head(limit).collect().equals(every.head(limit))
        assert rows.head(limit).filter(pl.col("n") % 2 == 0).collect().equals(every.head(limit).filter(pl.col("n") % 2 == 0))
    wanted = pl.LazyFrame({"sample_id": ["0-3", "2-9"]})
    assert rows.join(wanted, on="sample_id", how="semi").sort("n").collect()["n"].to_list() == [3, 29]
    assert pl.concat([rows, rows]).group_by("sample_id").len().collect()["len"].to_list() == [2] * 30
    assert objects.read_frame(frames[1], ["n"]).equals(frame_of(1).select("n"))


def test_scans_end_in_a_process_of_one_thread(sealed, key):
    objects, frames, _ = sealed
    code = (
        "import sys; from pathlib import Path; import polars as pl\n"
        "from dataset_safety_tests.store.encrypted import objects_of\n"
        "rows = objects_of(Path(sys.argv[1])).scan_frame(sys.argv[2:])\n"
        "print(rows.filter(pl.col('n') > 4).join(rows, on='sample_id').group_by('n').len().collect().height)"
    )
    arguments = [sys.executable, "-c", code, str(objects.root.parent), *frames]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", KEY_VARIABLE: key}
    found = subprocess.run(arguments, capture_output=True, text=True, env=environment, timeout=120)
    assert found.stdout.strip() == "25", found.stderr


def test_a_scan_over_a_damaged_file_is_refused_with_its_name(sealed):
    objects, frames, _ = sealed
    rows = objects.scan_frame(frames)
    content = bytearray(objects.path(frames[2]).read_bytes())
    content[-1] ^= 1
    objects.path(frames[2]).write_bytes(content)
    with pytest.raises(ObjectDamaged, match=frames[2][:12]):
        rows.collect()


def test_a_file_in_the_place_of_another_is_refused(sealed):
    objects, frames, _ = sealed
    swapped = objects.path(frames[0]).read_bytes()
    objects.path(frames[0]).write_bytes(objects.path(frames[1]).read_bytes())
    objects.path(frames[1]).write_bytes(swapped)
    for name in frames[:2]:
        with pytest.raises(ObjectDamaged, match=name[:12]):
            objects.read_frame(name)
    assert objects.read_frame(frames[2]).equals(frame_of(2))
    with pytest.raises(ObjectDamaged):
        objects.encrypt(frames[0])


def test_three_hundred_flipped_bits_are_never_silently_wrong(sealed):
    objects, frames, _ = sealed
    path, chance = objects.path(frames[0]), random.Random(1)
    whole = path.read_bytes()
    for _ in range(300):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        with pytest.raises((ObjectDamaged, KeyMissing)):
            objects.read_frame(frames[0])
    path.write_bytes(whole)
    assert objects.read_frame(frames[0]).equals(frame_of(0))


@pytest.mark.parametrize("stated", ["", "another"])
def test_without_the_key_nothing_is_read_or_written(sealed, monkeypatch, key, stated):
    objects, frames, document = sealed
    monkeypatch.setenv(KEY_VARIABLE, new_key() if stated else "")
    later = ObjectStore(objects.root, objects.staging)
    for refused in (
        lambda: later.read_frame(frames[0]),
        lambda: later.read_bytes(document),
        lambda: later.scan_frame(frames).collect(),
        lambda: later.publish_bytes(b"new"),
        lambda: later.encrypt(frames[0]),
    ):
        with pytest.raises(KeyMissing, match=KEY_VARIABLE) as error:
            refused()
        assert error.value.key_id in objects.keys.current_id
        assert error.value.exit_code == 2
    assert later.names() == objects.names()


@pytest.mark.parametrize("where", ["own", "stated", "nowhere"])
def test_a_home_that_lost_the_note_of_its_key_takes_nothing_plain(tmp_path, monkeypatch, key, where):
    root = tmp_path / "home"
    if where == "own":
        objects_of(root).keys.switch_on()
    else:
        encrypted(root, monkeypatch, key)
    objects, frames, _ = filled(root)
    (root / "keys" / "encryption.json").unlink()
    if where == "nowhere":
        monkeypatch.delenv(KEY_VARIABLE)
        with pytest.raises(KeyMissing):
            objects_of(root).scan_frame(frames).collect()
    for later in (objects, objects_of(root)):
        with pytest.raises(KeyMissing, match=r"encryption\.json.*missing.*Hint: restore keys/.*encryption on"):
            later.publish_bytes(CANARY.encode())
    assert not shows(root) and objects.names() == objects_of(root).names()
    later.keys.switch_on()
    assert later.read_bytes(later.publish_bytes(CANARY.encode())) == CANARY.encode() and not shows(root)


def test_a_key_that_a_home_has_only_lost_before_its_first_object_is_missed_too(tmp_path):
    objects = objects_of(tmp_path)
    objects.keys.switch_on()
    (tmp_path / "keys" / "encryption.json").unlink()
    with pytest.raises(KeyMissing, match="a key for encryption lies in keys/"):
        objects.publish_bytes(b"plain")


def test_a_stated_key_and_a_document_that_looks_encrypted_leave_a_plain_home_plain(tmp_path, monkeypatch, key, sealed):
    monkeypatch.setenv(KEY_VARIABLE, key)
    copied = sealed[0].path(sealed[2]).read_bytes()
    objects_of(tmp_path / "home").publish_bytes(copied)
    later = objects_of(tmp_path / "home")
    assert later.read_bytes(later.publish_bytes(CANARY.encode())) == CANARY.encode() and len(shows(tmp_path / "home")) == 1


def test_a_plain_document_that_looks_encrypted_is_itself(plain, sealed, tmp_path, monkeypatch, key):
    copied = sealed[0].path(sealed[2]).read_bytes()
    contents = (copied, MAGIC, MAGIC + b"x" * 200)
    names = [plain[0].publish_bytes(content) for content in contents]
    assert [plain[0].read_bytes(name) for name in names] == list(contents)
    objects = encrypted(tmp_path / "plain", monkeypatch, key)
    for name, content in zip(names, contents, strict=True):
        assert objects.encrypt(name) is Change.ENCRYPTED
        assert objects.encrypt(name) is Change.NONE
        assert objects.read_bytes(name) == content


def test_a_damaged_plain_object_is_not_encrypted_over(mixed):
    objects, frames, _ = mixed
    objects.path(frames[0]).write_bytes(b"damaged")
    with pytest.raises(ObjectDamaged):
        objects.encrypt(frames[0])
    assert objects.path(frames[0]).read_bytes() == b"damaged"
    with pytest.raises(ObjectMissing):
        objects.encrypt("0" * 64)


def test_an_object_leaves_the_home_plain(plain, sealed, tmp_path):
    for number, (objects, frames, _) in enumerate((plain, sealed)):
        objects.copy(frames[0], tmp_path / f"{number}.parquet")
        content = (tmp_path / f"{number}.parquet").read_bytes()
        assert hashlib.sha256(content).hexdigest() == frames[0]
    assert (tmp_path / "0.parquet").samefile(plain[0].path(frames[0]))


def reading(path):
    return read_object(path).decode()


def test_workers_find_the_key_and_their_refusal_does_not_hold_it(sealed, monkeypatch, key):
    objects, _, document = sealed
    paths = [objects.path(document)] * 3
    close_pool(2)  # workers that have the environment of now
    try:
        assert {text for _, text in map_unordered(reading, paths, workers=2)} == {CANARY * 9}
        close_pool(2)
        other = new_key()
        monkeypatch.setenv(KEY_VARIABLE, other)
        with pytest.raises(KeyMissing) as error:
            list(map_unordered(reading, paths, workers=2))
        told = f"{error.value} {error.value.facts} {error.value.__cause__}"
        assert objects.keys.current_id[:12] in told
        assert key not in told and other not in told
    finally:
        close_pool(2)


def test_what_a_desk_lays_out_is_not_found_plain(tmp_path):
    scratch = Scratch(tmp_path)
    records = [CANARY.encode() * times for times in (1, 0, 3, 90_000)]
    places = [scratch.append(record) for record in records]
    assert [scratch.read(place) for place in reversed(places)] == records[::-1]
    (laid,) = [path for path in os.scandir("/proc/self/fd") if os.readlink(path.path).startswith(str(tmp_path))]
    with open(laid.path, "rb") as stream:
        content = stream.read()
    assert len(content) > 90_000 * len(CANARY) and CANARY.encode() not in content
    scratch.close()
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_failed_leaves_a_gap_and_its_nonce_is_not_used_again(tmp_path):
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from dataset_safety.store.scratch import Scratch\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "scratch = Scratch(Path(sys.argv[1])); first = scratch.append(b'a' * 100)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))\n"
        "try: scratch.append(b'b' * 300)\n"
        "except OSError: print('refused')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "place = scratch.append(b'c' * 50)\n"
        "print(place[0] - sum(first), scratch.read(first) == b'a' * 100, scratch.read(place) == b'c' * 50)"
    )
    found = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == ["refused", "316 True True"]
