"""A backup proves itself by being restored (8.1 b 3)."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import pytest

from dataset_safety import clock
from dataset_safety.safeguards.backup import MANIFEST, create_backup, read_manifest
from dataset_safety.safeguards.encryption import rotate, switch_on
from dataset_safety.safeguards.places import BACKUP, remembered
from dataset_safety.safeguards.probes.backups import DamageNoticed, Restore
from dataset_safety.safeguards.probes.contract import Kind, Result
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import Artifact
from dataset_safety.store.facade import open_store
from dataset_safety_tests.safeguards.probes.deployments import World, backed_up, damage

STORES = (Kind.DATABASE_FILE, Kind.OBJECTS, Kind.KEYS)


@pytest.mark.parametrize("kind", STORES)
def test_each_store_comes_back(world, kind):
    seen = Restore().run(world.target(kind, backup=backed_up(world)))
    assert seen.result is Result.PASSED
    assert seen.facts["other_device"] is False and "same device" in seen.observed


def test_the_newest_of_several_backups_counts(world):
    place = backed_up(world)
    with clock.fixed(clock.now() + timedelta(days=30)):
        assert Restore().run(world.target(Kind.KEYS, backup=world.folder)).result is Result.FAILED
        create_backup(world.store.home, world.folder / "later")
        assert Restore().run(world.target(Kind.KEYS, backup=world.folder)).result is Result.PASSED
    assert remembered(world.store.home, BACKUP) == (world.folder / "later").resolve() and place.is_dir()


@pytest.mark.parametrize("kind", STORES)
def test_a_backup_that_is_too_old_fails(world, kind):
    place = backed_up(world)
    with clock.fixed(clock.now() + timedelta(days=8)):
        seen = Restore().run(world.target(kind, backup=place))
    assert seen.result is Result.FAILED and "days old" in seen.observed


def test_a_key_that_was_made_since_fails(world):
    place = backed_up(world)
    world.store.home.key("another")
    assert Restore().run(world.target(Kind.KEYS, backup=place)).result is Result.FAILED


def test_the_backup_of_another_deployment_fails(world):
    with open_store(world.folder / "other") as other:
        place = backed_up(World(other, world.folder, world.patch))
    assert Restore().run(world.target(Kind.DATABASE_FILE, backup=place)).result is Result.FAILED


def test_damaged_and_lost_objects_fail(world):
    place = backed_up(world)
    objects = [path for path in (place / "objects").rglob("*") if path.is_file()]
    damage(objects[0])
    objects[1].unlink()
    assert Restore().run(world.target(Kind.OBJECTS, backup=place)).result is Result.FAILED
    seen = DamageNoticed().run(world.target(Kind.BACKUP, backup=place))
    assert (seen.result, seen.facts["damaged"]) == (Result.FAILED, 2)


def test_a_moment_that_lies_ahead_is_not_young(world):
    with clock.fixed(clock.now() + timedelta(days=300)):
        place = backed_up(world)
    seen = Restore().run(world.target(Kind.KEYS, backup=place))
    assert seen.result is Result.FAILED and "lies ahead" in seen.observed


def test_an_object_that_the_database_names_and_the_backup_never_held_fails(world):
    digest = world.store.objects.publish_bytes(b"lost before the backup")
    with world.store.database.write() as connection:
        artifacts.save(connection, Artifact("test", digest, {}, digest))
    world.store.objects.path(digest).unlink()
    seen = Restore().run(world.target(Kind.OBJECTS, backup=backed_up(world)))
    assert seen.result is Result.FAILED and "1 of 4 objects" in seen.observed


def test_objects_whose_hashes_agree_with_the_manifest_and_not_with_their_names_fail(world):
    place = backed_up(world)
    for path in (place / "objects").glob("*/*"):
        damage(path)
    files = {**read_manifest(place)[1]}
    files |= {name: sha256((place / name).read_bytes()).hexdigest() for name in files if name.startswith("objects/")}
    (place / MANIFEST).write_text(json.dumps({"made_at": clock.now().isoformat(), "files": files}))
    seen = Restore().run(world.target(Kind.OBJECTS, backup=place))
    assert seen.result is Result.FAILED and "3 of 3" in seen.observed


@pytest.mark.parametrize("changes", [[switch_on], [switch_on, rotate]])
def test_encryption_that_was_switched_on_or_changed_since_the_backup_is_no_difference(world, changes):
    place = backed_up(world)
    for change in changes:
        change(world.store.home)
    with open_store(world.store.home.root) as store:
        now = World(store, world.folder, world.patch)
        assert Restore().run(now.target(Kind.OBJECTS, backup=place)).result is Result.PASSED
        create_backup(store.home, world.folder / "sealed")
        rotate(store.home)
        assert Restore().run(now.target(Kind.OBJECTS, backup=world.folder / "sealed")).result is Result.PASSED


@pytest.mark.parametrize(
    "manifest", [None, "{", "[]", '{"made_at": "yesterday", "files": {}}', '{"made_at": "2026-01-01", "files": {}}']
)
def test_a_place_without_a_readable_backup_could_not_be_probed(world, manifest):
    (world.folder / "place").mkdir()
    if manifest is not None:
        (world.folder / "place" / "manifest.json").write_text(manifest)
    target = world.target(Kind.BACKUP, backup=world.folder / "place")
    assert DamageNoticed().run(target).result is Result.COULD_NOT_RUN
