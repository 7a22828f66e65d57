"""A backup follows encryption and changes of the key, needs no key, and keeps a good copy of what is damaged at home."""

from __future__ import annotations

import pytest

from dataset_safety.safeguards.backup import BackupError, create_backup, restore_backup
from dataset_safety.safeguards.encryption import rotate, switch_on
from dataset_safety.store.facade import open_store
from dataset_safety.store.home import Home
from dataset_safety.store.keyring import KEY_VARIABLE
from dataset_safety.store.sealing import HEADER_BYTES, MAGIC
from dataset_safety_tests.store.encrypted import filled, frame_of, new_key, objects_of, shows


@pytest.fixture
def home(tmp_path):
    with open_store(tmp_path / "home") as store:
        return store.home


@pytest.fixture
def names(home):
    return filled(home.root)[1]


def copies_of(target, names):
    return {name: (target / "objects" / name[:2] / name).read_bytes() for name in names}


def test_objects_that_are_there_are_not_copied_again(home, names, tmp_path):
    create_backup(home, tmp_path / "copy")
    assert create_backup(home, tmp_path / "copy").copied == 1  # the database
    switch_on(home)
    create_backup(home, tmp_path / "copy")
    assert create_backup(home, tmp_path / "copy").copied == 3  # with the key and the note which one is in use


def test_a_backup_of_a_plain_home_becomes_encrypted_with_it_and_comes_back(home, names, tmp_path):
    target = tmp_path / "copy"
    create_backup(home, target)
    assert len(shows(target)) == 4
    switch_on(home)
    assert create_backup(home, target).copied >= 4
    assert shows(target) == []
    first = copies_of(target, names)
    rotate(home)
    create_backup(home, target)
    assert all(copies_of(target, names)[name] != first[name] for name in names)
    restore_backup(target, Home(tmp_path / "restored"))
    objects = objects_of(tmp_path / "restored")
    for number, name in enumerate(names):
        assert objects.read_frame(name).equals(frame_of(number))


def test_a_key_that_lives_elsewhere_is_not_in_the_backup_which_needs_none(home, names, tmp_path, monkeypatch):
    key = new_key()
    monkeypatch.setenv(KEY_VARIABLE, key)
    switch_on(home)
    monkeypatch.delenv(KEY_VARIABLE)
    create_backup(home, tmp_path / "copy")
    assert shows(tmp_path / "copy", key.encode()) == shows(tmp_path / "copy") == []
    restore_backup(tmp_path / "copy", Home(tmp_path / "restored"))
    monkeypatch.setenv(KEY_VARIABLE, key)
    assert objects_of(tmp_path / "restored").read_frame(names[0]).equals(frame_of(0))


@pytest.mark.parametrize("on", [False, True])
def test_a_damaged_object_does_not_take_the_place_of_its_good_copy(home, names, tmp_path, on):
    if on:
        switch_on(home)
    create_backup(home, tmp_path / "copy")
    good = copies_of(tmp_path / "copy", names)
    objects_of(home.root).path(names[0]).write_bytes(b"damaged")
    assert create_backup(home, tmp_path / "copy").kept == (names[0],)
    assert copies_of(tmp_path / "copy", names) == good
    (tmp_path / "copy" / "objects" / names[1][:2] / names[1]).write_bytes(b"damaged")
    with pytest.raises(BackupError, match="1 files of the backup are missing or damaged"):
        restore_backup(tmp_path / "copy", Home(tmp_path / "restored"))
    create_backup(home, tmp_path / "copy")  # a copy that was damaged is made anew
    assert copies_of(tmp_path / "copy", names) == good


def flipped(content, at):
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("at", [0, len(MAGIC), len(MAGIC) + 20, HEADER_BYTES - 1, HEADER_BYTES, -1])
@pytest.mark.parametrize("at_hand", [True, False])
def test_one_flipped_bit_of_an_encrypted_object_does_not_reach_its_good_copy(home, names, tmp_path, monkeypatch, at, at_hand):
    monkeypatch.setenv(KEY_VARIABLE, key := new_key())
    switch_on(home)
    create_backup(home, tmp_path / "copy")
    good = copies_of(tmp_path / "copy", names)
    path = objects_of(home.root).path(names[0])
    path.write_bytes(flipped(good[names[0]], at))
    monkeypatch.setenv(KEY_VARIABLE, key if at_hand else "")
    made = create_backup(home, tmp_path / "copy")
    assert (made.kept, made.copied) == ((names[0],), 2)  # the database and the note which key is in use
    assert copies_of(tmp_path / "copy", names) == good
    monkeypatch.setenv(KEY_VARIABLE, key)
    restore_backup(tmp_path / "copy", Home(tmp_path / "restored"))
    assert objects_of(tmp_path / "restored").read_frame(names[0]).equals(frame_of(0))


@pytest.mark.parametrize("damaged", [True, False])
def test_a_change_of_key_reaches_the_backup_without_the_keys_unless_a_body_changed_too(
    home, names, tmp_path, monkeypatch, damaged
):
    monkeypatch.setenv(KEY_VARIABLE, first := new_key())
    switch_on(home)
    create_backup(home, tmp_path / "copy")
    before = copies_of(tmp_path / "copy", names)
    monkeypatch.setenv(KEY_VARIABLE, f"{new_key()} {first}")
    rotate(home)
    monkeypatch.setenv(KEY_VARIABLE, "")
    path = objects_of(home.root).path(names[0])
    if damaged:
        path.write_bytes(flipped(path.read_bytes(), -1))
    assert create_backup(home, tmp_path / "copy").kept == ((names[0],) if damaged else ())
    after = copies_of(tmp_path / "copy", names)
    assert [after[name] == before[name] for name in names] == [damaged, False, False]
