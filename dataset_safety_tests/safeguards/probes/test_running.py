"""What is probed and what is kept of it: the inventory, one row an observation, nothing secret."""

from __future__ import annotations

import json

import pytest

from dataset_safety.errors import ConfigurationError
from dataset_safety.safeguards.alerts import alerts
from dataset_safety.safeguards.errors import StatementRefused
from dataset_safety.safeguards.probes import inventory
from dataset_safety.safeguards.probes.contract import Family, Kind, Result, place_of
from dataset_safety.safeguards.probes.registry import PROBES
from dataset_safety.safeguards.probes.running import _recorded, coverage, deployment, newest, on_record, run_probes
from dataset_safety.store import artifacts, releases
from dataset_safety.store.artifacts import Evidence, evidence_for
from dataset_safety.store.facade import open_store
from dataset_safety_tests.safeguards.probes.deployments import backed_up, review_page
from dataset_safety_tests.safeguards.probes.servers import anybody, dagster_webserver, free_port, graphql, served

LOCAL = [Family.ACCESS, Family.ENCRYPTION, Family.BACKUP, Family.LOG]


def rows(store, clause="8.1.b.3"):
    with store.database.read() as connection:
        return evidence_for(connection, clause)


def test_every_pair_of_place_and_probe_is_observed_and_recorded(world):
    place = backed_up(world)
    seen = run_probes(deployment(world.store, backup=place), LOCAL)
    places, last = on_record(world.store)
    assert set(places.values()) == {Kind.HOME, Kind.DATABASE_FILE, Kind.OBJECTS, Kind.KEYS, Kind.DAGSTER_HOME, Kind.BACKUP}
    for one in coverage(places, last):
        assert one.asked == (sum(found.family is one.family for found in seen) if one.family in LOCAL else one.asked)
    assert {(found.place, found.probe) for found in seen} == set(last)
    assert len(seen) == sum(kind in probe.applies for probe in PROBES if probe.family in LOCAL for kind in places.values())


def test_a_server_of_an_earlier_inventory_stays_until_somebody_retires_it(world):
    with served(graphql("secret")) as address:
        run_probes(deployment(world.store, stated={address: Kind.DAGSTER_WEB}), [Family.AUTHENTICATION])
    _, last = on_record(world.store)
    assert last[address, "dagster_login"].result is Result.PASSED
    (off,) = run_probes(deployment(world.store), [Family.AUTHENTICATION])
    assert (off.place, off.result) == (address, Result.COULD_NOT_RUN)
    assert inventory.retire(world.store, address, reason="moved", by="chen") == address
    assert run_probes(deployment(world.store), [Family.AUTHENTICATION]) == []
    with pytest.raises(ConfigurationError):
        inventory.retire(world.store, address, reason="again", by="chen")


def test_servers_are_left_alone_when_only_local_probes_run(world):
    found = deployment(world.store, stated={f"http://127.0.0.1:{free_port()}": Kind.DAGSTER_WEB})
    assert run_probes(found, [Family.AUTHENTICATION], servers=False) == []
    assert Kind.DAGSTER_WEB in on_record(world.store)[0].values()


def test_what_listens_on_a_usual_port_is_inventoried(world):
    with served(graphql("secret")) as address:
        port = int(address.rsplit(":", 1)[1])
        found = inventory.addresses(world.store, {}, {port: Kind.DAGSTER_WEB, free_port(): Kind.REVIEW_PAGE})
    assert found == {address: Kind.DAGSTER_WEB}


def test_what_is_not_recognised_on_a_usual_port_is_not_taken_for_dagster_nor_for_the_review_page(world):
    with served(anybody()) as address:
        port = int(address.rsplit(":", 1)[1])
        assert inventory.addresses(world.store, {}, {port: Kind.DAGSTER_WEB}) == {}
        assert inventory.addresses(world.store, {}, {port: Kind.REVIEW_PAGE}) == {}


def test_the_real_servers_are_recognised_on_their_usual_ports(world):
    with dagster_webserver(world.folder / "dagster") as dagster, review_page(world) as page:
        ports = {int(dagster.rsplit(":", 1)[1]): Kind.DAGSTER_WEB, int(page.rsplit(":", 1)[1]): Kind.REVIEW_PAGE}
        assert set(inventory.addresses(world.store, {}, ports).values()) == {Kind.DAGSTER_WEB, Kind.REVIEW_PAGE}


def test_a_usual_port_that_was_retired_stays_out_until_it_is_stated(world):
    with served(graphql("secret")) as address:
        usual = {int(address.rsplit(":", 1)[1]): Kind.DAGSTER_WEB}
        run_probes(deployment(world.store, usual=usual), [Family.AUTHENTICATION])
        inventory.retire(world.store, address, reason="of somebody else", by="chen")
        assert inventory.addresses(world.store, {}, usual) == {}
        assert inventory.addresses(world.store, {address: Kind.DAGSTER_WEB}, usual) == {address: Kind.DAGSTER_WEB}


@pytest.mark.parametrize(("reason", "by"), [("", "chen"), ("gone", " "), ("gone", "a" * 65)])
def test_a_server_is_retired_with_a_reason_and_by_a_person(world, reason, by):
    with pytest.raises(StatementRefused):
        inventory.retire(world.store, "http://127.0.0.1:3000", reason=reason, by=by, never=Kind.DAGSTER_WEB)


@pytest.mark.parametrize("address", ["ftp://chen:secret@host", "chen:secret@host:80", "http://chen:secret@host:notaport"])
def test_what_is_no_web_address_is_refused_and_not_repeated(world, address):
    with pytest.raises(ConfigurationError, match=r"^(?!.*secret)"):
        deployment(world.store, stated={address: Kind.DAGSTER_WEB})


def test_user_password_and_query_of_an_address_are_never_kept():
    assert place_of("https://chen:secret@host.example/dagster/?token=secret") == "https://host.example:443/dagster"
    assert place_of("http://[::1]:3000/") == "http://[::1]:3000"


def test_records_hold_no_secret_and_no_path_of_this_machine(world):
    place = backed_up(world)
    token = "a-token-that-nobody-may-see"
    address = f"http://127.0.0.1:{free_port()}"
    run_probes(
        deployment(
            world.store, stated={address: Kind.REVIEW_PAGE}, backup=place, checkpoints=world.folder / "second", viewer_token=token
        ),
        list(Family),
    )
    kept = json.dumps([dict(row.content) for clause in ("8.1.b.2", "8.1.b.3", "8.1.b.5") for row in rows(world.store, clause)])
    keys = [path.read_bytes().hex() for path in world.store.home.keys.glob("*.key")]
    assert token not in kept and str(world.folder) not in kept and not any(key in kept for key in keys)


class Breaking:
    name, family, expects, applies = "breaking", Family.ACCESS, "nothing", frozenset({Kind.HOME})

    def run(self, target):
        raise RuntimeError("with a secret in its message")


def test_a_probe_that_breaks_could_not_run_and_does_not_stop_the_others(world, caplog):
    broken = _recorded(deployment(world.store), Breaking(), world.target(Kind.HOME).place)
    assert broken.result is Result.COULD_NOT_RUN
    assert "breaking broke (RuntimeError)" in caplog.text and "secret" not in caplog.text
    assert "secret" not in json.dumps(dict(rows(world.store)[-1].content))


@pytest.mark.parametrize(
    "content",
    [{}, {"family": "access"}, {"family": 7, "result": None},
     {"family": "access", "probe": "p", "place": "home", "result": "fine"},
     {"family": "monitoring", "probe": "p", "place": "home", "result": "passed"},
     {"family": "access", "probe": "p", "place": "home", "result": "passed", "facts": 3}],
)  # fmt: skip
def test_rows_that_are_no_observation_are_passed_over(content):
    assert newest([Evidence("probe", "8.1.b.3", "home", content, "2026-11-30T00:00:00+00:00")]) == {}


def test_a_moment_without_a_zone_is_no_observation():
    content = {"family": "access", "probe": "p", "place": "home", "result": "passed"}
    assert newest([Evidence("probe", "8.1.b.3", "home", content, "2026-11-30T00:00:00")]) == {}
    assert len(newest([Evidence("probe", "8.1.b.3", "home", content, "2026-11-30T00:00:00+00:00")])) == 1


def test_the_sandbox_is_never_the_database_of_the_deployment(tmp_path, monkeypatch):
    monkeypatch.setenv("DATASET_SAFETY_DATABASE_URL", f"sqlite:///{tmp_path / 'deployment.db'}")
    with open_store(tmp_path / "home") as store:
        seen = run_probes(deployment(store), [Family.MONITORING])
        with store.database.read() as connection:
            assert releases.listing(connection) == [] and artifacts.versions(connection, "canary") == []
            assert alerts(connection) == []
    assert [one.result for one in seen] == [Result.PASSED] * 4 + [Result.COULD_NOT_RUN]
