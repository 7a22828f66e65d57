"""The audit log is a chain: every change of an event, of their order or of their number inside it shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.store import audit


def _fill(store, n):
    for number in range(n):
        with store.database.write() as connection:
            audit.append(connection, "test", f"subject {number}", number=number)


def _state(store):
    with store.database.read() as connection:
        return verify_chain(connection)


def test_an_untouched_chain_verifies(store):
    _fill(store, 5)
    assert _state(store).intact
    assert _state(store).events == 5


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_event SET detail = '{}' WHERE seq = 3",
        "DELETE FROM audit_event WHERE seq = 3",
        "UPDATE audit_event SET subject = 'subject 9' WHERE seq = 5",
        "UPDATE audit_event SET actor = 'somebody' WHERE seq = 1",
    ],
)
def test_an_attack_that_got_past_the_triggers_is_noticed(store, attack):
    _fill(store, 5)
    with store.database.write() as connection:
        for verb in ("update", "delete"):
            on = " ON audit_event" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER audit_event_no_{verb}{on}"))
        connection.execute(text(attack))
    assert not _state(store).intact


def test_concurrent_writers_make_one_chain_without_gaps(store):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _fill(store, 8), range(4)))
    assert _state(store).intact
    assert _state(store).events == 32
