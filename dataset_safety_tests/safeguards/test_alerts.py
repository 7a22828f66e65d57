"""Alerts become records, travel with a nonce, and are closed by somebody who says what was done (8.1 b 2)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from dataset_safety import clock
from dataset_safety.safeguards.alerts import (
    WEBHOOK_VARIABLE,
    UnknownAlert,
    alerts,
    as_they_stand,
    close_alert,
    raise_alert,
    send,
    webhook,
)
from dataset_safety.safeguards.errors import StatementRefused
from dataset_safety.safeguards.monitors import watch
from dataset_safety.safeguards.probes.receiver import loopback_receiver
from dataset_safety.store.artifacts import Evidence
from dataset_safety_tests.safeguards.probes.deployments import silent_receiver
from dataset_safety_tests.safeguards.probes.servers import free_port


def on_record(store):
    with store.database.read() as connection:
        return alerts(connection)


def test_an_alert_arrives_with_ids_and_values_only(store):
    with loopback_receiver() as (address, messages):
        made, delivery = raise_alert(store, "exposed_files", "home", "2 files can be reached", url=address)
    assert delivery.sent and delivery.echoed
    (message,) = messages
    assert message.pop("nonce")
    assert message == {
        "kind": "defect", "alert": made.alert, "monitor": "exposed_files", "subject": "home", "what": "2 files can be reached",
    }  # fmt: skip


def test_a_receiver_that_does_not_answer_with_the_nonce_proves_nothing(store):
    with silent_receiver() as address:
        _, delivery = raise_alert(store, "exposed_files", "home", "a file", url=address)
    assert (delivery.sent, delivery.echoed) == (True, False)


def test_an_alert_that_cannot_be_sent_is_still_a_record(store):
    made, delivery = raise_alert(store, "exposed_files", "home", "a file", url=f"http://127.0.0.1:{free_port()}/")
    assert not delivery.sent
    assert [(one.alert, one.open) for one in on_record(store)] == [(made.alert, True)]


def test_an_open_alert_that_did_not_arrive_is_sent_again_until_it_does(store):
    lost, _ = raise_alert(store, "exposed_files", "home", "a file", url=f"http://127.0.0.1:{free_port()}/")
    closed, _ = raise_alert(store, "failed_run", "run", "a run failed")
    close_alert(store, closed.alert, action="started again", by="chen")
    watch(store)
    watch(store, url=f"http://127.0.0.1:{free_port()}/")
    assert [one.delivered for one in on_record(store)] == [False, False]
    with loopback_receiver() as (address, messages):
        watch(store, url=address)
        watch(store, url=address)
    assert [message["alert"] for message in messages] == [lost.alert]
    assert [(one.alert, one.open, one.delivered) for one in on_record(store)] == [
        (lost.alert, True, True), (closed.alert, False, False),
    ]  # fmt: skip


def test_a_canary_says_that_it_is_one(store):
    store.home.root.chmod(0o755)
    with loopback_receiver() as (address, messages):
        watch(store, url=address, canary=True)
    assert [message["canary"] for message in messages] == [True]


def test_without_a_webhook_nothing_is_sent(monkeypatch):
    monkeypatch.setenv(WEBHOOK_VARIABLE, "file:///etc/passwd")
    assert webhook() == "" and not send("defect", {}).sent


def test_handling_names_an_action_and_a_person_and_closes_once(store):
    made, _ = raise_alert(store, "damaged_objects", "a" * 64, "an object is missing")
    for action, by in (("", "chen"), ("restored", " "), ("restored", "c" * 65), ("restored", "chen\x00"), ("r" * 4001, "chen")):
        with pytest.raises(StatementRefused):
            close_alert(store, made.alert, action=action, by=by)
    with clock.fixed(clock.now() + timedelta(hours=5)):
        close_alert(store, made.alert[:6], action="restored from the backup", by="chen")
    (closed,) = on_record(store)
    assert (closed.action, closed.by, closed.open) == ("restored from the backup", "chen", False)
    assert round(closed.open_days(clock.now()) * 24) == 5
    with pytest.raises(UnknownAlert):
        close_alert(store, made.alert, action="again", by="chen")
    with pytest.raises(UnknownAlert):
        close_alert(store, "", action="all", by="chen")


@pytest.mark.parametrize(
    "handled", [{"action": "done"}, {"action": "", "by": "chen"}, {"action": 1, "by": "chen"}, {"action": "done", "by": ["chen"]}]
)
def test_a_stored_handling_without_action_or_name_closes_nothing(handled):
    at = clock.now().isoformat()
    rows = [
        Evidence("alert", "8.1.b.2", "a1", {"monitor": "m", "subject": "s", "observed": "o"}, at),
        Evidence("alert_handling", "8.1.b.2", "a1", handled, at),
        Evidence("alert_handling", "8.1.b.2", "unknown", {"action": "done", "by": "chen"}, at),
        Evidence("alert", "8.1.b.2", "a2", {}, "no moment"),
    ]
    assert [(one.alert, one.open) for one in as_they_stand(rows)] == [("a1", True)]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 5000, b'"text"'])
def test_the_receiver_refuses_what_is_no_message(body):
    with loopback_receiver() as (address, messages):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address, body, timeout=10)
        refused.value.close()
        assert json.loads(urllib.request.urlopen(address, b'{"nonce": "n"}', timeout=10).read()) == {"nonce": "n"}
    assert messages == [{"nonce": "n"}]
