"""Alerts and their handling (5 b, 8.1 b 2): raised as records, sent to a webhook, closed by a person with an action.

What is sent holds ids, counts and values only. Each message carries a nonce; a receiver that answers with it proves that
the alert arrived at something that read it.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http.client import HTTPException
from typing import Any, ClassVar

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.safeguards.stated import person, words
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.facade import Store

CLAUSE = "8.1.b.2"
RAISED, HANDLED, DELIVERED = "alert", "alert_handling", "alert_delivery"
WEBHOOK_VARIABLE = "DATASET_SAFETY_ALERT_WEBHOOK"
TIMEOUT = 10
LONGEST_ANSWER = 64 << 10

log = logging.getLogger(__name__)


class UnknownAlert(DatasetSafetyError):
    """No open alert has this id."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message: whether a receiver took it, and whether it answered with the nonce."""

    sent: bool
    echoed: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands now; ``closed_at`` is empty while it is open. Moments are UTC (ISO 8601).

    ``delivered``: a receiver took its message.
    """

    alert: str
    monitor: str
    subject: str
    what: str
    raised_at: str
    action: str = ""
    by: str = ""
    closed_at: str = ""
    delivered: bool = False

    @property
    def open(self) -> bool:
        """Whether nobody has handled it yet."""
        return not self.closed_at

    def open_days(self, now: datetime) -> float:
        """How long it has been open, or was until it was closed, in days."""
        until = datetime.fromisoformat(self.closed_at) if self.closed_at else now
        return (until - datetime.fromisoformat(self.raised_at)).total_seconds() / 86400


def webhook() -> str:
    """The configured webhook; empty when none is."""
    url = os.environ.get(WEBHOOK_VARIABLE, "")
    return url if url.startswith(("http://", "https://")) else ""


def send(kind: str, facts: Mapping[str, object], *, url: str = "") -> Delivery:
    """POST one JSON object to the webhook (``url``, or the configured one); errors of the network are the caller's."""
    address = url or webhook()
    if not address:
        return Delivery(False)
    nonce = secrets.token_hex(16)
    body = json.dumps({"kind": kind, "nonce": nonce, **facts}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        return Delivery(bool(200 <= answer.status < 300), nonce.encode() in answer.read(LONGEST_ANSWER))


def raise_alert(
    store: Store, monitor: str, subject: str, what: str, *, url: str = "", canary: bool = False
) -> tuple[Alert, Delivery]:
    """Record an alert and send it; a receiver that cannot be reached leaves the record, which says so.

    The message about what a probe planted (``canary``) says that it is one.
    """
    now = clock.now().isoformat()
    made = Alert(digest_of([monitor, subject, now, secrets.token_hex(8)])[:12], monitor, subject[:200], what, now)
    delivery = _sent(made, url, canary)
    content = {
        "alert": made.alert, "monitor": monitor, "subject": made.subject, "observed": what, "scope": f"{monitor} {made.subject}",
        "delivered": delivery.sent, "echoed": delivery.echoed,
    }  # fmt: skip
    with store.database.write() as connection:
        save_evidence(connection, Evidence(RAISED, CLAUSE, made.alert, content, now))
    return replace(made, delivered=delivery.sent), delivery


def send_again(store: Store, *, url: str = "") -> None:
    """Send the open alerts that no receiver took yet, and record those that arrive now; without a receiver nothing is done."""
    if not (url or webhook()):
        return
    with store.database.read() as connection:
        waiting = [one for one in alerts(connection) if one.open and not one.delivered]
    for one in waiting:
        delivery = _sent(one, url, False)
        if delivery.sent:
            content = {"alert": one.alert, "delivered": True, "echoed": delivery.echoed, "scope": f"{one.monitor} {one.subject}"}
            with store.database.write() as connection:
                save_evidence(connection, Evidence(DELIVERED, CLAUSE, one.alert, content, clock.now().isoformat()))


def _sent(alert: Alert, url: str, canary: bool) -> Delivery:
    facts: dict[str, object] = {"alert": alert.alert, "monitor": alert.monitor, "subject": alert.subject, "what": alert.what}
    try:
        return send("defect", facts | ({"canary": True} if canary else {}), url=url)
    except (OSError, HTTPException, ValueError) as error:
        log.warning("alert %s could not be sent (%s)", alert.alert, type(error).__name__)
        return Delivery(False)


def close_alert(store: Store, alert: str, *, action: str, by: str) -> Alert:
    """Record what was done about an open alert and by whom."""
    action, by = words(action, "the action"), person(by)
    with store.database.write() as connection:
        fitting = [one for one in alerts(connection) if one.open and one.alert.startswith(alert)] if alert else []
        if len(fitting) != 1:
            hint = "`dataset-safety probe alert list` shows the open ones."
            raise UnknownAlert(f"{len(fitting)} open alerts have the id {alert[:16]!r}", hint=hint, alert=alert)
        found, now = fitting[0], clock.now().isoformat()
        content = {"alert": found.alert, "result": "closed with an action", "action": action, "by": by}
        save_evidence(connection, Evidence(HANDLED, CLAUSE, found.alert, content, now))
    return replace(found, action=action, by=by, closed_at=now)


def alerts(connection: Connection) -> list[Alert]:
    """Every alert on record, oldest first."""
    return as_they_stand(evidence_for(connection, CLAUSE))


def as_they_stand(rows: Iterable[Evidence]) -> list[Alert]:
    """The alerts among these rows, with their handling; rows that are none, or close nothing, are passed over."""
    found: dict[str, Alert] = {}
    for row in rows:
        content = row.content
        if row.kind == RAISED and _moment(row.collected_at):
            monitor, subject, what = (str(content.get(name, "")) for name in ("monitor", "subject", "observed"))
            delivered = content.get("delivered") is True
            found[row.subject] = Alert(row.subject, monitor, subject, what, row.collected_at, delivered=delivered)
        elif row.kind == DELIVERED and row.subject in found:
            found[row.subject] = replace(found[row.subject], delivered=content.get("delivered") is True)
        elif row.kind == HANDLED and row.subject in found and _moment(row.collected_at):
            one, action, by = found[row.subject], _stated(content, "action"), _stated(content, "by")
            if one.open and action and by:
                found[row.subject] = replace(one, action=action, by=by, closed_at=row.collected_at)
    return list(found.values())


def _stated(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value.strip() if isinstance(value, str) else ""


def _moment(stated: str) -> bool:
    try:
        return datetime.fromisoformat(stated).tzinfo is not None
    except ValueError:
        return False
