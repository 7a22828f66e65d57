"""Conversion and change of key end in the same state however often they are killed, and the state is told as it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.safeguards.encryption import in_words, rotate, state, switch_on
from dataset_safety.store import audit
from dataset_safety.store.facade import open_store
from dataset_safety.store.home import Home
from dataset_safety.store.keyring import KEY_VARIABLE
from dataset_safety.store.sealing import HEADER_BYTES, Key
from dataset_safety_tests.store.encrypted import CANARY, encrypted, filled, frame_of, objects_of, shows

KILLED = -9
FIRST, SECOND = "11" * 32, "22" * 32
IDS = tuple(Key.of(bytes.fromhex(key)).id for key in (FIRST, SECOND))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    root = tmp_path_factory.mktemp("plain") / "home"
    with open_store(root):
        return root, *filled(root)[1:]


@pytest.fixture
def home(plain, tmp_path):
    return Home(shutil.copytree(plain[0], tmp_path / "home"))


def run(home, step, verb, keys):
    arguments = [sys.executable, "-m", "dataset_safety_tests.crashing", str(step), "encryption", verb, "--home", str(home.root)]
    return subprocess.run(arguments, capture_output=True, text=True, env={**os.environ, KEY_VARIABLE: keys})


def steps_of(finished):
    assert finished.returncode == 0, finished.stderr
    return int(re.search(r"steps=(\d+)", finished.stderr).group(1))


def readable(home, plain):
    """Every object is there, whichever form it has."""
    objects = objects_of(home.root)
    for number, name in enumerate(plain[1]):
        assert objects.read_frame(name).equals(frame_of(number))
    assert objects.scan_frame(plain[1]).collect().height == 30
    assert objects.read_bytes(plain[2]) == CANARY.encode() * 9
    return objects


def test_a_conversion_killed_at_every_step_is_readable_and_goes_on(home, plain, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, FIRST)
    steps = steps_of(run(Home(shutil.copytree(home.root, tmp_path / "counted")), 0, "on", FIRST))
    seen = set()
    for step in range(1, steps + 1):
        killed = Home(shutil.copytree(home.root, tmp_path / f"killed-{step}"))
        assert run(killed, step, "on", FIRST).returncode == KILLED
        seen.add(state(readable(killed, plain)).encrypted)
        assert run(killed, 0, "on", FIRST).returncode == 0
        assert dict(state(readable(killed, plain)).by_key) == {IDS[0]: 4}
        assert not shows(killed.objects)
        with open_store(killed) as store, store.database.read() as connection:
            assert verify_chain(connection).intact
    assert seen == {0, 1, 2, 3, 4}


def test_a_change_of_key_killed_at_every_step_is_readable_and_goes_on(home, plain, tmp_path, monkeypatch):
    both = f"{SECOND} {FIRST}"
    monkeypatch.setenv(KEY_VARIABLE, FIRST)
    switch_on(home)
    monkeypatch.setenv(KEY_VARIABLE, both)
    steps = steps_of(run(Home(shutil.copytree(home.root, tmp_path / "counted")), 0, "rotate", both))
    seen = set()
    for step in range(1, steps + 1):
        killed = Home(shutil.copytree(home.root, tmp_path / f"killed-{step}"))
        assert run(killed, step, "rotate", both).returncode == KILLED
        found = state(readable(killed, plain))
        seen.add(found.by_key.get(IDS[1], 0))
        assert run(killed, 0, "on" if found.current == IDS[1] else "rotate", both).returncode == 0
        found = state(readable(killed, plain))
        assert dict(found.by_key) == {IDS[1]: 4} and found.current == IDS[1]
    assert seen == {0, 1, 2, 3, 4}


def test_a_change_of_key_rewrites_headers_only_and_the_old_key_opens_nothing_more(home, plain, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, FIRST)
    assert switch_on(home).encrypted == 4
    objects = objects_of(home.root)
    before = {name: objects.path(name).read_bytes() for name in objects.names()}
    monkeypatch.setenv(KEY_VARIABLE, f"{SECOND} {FIRST}")
    made = rotate(home)
    assert (made.rewrapped, made.encrypted, made.unchanged, made.left) == (4, 0, 0, ())
    for name, content in before.items():
        after = objects.path(name).read_bytes()
        assert after[HEADER_BYTES:] == content[HEADER_BYTES:] and after[:HEADER_BYTES] != content[:HEADER_BYTES]
    monkeypatch.setenv(KEY_VARIABLE, SECOND)
    readable(home, plain)
    monkeypatch.setenv(KEY_VARIABLE, FIRST)
    problem = state(objects_of(home.root)).problem
    assert IDS[1][:12] in problem and KEY_VARIABLE in problem


def test_both_are_in_the_audit_log_by_the_id_of_the_key(home):
    first, second = switch_on(home).key_id, rotate(home).key_id
    with open_store(home) as store, store.database.read() as connection:
        found = [(one.action, one.subject) for one in audit.events(connection) if one.action.startswith("safeguards.")]
    assert found == [("safeguards.encrypt", first), ("safeguards.rotate_key", second)]


def test_what_is_damaged_is_left_and_named(home, plain, monkeypatch):
    damaged = objects_of(home.root).path(plain[1][0])
    damaged.write_bytes(b"damaged")
    made = switch_on(home)
    assert made.left == (plain[1][0],) and made.encrypted == 3
    assert damaged.read_bytes() == b"damaged"
    told = run(home, 0, "on", "")
    assert told.returncode == 1 and "1 objects were left as they are" in told.stderr


def test_a_key_out_of_reach_stops_a_conversion_before_it_begins(home, monkeypatch):
    encrypted(home.root, monkeypatch, FIRST)
    told = run(home, 0, "on", SECOND)
    assert told.returncode == 2 and "not at hand" in told.stderr
    assert SECOND not in told.stderr + told.stdout
    assert state(objects_of(home.root)).encrypted == 0


def test_the_state_is_told(home, plain, monkeypatch):
    def told():
        return {what: (good, words) for what, good, words in in_words(state(objects_of(home.root)))}

    good, words = told()["encryption"]
    assert good and words.startswith("off") and "database" in words
    monkeypatch.setenv(KEY_VARIABLE, FIRST)
    objects_of(home.root).keys.switch_on()
    objects_of(home.root).encrypt(plain[2])
    good, words = told()["encryption"]
    assert not good and words.startswith("1 of 4 objects encrypted")
    switch_on(home)
    assert told()["encryption"][0] and told()["encryption key"] == (True, f"{IDS[0][:12]}… in the environment ({KEY_VARIABLE})")
    monkeypatch.setenv(KEY_VARIABLE, "")
    assert list(told()) == ["encryption"] and not told()["encryption"][0]
    (home.keys / "encryption.json").unlink()
    assert not told()["encryption"][0]


def test_a_key_beside_the_data_is_told_as_weak(home):
    switch_on(home)
    (good, words) = {what: rest for what, *rest in in_words(state(objects_of(home.root)))}["encryption key"]
    assert not good and "weak" in words and "encryption rotate" in words
