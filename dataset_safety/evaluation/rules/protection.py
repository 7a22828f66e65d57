"""8.1 b 3: identity authentication, access control, encryption and backup, as the probes saw them.

Every family needs a fresh pass of each of its probes on every place of the inventory that it applies to. A probe that could not
run leaves the family INCOMPLETE, and nothing that an operator configures takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dataset_safety import clock
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.rules.shapes import combined, named
from dataset_safety.records import Verdict
from dataset_safety.safeguards.probes import inventory
from dataset_safety.safeguards.probes.contract import PROTECTION, Family, Result
from dataset_safety.safeguards.probes.registry import required
from dataset_safety.safeguards.probes.running import Recorded, lasts, newest
from dataset_safety.standard import Edition
from dataset_safety.standard.verdicts import VerdictValue, worst
from dataset_safety.store.artifacts import Evidence

CLAUSE = "8.1.b.3"
UNNAMED = "no address of it is known, and nobody has stated that there is none"
NAMED = "with --dagster-url and --review-url, or state with `dataset-safety probe retire --never` that there is none"
VALUES = {
    Result.PASSED: VerdictValue.COMPLIANT,
    Result.FAILED: VerdictValue.NON_COMPLIANT,
    Result.COULD_NOT_RUN: VerdictValue.INCOMPLETE,
}


def protection(evidence: ReleaseEvidence) -> Verdict:
    """The worst of the four families."""
    rows = evidence.stored(CLAUSE)
    parts = [probed(family, rows, rows, evidence.edition) for family in PROTECTION]
    return combined(CLAUSE, parts, "authentication, access control, encryption and backup proved on every place that holds data")


def probed(
    family: Family,
    rows: Sequence[Evidence],
    listed: Sequence[Evidence],
    edition: Edition,
    *,
    clause: str = "",
) -> Verdict:
    """One family by its stored observations (``rows``) and the inventory (among ``listed``), for as long as they hold."""
    days = lasts(family, edition)
    clause, command = clause or f"{family.clause}.{family.value}", f"`dataset-safety probe run --family {family.value}`"
    places = inventory.inventoried(listed)
    pairs = required(family, places)
    unknown = required(family, inventory.unnamed(listed)) if family is Family.AUTHENTICATION and places else []
    wanted = f"every probe of {family.value} passes on every place that it applies to, within {days} days"
    if not pairs and not unknown:
        return _nothing_probed(clause, family, wanted, command, bool(places))
    seen, now = newest(rows), clock.now()
    observations = [seen[pair] for pair in pairs if pair in seen]
    states = [(pair, *_state(seen.get(pair), now, days, command)) for pair in pairs]
    states += [(pair, VerdictValue.INCOMPLETE, UNNAMED, f"operators: run {command} {NAMED}") for pair in unknown]
    value = worst(state for _, state, _, _ in states)
    short = [(pair, why, remedy) for pair, state, why, remedy in states if not state.passed]
    passed = len(states) - len(short)
    telling = [f"{place}: {why}" for (place, _), state, why, _ in states if state is value]
    return Verdict(
        clause,
        value,
        _first(telling) if short else f"{passed} of {passed} probes passed on {len({place for place, _ in pairs})} places",
        wanted,
        f"{passed} of {len(states)} probes passed, the oldest of {_oldest(observations)}",
        len(states),
        len(short),
        offenders=tuple(f"{place}/{probe}" for (place, probe), _, _ in short)[:OFFENDERS],
        remedy="; ".join(dict.fromkeys(remedy for _, _, remedy in short if remedy)),
        note=_warnings(observations),
    )


def _nothing_probed(clause: str, family: Family, wanted: str, command: str, listed: bool) -> Verdict:
    why = "no place that this could be probed on is in the inventory" if listed else "nothing has been probed"
    more = f" {NAMED}" if family is Family.AUTHENTICATION else ""
    return Verdict(clause, VerdictValue.INCOMPLETE, why, wanted, "no probe", remedy=f"operators: run {command}{more}")


def _state(seen: Recorded | None, now: datetime, days: int, command: str) -> tuple[VerdictValue, str, str]:
    """Value, reason and remedy of one probe on one place."""
    again = f"operators: run {command}"
    if seen is None:
        return VerdictValue.INCOMPLETE, "not probed yet", again
    if now - seen.at > timedelta(days=days):
        return VerdictValue.STALE, f"{seen.probe} was last run on {seen.at.date()} ({seen.result.value})", again
    value = VALUES[seen.result]
    return value, f"{seen.probe} {seen.result.value}, {seen.observed}", "" if value.passed else seen.remedy or again


def _oldest(seen: Sequence[Recorded]) -> str:
    return min(one.at for one in seen).isoformat(timespec="seconds") if seen else "never"


def _first(telling: Sequence[str]) -> str:
    return "; ".join(telling[:3]) + (f"; and {len(telling) - 3} more" if len(telling) > 3 else "")


def _warnings(seen: Sequence[Recorded]) -> str:
    """What a reader has to know beside a pass."""
    warned = [f"{one.place}: {one.observed}" for one in seen if one.result is Result.PASSED and "warning" in one.observed]
    return named(warned, 3)
