"""Encryption at rest is judged by raw bytes and by what the kernel shows, never by a setting (8.1 b 3)."""

from __future__ import annotations

import gzip
import secrets

import pytest

from dataset_safety.safeguards.probes.contract import Kind, Result
from dataset_safety.safeguards.probes.encryption import DatabaseAtRest, FilesAtRest, ObjectsAtRest, _holds, _plain
from dataset_safety.safeguards.probes.volumes import encrypted_volume
from dataset_safety.store import audit
from dataset_safety.store.facade import Store
from dataset_safety.store.keyring import KEY_VARIABLE
from dataset_safety_tests.safeguards.probes.deployments import World, kernel
from dataset_safety_tests.store.encrypted import new_key, objects_of


def stored(world, *, sealed):
    """Five objects of a home whose objects are encrypted or not, with a key that is stated and not kept beside them."""
    if sealed:
        world.patch.setenv(KEY_VARIABLE, new_key())
    objects = objects_of(world.store.home.root)
    if sealed:
        objects.keys.switch_on()
    for number in range(5):
        objects.publish_bytes(f"sample {number} ".encode() * 500)
    return objects


def probed(world, objects):
    store = Store(world.store.home, world.store.database, objects)
    return ObjectsAtRest().run(World(store, world.folder, world.patch).target(Kind.OBJECTS, system=kernel(world, "LVM-1")))


@pytest.mark.parametrize(("sealed", "result"), [(False, Result.FAILED), (True, Result.PASSED)])
def test_objects_pass_when_their_bytes_are_ciphertext_on_a_plain_volume(world, sealed, result):
    objects = stored(world, sealed=sealed)
    assert probed(world, objects).result is result
    assert len(list(objects.root.rglob("*/*"))) == 5  # what was planted is gone


def test_one_plain_object_among_ciphertext_fails(world):
    plain = objects_of(world.store.home.root).publish_bytes(b"PAR1 and something in the open PAR1")
    seen = probed(world, stored(world, sealed=True))
    assert plain and (seen.result, seen.facts["plain_files"], seen.facts["canary_found"]) == (Result.FAILED, 1, False)


def test_one_plain_object_among_many_is_never_missed(world):
    objects_of(world.store.home.root).publish_bytes(secrets.token_bytes(50_000))  # plain, and as random as ciphertext
    objects = stored(world, sealed=True)
    for number in range(60):
        objects.publish_bytes(f"another {number}".encode())
    seen = probed(world, objects)
    assert (seen.result, seen.facts["plain_files"]) == (Result.FAILED, 1)


def test_the_database_of_a_backup_is_always_looked_at(world):
    backup = world.folder / "backup"
    backup.mkdir()
    for number in range(300):
        (backup / f"{number}").write_bytes(b"\x02" + secrets.token_bytes(2000))
    target = world.target(Kind.BACKUP, backup=backup, system=kernel(world, "LVM-1"))
    assert FilesAtRest().run(target).result is Result.PASSED
    (backup / "safety.db").write_bytes(b"SQLite format 3\x00" + b"\x00" * 100)
    assert FilesAtRest().run(target).result is Result.FAILED


def test_an_empty_folder_proves_nothing(world):
    world.store.home.exports.mkdir()
    (world.store.home.exports / "empty").mkdir()
    target = world.target(Kind.EXPORTS, system=kernel(world, "CRYPT-LUKS2-x"))
    assert FilesAtRest().run(target).result is Result.COULD_NOT_RUN


def test_what_the_database_probe_plants_belongs_to_no_population(world):
    seen = DatabaseAtRest().run(world.target(Kind.DATABASE_FILE, system=kernel(world, "LVM-1")))
    assert seen.result is Result.FAILED and seen.facts["canary_found"] is True
    with world.store.database.read() as connection:
        assert [event.action for event in audit.events(connection)] == ["probe.plant"]


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        (b'{"text": "a"}', True),
        (b"SQLite format 3\x00" + b"\x00" * 100, True),
        (gzip.compress(b"text" * 1000), True),
        ("图书馆九点开门。".encode() * 200, True),
        (b"only some words", True),
        (b"\x02" + secrets.token_bytes(50_000), False),
        (b"\x02" + secrets.token_bytes(40), False),
        (b"", False),
    ],
    ids=["json", "sqlite", "gzip", "chinese", "words", "long-cipher", "short-cipher", "empty"],
)
def test_known_formats_and_text_are_told_from_ciphertext(tmp_path, content, plain):
    (tmp_path / "file").write_bytes(content)
    assert bool(list(_plain([tmp_path / "file"]))) is plain


@pytest.mark.parametrize("before", [0, (1 << 20) - 5, (1 << 20), 3 << 20])
def test_a_planted_text_is_found_across_blocks(tmp_path, before):
    (tmp_path / "file").write_bytes(b"\x01" * before + b"canary-1" + b"\x01" * 10)
    assert _holds(tmp_path / "file", b"canary-1") and not _holds(tmp_path / "file", b"canary-2")


@pytest.mark.parametrize(
    ("uuids", "found"),
    [
        *((["CRYPT-" + kind], "dm-crypt") for kind in ("LUKS1-x", "PLAIN-x", "TCRYPT-x", "BITLK-x", "LOOPAES-x", "FVAULT2-x")),
        (["CRYPT-VERITY-x"], ""),
        (["CRYPT-INTEGRITY-x"], ""),
        (["CRYPT-SUBDEV-x"], ""),
        (["CRYPT-LUKS3-x"], ""),
        (["CRYPT-VERITY-x", "CRYPT-LUKS2-x"], "dm-crypt"),
        (["CRYPT-"], ""),
        (["LUKS2-x"], ""),
        (["CRYPT-LUKS2-x"], "dm-crypt"),
        (["LVM-x"], ""),
        (["LVM-x", "CRYPT-LUKS1-x"], "dm-crypt"),
        (["LVM-x", ""], ""),
    ],
)
def test_a_volume_is_encrypted_when_everything_below_it_is(world, uuids, found):
    system = kernel(world, uuids[0])
    device = system / "sys/devices/dm-0"
    for number, uuid in enumerate(uuids[1:], 1):
        below = system / f"sys/devices/dm-{number}"
        (below / "dm").mkdir(parents=True)
        if uuid:
            (below / "dm/uuid").write_text(uuid)
        (device / "slaves").mkdir(exist_ok=True)
        (device / "slaves" / below.name).symlink_to(below)
    assert encrypted_volume(world.store.home.root, system=system) == found


def test_a_machine_that_shows_nothing_has_no_encrypted_volume(world, tmp_path):
    assert encrypted_volume(world.store.home.root, system=tmp_path / "nothing") == ""
