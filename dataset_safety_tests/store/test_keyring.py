"""Keys come from the environment, a file, systemd or the home; what is missing or no key is said, never shown."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from dataset_safety.store.errors import KeyMissing, KeyUnreadable
from dataset_safety.store.facade import open_store
from dataset_safety.store.home import Home
from dataset_safety.store.keyring import (
    CREDENTIAL,
    CREDENTIALS_VARIABLE,
    KEY_FILE_VARIABLE,
    KEY_VARIABLE,
    SWITCH_VARIABLE,
    Keyring,
)
from dataset_safety.store.sealing import Key
from dataset_safety_tests.store.encrypted import new_key


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").create()


def identity(text):
    return Key.of(bytes.fromhex(text)).id


def test_encryption_is_off_unless_it_is_asked_for(tmp_path, monkeypatch):
    with open_store(tmp_path / "home") as store:
        assert store.objects.keys.current() is None
    for word, on in (("0", False), ("", False), ("1", True)):
        monkeypatch.setenv(SWITCH_VARIABLE, word)
        with open_store(tmp_path / "home") as store:
            assert (store.objects.keys.current() is not None) is on
    monkeypatch.delenv(SWITCH_VARIABLE)
    with open_store(tmp_path / "home") as store:
        assert store.objects.keys.current() is not None


def test_a_key_that_nobody_stated_is_made_in_the_home_for_its_owner_only(home):
    current = Keyring(home).switch_on()
    held = Keyring(home).held(current)
    assert held.beside and "in the home folder" in held.place
    assert stat.S_IMODE((home.keys / f"encryption-{current}.key").stat().st_mode) == 0o600
    assert Keyring(home).switch_on() == current
    assert sorted(path.name for path in home.keys.iterdir()) == [f"encryption-{current}.key", "encryption.json"]


@pytest.mark.parametrize("how", ["variable", "file", "credential"])
def test_a_stated_key_is_used_and_not_kept_in_the_home(home, tmp_path, monkeypatch, how):
    key = new_key()
    if how == "variable":
        monkeypatch.setenv(KEY_VARIABLE, key)
    elif how == "file":
        (tmp_path / "elsewhere").write_text(f"{key}\n")
        monkeypatch.setenv(KEY_FILE_VARIABLE, str(tmp_path / "elsewhere"))
    else:
        (tmp_path / CREDENTIAL).write_text(key)
        monkeypatch.setenv(CREDENTIALS_VARIABLE, str(tmp_path))
    assert Keyring(home).switch_on() == identity(key)
    assert not Keyring(home).held(identity(key)).beside
    assert [path.name for path in home.keys.iterdir()] == ["encryption.json"]
    assert key not in (home.keys / "encryption.json").read_text()


def test_a_stated_file_inside_the_home_is_beside_the_data(home, monkeypatch):
    key = new_key()
    (home.keys / "mine").write_text(key)
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(home.keys / "mine"))
    assert Keyring(home).held(Keyring(home).switch_on()).beside


def test_a_systemd_folder_without_our_credential_is_passed_over(home, tmp_path, monkeypatch):
    monkeypatch.setenv(CREDENTIALS_VARIABLE, str(tmp_path))
    assert Keyring(home).held(Keyring(home).switch_on()).beside


@pytest.mark.parametrize("text", ["abc", "z" * 64, "00" * 31, f"{'00' * 32} tail"])
def test_what_is_no_key_is_refused_and_not_repeated(home, monkeypatch, text):
    monkeypatch.setenv(KEY_VARIABLE, text)
    with pytest.raises(KeyUnreadable, match=f"{KEY_VARIABLE} states no key.*64 hexadecimal") as error:
        Keyring(home).held("00" * 16)
    assert text not in str(error.value)


def test_a_file_of_keys_that_cannot_be_read_is_named_by_its_variable(home, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(KeyUnreadable, match=KEY_FILE_VARIABLE):
        Keyring(home).switch_on()
    assert Keyring(home).current_id is None


def test_a_damaged_key_of_the_home_is_noticed(home):
    path = home.keys / f"encryption-{Keyring(home).switch_on()}.key"
    path.chmod(0o600)
    path.write_bytes(bytes(32))
    with pytest.raises(KeyUnreadable, match=path.name):
        Keyring(home).current()
    (home.keys / "encryption.json").write_text("{}")
    with pytest.raises(KeyUnreadable, match="which key is in use"):
        Keyring(home).current()


@pytest.mark.parametrize("content", [b"", bytes(32)])
def test_a_damaged_key_that_is_not_the_wanted_one_is_passed_over(home, monkeypatch, content):
    ring = Keyring(home)
    first = ring.switch_on()
    _, second = ring.change_key()
    path = home.keys / f"encryption-{first}.key"
    secret = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content)
    assert Keyring(home).find(second).id == second
    with pytest.raises(KeyUnreadable, match=path.name):
        Keyring(home).find(first)
    monkeypatch.setenv(KEY_VARIABLE, secret.hex())
    assert Keyring(home).find(first).id == first


def test_a_new_key_takes_the_place_of_the_old_one_which_stays_at_hand(home, monkeypatch):
    ring = Keyring(home)
    first = ring.switch_on()
    before, second = ring.change_key()
    assert before == first != second == ring.current_id
    assert {ring.find(first).id, ring.find(second).id} == {first, second}
    stated = new_key()
    monkeypatch.setenv(KEY_VARIABLE, stated)
    assert ring.change_key() == (second, identity(stated))
    with pytest.raises(KeyMissing, match="no new key is stated"):
        ring.change_key()
    later = new_key()
    monkeypatch.setenv(KEY_VARIABLE, later)  # the old one was forgotten
    with pytest.raises(KeyMissing, match=identity(stated)[:12]):
        Keyring(home).change_key()
    monkeypatch.setenv(KEY_VARIABLE, f"{later} {stated}")
    assert Keyring(home).change_key() == (identity(stated), identity(later))


def test_there_is_no_key_to_change_while_encryption_is_off(home):
    with pytest.raises(KeyMissing, match="encryption on"):
        Keyring(home).change_key()


def test_processes_that_switch_on_at_once_agree_on_the_key(home):
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: Keyring(home).switch_on(), range(8)))
    assert len(made) == 1
    assert json.loads((home.keys / "encryption.json").read_text()) == {"key": made.pop()}
    assert Keyring(home).current() is not None
