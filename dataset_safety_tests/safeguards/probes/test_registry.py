"""Every probe passes on a good deployment and fails on a broken one; none passes where it could not act."""

from __future__ import annotations

import os

import pytest

from dataset_safety.safeguards.monitors import MONITORS
from dataset_safety.safeguards.probes.canaries import CANARIES
from dataset_safety.safeguards.probes.contract import Deployment, Family, Kind, Place, Result, Target
from dataset_safety.safeguards.probes.registry import PROBES, required
from dataset_safety_tests.safeguards.probes.deployments import BROKEN, BY_NAME, GOOD
from dataset_safety_tests.safeguards.probes.servers import free_port

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")
NAMES = [pytest.param(name, marks=root) if name == "unprivileged_account" else name for name in BY_NAME]


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_passes_on_a_good_deployment(name, world):
    with GOOD[name](world) as target:
        seen = BY_NAME[name].run(target)
    assert seen.result is Result.PASSED, seen.observed
    assert seen.remedy == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_fails_on_a_broken_deployment_and_says_what_to_do(name, world):
    with BROKEN[name](world) as target:
        seen = BY_NAME[name].run(target)
    assert seen.result is Result.FAILED, seen.observed
    assert ": " in seen.remedy and ";" not in seen.remedy


def test_every_probe_has_a_good_and_a_broken_deployment():
    assert GOOD.keys() == BROKEN.keys() == {probe.name for probe in PROBES}
    assert len({probe.name for probe in PROBES}) == len(PROBES)


def test_every_monitor_has_a_canary():
    assert {one.monitor for one in CANARIES} == {monitor.name for monitor in MONITORS}


def test_every_family_has_a_probe_for_each_kind_of_place_that_it_protects():
    places = {kind.value: kind for kind in Kind}
    covered = {family: {place for place, _ in required(family, places)} for family in Family}
    assert covered[Family.AUTHENTICATION] == {"database server", "dagster webserver", "review page"}
    assert covered[Family.ACCESS] >= {
        "home",
        "database file",
        "objects",
        "keys",
        "dagster home",
        "exports",
        "backup",
        "review page",
    }
    assert covered[Family.ENCRYPTION] >= {"database file", "database server", "objects", "exports", "backup"}
    assert covered[Family.BACKUP] == {"database file", "database server", "objects", "keys", "backup"}


NOWHERE = ("dagster_login", "review_login", "review_roles", "web_in_transit")


@pytest.mark.parametrize("name", NOWHERE)
def test_a_server_that_is_switched_off_could_not_be_probed(name, world):
    address = f"http://127.0.0.1:{free_port()}"
    kind = next(iter(BY_NAME[name].applies))
    target = Target(Deployment(world.store, {address: kind}, viewer_token="some token"), Place(address, kind, None, address))
    assert BY_NAME[name].run(target).result is Result.COULD_NOT_RUN


@pytest.mark.parametrize(
    ("name", "kind"), [("restore", Kind.OBJECTS), ("checkpoints", Kind.DATABASE_FILE), ("alert_delivery", Kind.HOME)]
)
def test_what_nobody_has_set_up_could_not_be_probed(name, kind, world):
    assert BY_NAME[name].run(world.target(kind)).result is Result.COULD_NOT_RUN


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith("canary_")])
def test_without_a_webhook_a_canary_is_received_by_the_probe_itself(name, world):
    seen = BY_NAME[name].run(world.target(Kind.HOME))
    assert (seen.result, seen.facts["receiver"]) == (Result.PASSED, "the probe's own")


def test_what_is_recorded_holds_no_token(world):
    token = "secret-of-a-viewer"
    assert token not in repr(Deployment(world.store, viewer_token=token))
