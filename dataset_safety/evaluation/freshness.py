"""Stored verdicts as they hold now: evidence that is complete but older than the data or the edition is STALE (clauses 1.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dataset_safety import clock
from dataset_safety.evaluation.rules.holding import emergency_holds_until, grading_holds_until
from dataset_safety.evaluation.rules.protection import probed
from dataset_safety.records import Verdict
from dataset_safety.safeguards.probes import inventory
from dataset_safety.safeguards.probes.contract import Family
from dataset_safety.standard import VerdictValue, load_edition
from dataset_safety.standard.verdicts import worst
from dataset_safety.store import corpora, verdicts
from dataset_safety.store.artifacts import evidence_for
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.verdicts import Assessment

GENERAL = "8.1."
GRADING, EMERGENCY = "8.1.b.1", "8.1.b.4"
SINCE = {
    VerdictValue.STALE: "the probes are older than they may be",
    VerdictValue.NON_COMPLIANT: "a probe has failed since",
}
SETTLED = frozenset({VerdictValue.COMPLIANT, VerdictValue.NON_COMPLIANT, VerdictValue.NOT_APPLICABLE})


def standing(store: Store, release: Release) -> Assessment | None:
    """The verdicts of a release as they hold now; None when nothing of its stage was ever assessed.

    A release that was not assessed yet shows the verdicts of the one before it, as STALE: a shard was added or a fact
    of the ledger has changed. So does one that was filtered anew. 8.1 is about the deployment and goes on.
    """
    with store.database.read() as connection:
        own = verdicts.latest(connection, release.release_id)
        corpus = corpora.latest(connection, release.release_id)
        before = None if own else next(reversed(verdicts.history(connection, release.stage)), None)
        found = verdicts.latest(connection, before.release_id) if before else own
    if found is None:
        return None
    if found.release_id != release.release_id:
        return _stale(found, f"the data have changed since: they are those of release {release.short}")
    if corpus is not None and corpus.population != found.population:
        return _stale(found, "P2 has changed since")
    if load_edition().digest != found.edition:
        return _stale(found, "the edition or its parameters have changed since")
    return _with_expired_records(store, release, _with_expired_probes(store, found))


def _with_expired_probes(store: Store, found: Assessment) -> Assessment:
    """Passes of 8.1 that rest on probes which do not pass any more: their time is over, or one failed or was lost since."""
    edition = load_edition()
    with store.database.read() as connection:
        rows = {clause: evidence_for(connection, clause) for clause in {family.clause for family in Family}}
    families = {family: probed(family, rows[family.clause], rows[inventory.CLAUSE], edition).value for family in Family}
    now = {clause: worst(value for family, value in families.items() if family.clause == clause) for clause in rows}
    kept = [_expired(one, now[one.clause]) if one.value.passed and one.clause in now else one for one in found.verdicts]
    return replace(found, verdicts=kept)


def _with_expired_records(store: Store, release: Release, found: Assessment) -> Assessment:
    """Passes of 8.1 that rest on records whose time is over by now: grades, scheme, team, plan, drill, statements."""
    limits = load_edition().thresholds
    with store.database.read() as connection:
        grades, responses = evidence_for(connection, GRADING), evidence_for(connection, EMERGENCY)
    until = {
        GRADING: grading_holds_until(grades, release, found.population, limits),
        EMERGENCY: emergency_holds_until(responses, date.fromisoformat(release.created_at[:10]), limits),
    }
    kept = [_ran_out(one, until[one.clause]) if one.value.passed and one.clause in until else one for one in found.verdicts]
    return replace(found, verdicts=kept)


def _ran_out(verdict: Verdict, until: date | None) -> Verdict:
    """A stored pass as long as the records under it hold."""
    if until is not None and clock.today() <= until:
        return verdict
    since = f"its records ran out on {until}" if until else "its records do not hold any more"
    why = f"{since}; it was {verdict.value.value}: {verdict.why}"
    remedy = "operators: bring the records up to date, then evaluate again with `dataset-safety run`"
    return replace(verdict, value=VerdictValue.STALE, why=why, remedy=remedy, note="")


def _expired(verdict: Verdict, now: VerdictValue) -> Verdict:
    """A stored pass by what its probes give now; it stays while they pass."""
    if now.passed:
        return verdict
    since = SINCE.get(now, "a probe is missing, or could not run since")
    remedy = "operators: run `dataset-safety probe run`, then evaluate again with `dataset-safety run`"
    why = f"{since}; it was {verdict.value.value}: {verdict.why}"
    return replace(verdict, value=VerdictValue.STALE, why=why, remedy=remedy, note="")


def _stale(found: Assessment, why: str) -> Assessment:
    return replace(found, verdicts=[_outdated(verdict, why) for verdict in found.verdicts])


def _outdated(verdict: Verdict, why: str) -> Verdict:
    if verdict.clause.startswith(GENERAL) or verdict.value not in SETTLED:
        return verdict
    said = f"{why}; it was {verdict.value.value}: {verdict.why}"
    remedy = "operators: evaluate again with `dataset-safety run`"
    return replace(verdict, value=VerdictValue.STALE, why=said, remedy=remedy, note="", interval=None)
