"""Running probes and keeping what they saw (8.1 b 2, 3, 5): one append-only row for each probe and place."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dataset_safety import __version__, clock
from dataset_safety.safeguards.alerts import webhook
from dataset_safety.safeguards.checkpoints import CheckpointRefused, write_checkpoint
from dataset_safety.safeguards.monitors import watch
from dataset_safety.safeguards.places import BACKUP, CHECKPOINTS, remembered
from dataset_safety.safeguards.probes import inventory
from dataset_safety.safeguards.probes.contract import WEB, Deployment, Family, Kind, Observation, Place, Probe, Result, Target
from dataset_safety.safeguards.probes.registry import probes_of, required
from dataset_safety.standard import Edition, load_edition
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.facade import Store

KIND = "probe"
HELD_HERE = frozenset(kind.value for kind in Kind if kind not in WEB and kind is not Kind.DATABASE_SERVER)
"""Kinds of stores that are files of this machine."""
REPORT = "operators: report this, with the log"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One observation as it was stored; ``at`` is the moment of its end, in UTC."""

    family: Family
    probe: str
    place: str
    result: Result
    observed: str
    expects: str
    remedy: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many pairs of place and probe a family asks for, and how many passed, by the newest observations."""

    family: Family
    asked: int
    passed: int


def deployment(
    store: Store,
    *,
    stated: Mapping[str, Kind] | None = None,
    usual: Mapping[int, Kind] | None = None,
    backup: Path | None = None,
    checkpoints: Path | None = None,
    viewer_token: str = "",
) -> Deployment:
    """What there is to probe: what is stated now, else what was last worked with."""
    return Deployment(
        store,
        inventory.addresses(store, stated or {}, usual or {}),
        backup or remembered(store.home, BACKUP),
        checkpoints or remembered(store.home, CHECKPOINTS),
        viewer_token,
        webhook(),
    )


def run_probes(found: Deployment, families: Iterable[Family], *, servers: bool = True) -> list[Recorded]:
    """Take the inventory, run every probe of the families on every place that it applies to, and record what was seen.

    Without ``servers`` web addresses are left alone. The monitors run first, so that alerts about the deployment itself
    are out before any canary; a checkpoint is written where a place for checkpoints is known.
    """
    chosen = list(families)
    listed = inventory.places(found)
    with found.store.database.write() as connection:
        inventory.record(connection, listed)
    if Family.MONITORING in chosen:
        watch(found.store)
    if Family.LOG in chosen:
        _write_checkpoint(found)
    pairs = [
        (probe, place)
        for probe in probes_of(chosen)
        for place in listed
        if place.kind in probe.applies and (servers or place.kind not in WEB)
    ]
    return [_recorded(found, probe, place) for probe, place in pairs]


def _write_checkpoint(found: Deployment) -> None:
    if found.checkpoints is None:
        return
    try:
        write_checkpoint(found.store, found.checkpoints)
    except (CheckpointRefused, OSError) as error:  # the probe that follows says what is wrong
        log.warning("no checkpoint was written (%s)", type(error).__name__)


def _recorded(found: Deployment, probe: Probe, place: Place) -> Recorded:
    """Run one probe; one that breaks could not run, and the kind of its error is all that is told."""
    started = clock.now()
    try:
        seen = probe.run(Target(found, place))
    except Exception as error:  # a probe that breaks must neither pass nor stop the others
        log.error("probe %s broke (%s)", probe.name, type(error).__name__)
        seen = Observation.could_not_run(f"the probe itself broke ({type(error).__name__})", REPORT)
    at = clock.now()
    content = {
        "family": probe.family.value, "probe": probe.name, "place": place.name, "kind": place.kind.value,
        "result": seen.result.value, "observed": seen.observed, "expects": probe.expects, "remedy": seen.remedy,
        "facts": dict(seen.facts), "scope": f"{probe.name} on {place.name}", "started_at": started.isoformat(),
        "tool": f"dataset-safety {__version__}", "uid": os.geteuid(),
    }  # fmt: skip
    until = (at + timedelta(days=lasts(probe.family, load_edition()))).isoformat()
    with found.store.database.write() as connection:
        save_evidence(connection, Evidence(KIND, probe.family.clause, place.name[:256], content, at.isoformat(), until))
    return Recorded(probe.family, probe.name, place.name, seen.result, seen.observed, probe.expects, seen.remedy, at, seen.facts)


def lasts(family: Family, edition: Edition) -> int:
    """How many days an observation holds."""
    ttl = edition.thresholds
    return ttl.ttl_alert_probe_days if family is Family.MONITORING else ttl.ttl_probe_days


def newest(rows: Iterable[Evidence]) -> dict[tuple[str, str], Recorded]:
    """The last observation of each probe on each place, by place and probe; rows that are none are passed over.

    What was seen of a store of this machine holds for its time, though a later probe could not look: the account without
    root, or without the variables, saw nothing else. A server that does not answer is one that could not be probed.
    """
    found: dict[tuple[str, str], Recorded] = {}
    edition, now = load_edition(), clock.now()
    for row in rows:
        one = _read(row) if row.kind == KIND else None
        if one is None:
            continue
        before = found.get((one.place, one.probe))
        unseen = one.result is Result.COULD_NOT_RUN and row.content.get("kind") in HELD_HERE
        saw = before is not None and before.result is not Result.COULD_NOT_RUN
        holds = before is not None and saw and now - before.at <= timedelta(days=lasts(before.family, edition))
        if not (unseen and holds):
            found[one.place, one.probe] = one
    return found


def on_record(store: Store) -> tuple[dict[str, Kind], dict[tuple[str, str], Recorded]]:
    """The inventory and the last observations of a home."""
    with store.database.read() as connection:
        rows = {clause: evidence_for(connection, clause) for clause in dict.fromkeys(family.clause for family in Family)}
    return inventory.inventoried(rows[inventory.CLAUSE]), newest(row for found in rows.values() for row in found)


def coverage(places: Mapping[str, Kind], seen: Mapping[tuple[str, str], Recorded]) -> Iterator[Coverage]:
    """Coverage of each family."""
    for family in Family:
        pairs = required(family, places)
        passed = [pair for pair in pairs if pair in seen and seen[pair].result is Result.PASSED]
        yield Coverage(family, len(pairs), len(passed))


def _read(row: Evidence) -> Recorded | None:
    content = row.content
    observed, expects, remedy = (str(content.get(name, "")) for name in ("observed", "expects", "remedy"))
    try:
        at, facts = datetime.fromisoformat(row.collected_at), dict(content.get("facts") or {})
        family, result = Family(content["family"]), Result(content["result"])
        one = Recorded(family, str(content["probe"]), str(content["place"]), result, observed, expects, remedy, at, facts)
    except (KeyError, ValueError, TypeError):
        return None
    return one if at.tzinfo is not None and one.family.clause == row.clause else None
