"""TLS where a connection leaves the machine, and proof where it does not (8.1 b 3)."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import make_url

from dataset_safety.safeguards.probes.contract import Kind, Result
from dataset_safety.safeguards.probes.transit import DatabaseInTransit, WebInTransit, listening
from dataset_safety.store.facade import open_store
from dataset_safety.store.servers import host_of
from dataset_safety_tests.safeguards.probes.deployments import World, on_postgresql, own_address, with_tls
from dataset_safety_tests.safeguards.probes.servers import anybody, served


@pytest.mark.parametrize(("trusted", "days", "result"), [(True, 60, "passed"), (True, 3, "failed"), (False, 60, "failed")])
def test_a_certificate_has_to_be_trusted_and_to_last(world, trusted, days, result):
    with with_tls(world, trusted=trusted, days=days) as target:
        assert WebInTransit().run(target).result.value == result


def test_an_address_without_a_host_goes_where_the_environment_says(world):
    with on_postgresql(world, "scram-sha-256", host=own_address()) as target:
        url = make_url(target.store.database.url)
        world.patch.setenv("PGHOST", url.host)
        world.patch.setenv("PGPASSWORD", url.password)
        nowhere = f"postgresql+psycopg://safety@:{url.port}/postgres"
        assert host_of(nowhere) == url.host
        world.patch.setenv("DATASET_SAFETY_DATABASE_URL", nowhere)
        with open_store(world.folder / "named by the environment") as store:
            found = World(store, world.folder, world.patch).target(Kind.DATABASE_SERVER)
            assert DatabaseInTransit().run(found).result is Result.FAILED


def test_plain_http_on_loopback_is_stated_as_such(world):
    with served(anybody()) as address:
        seen = WebInTransit().run(world.web(address))
    assert seen.result is Result.PASSED and seen.observed.startswith("loopback only")


def test_plain_http_beyond_loopback_fails(world):
    assert WebInTransit().run(world.web(f"http://{own_address()}:80")).result is Result.FAILED


@pytest.mark.parametrize(
    ("family", "host", "shown"), [(socket.AF_INET, "127.0.0.1", "127.0.0.1"), (socket.AF_INET6, "::1", "::1")]
)
def test_the_kernel_says_what_a_port_listens_on(family, host, shown):
    with socket.socket(family) as one:
        one.bind((host, 0))
        one.listen()
        assert list(listening(one.getsockname()[1])) == [shown]
    with socket.socket() as every:
        every.bind(("0.0.0.0", 0))
        every.listen()
        assert list(listening(every.getsockname()[1])) == ["0.0.0.0"]
