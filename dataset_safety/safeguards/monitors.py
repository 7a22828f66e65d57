"""Monitors of the data (5 b, 8.1 b 2): each looks for one kind of defect; what is new becomes an alert.

They run on a real home and, unchanged, on the sandbox into which a probe plants a defect.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.collection.agreements import agreement_bar
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.records import Outcome
from dataset_safety.safeguards.alerts import CLAUSE, Alert, Delivery, alerts, close_alert, raise_alert, send_again
from dataset_safety.safeguards.exposure import exposed
from dataset_safety.standard import Stage
from dataset_safety.store import corpora, releases
from dataset_safety.store.artifacts import Evidence, save_evidence
from dataset_safety.store.errors import ObjectDamaged, ObjectMissing
from dataset_safety.store.facade import Store
from dataset_safety.store.references import referenced_objects
from dataset_safety.usage.sources import recorded_source

RUN = "monitor_run"
OBJECTS_AT_ONCE = 5000
"""Objects that are hashed in one round; of more, as many are chosen at random."""
TOOL = "dataset-safety"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Defect:
    """Something that a monitor found. ``handled`` says what the workflow itself did about it already, if it did."""

    subject: str
    what: str
    handled: str = ""


@dataclass(frozen=True, slots=True)
class Monitor:
    """``repeats``: the defect can be repaired, so that it is told again when its alert was closed and it is still there."""

    name: str
    looks_for: str
    look: Callable[[Store], Iterator[Defect]]
    repeats: bool = True


@dataclass(frozen=True, slots=True)
class Watched:
    """One round of all monitors: what was told now, with its delivery, and how many defects there are altogether."""

    raised: Sequence[tuple[Alert, Delivery]]
    defects: Mapping[str, int]


def watch(store: Store, *, url: str = "", canary: bool = False) -> Watched:
    """Run every monitor once, raise alerts about what is new, and record that they ran.

    Open alerts that did not arrive are sent again. ``canary``: what there is to find was planted, and the messages say so.
    """
    send_again(store, url=url)
    raised, counts = [], {}
    for monitor in MONITORS:
        try:
            found = list(monitor.look(store))
        except (DatasetSafetyError, OSError) as error:  # it has not run, and the record of this round says so by not naming it
            log.warning("monitor %s could not run (%s)", monitor.name, type(error).__name__)
            continue
        counts[monitor.name] = len(found)
        with store.database.read() as connection:
            told = _told(connection, monitor)
        for defect in found:
            if defect.subject[:200] in told:
                continue
            alert, delivery = raise_alert(store, monitor.name, defect.subject, defect.what, url=url, canary=canary)
            raised.append((alert, delivery))
            if defect.handled:
                close_alert(store, alert.alert, action=defect.handled, by=TOOL)
    stated = ", ".join(f"{name} {count}" for name, count in counts.items())
    content = {"monitors": counts, "observed": f"defects: {stated}", "scope": "all monitors"}
    with store.database.write() as connection:
        save_evidence(connection, Evidence(RUN, CLAUSE, "monitors", content, clock.now().isoformat()))
    return Watched(raised, counts)


def _told(connection: Connection, monitor: Monitor) -> set[str]:
    """Subjects that need no further alert: one is open, or one was closed and the defect is of a kind that stays."""
    return {one.subject for one in alerts(connection) if one.monitor == monitor.name and (one.open or not monitor.repeats)}


def _damaged_objects(store: Store) -> Iterator[Defect]:
    with store.database.read() as connection:
        names = sorted(referenced_objects(connection))
    for name in random.sample(names, min(len(names), OBJECTS_AT_ONCE)):
        try:
            store.objects.read_bytes(name)
        except ObjectMissing:
            yield Defect(name, "a stored object is missing")
        except ObjectDamaged:
            yield Defect(name, "a stored object does not have the bytes that its name promises")


def _exposed_files(store: Store) -> Iterator[Defect]:
    reachable = [one.name for one in exposed(store.home.root)]
    if reachable:
        yield Defect("home", f"{len(reachable)} files or folders of the home can be reached by other accounts")


def _expired_agreements(store: Store) -> Iterator[Defect]:
    for stage in Stage:
        with store.database.read() as connection:
            release = releases.latest(connection, stage)
        for source_id in release.sources if release else ():
            bar = agreement_bar(recorded_source(release, source_id), clock.today()) if release else ""
            if bar:
                yield Defect(f"{stage.value}/{source_id} {bar}", "the agreement of a source does not permit training today")


def _risk_content(store: Store) -> Iterator[Defect]:
    """Once for what a filter made of a release: rejected samples, and whether the filter took all of them out of use."""
    for stage in Stage:
        with store.database.read() as connection:
            release = releases.latest(connection, stage)
            corpus = corpora.latest(connection, release.release_id) if release else None
        if release is None or corpus is None:
            continue
        rejected = in_use = 0
        for part in corpus.parts:
            labels = store.objects.read_frame(part.labels, columns=["sample_id", "outcome"])
            bad = labels.filter(labels["outcome"] == Outcome.REJECT.value)["sample_id"]
            rejected += len(bad)
            if len(bad):
                kept = store.objects.read_frame(part.kept_object, columns=["sample_id"])["sample_id"]
                in_use += int(bad.is_in(kept.to_list()).sum())
        if rejected:
            handled = "" if in_use else f"the filter took all {rejected} samples out of use (6.3 d)"
            subject = f"{stage.value} {release.short} {corpus.population[:12]}"
            yield Defect(subject, f"{rejected} samples hold risk content, {in_use} of them in use", handled)


MONITORS: tuple[Monitor, ...] = (
    Monitor("damaged_objects", "stored files that are missing or whose bytes have changed", _damaged_objects),
    Monitor("exposed_files", "files and folders of the home that other accounts can reach", _exposed_files),
    Monitor("expired_agreements", "sources whose agreement does not permit training today", _expired_agreements, repeats=False),
    Monitor("risk_content", "samples with risk content in the newest release", _risk_content, repeats=False),
)
"""All monitors of a deployment."""
