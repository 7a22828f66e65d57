"""8.1 b 2: monitors that ran, planted defects whose alert arrived, and alerts that somebody handled.

No alert at all is fine where a planted defect raised one, and proves nothing where it did not.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dataset_safety import clock
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.rules.protection import probed
from dataset_safety.evaluation.rules.shapes import combined, named
from dataset_safety.records import Verdict
from dataset_safety.safeguards.alerts import as_they_stand
from dataset_safety.safeguards.monitors import MONITORS, RUN
from dataset_safety.safeguards.probes import inventory
from dataset_safety.safeguards.probes.contract import Family
from dataset_safety.standard.verdicts import VerdictValue

CLAUSE = "8.1.b.2"
RUN_NOW = "operators: run `dataset-safety probe run --family monitoring`, or let the schedule of Dagster do it"
CLOSE = "operators: `dataset-safety probe alert list`, then `probe alert close ID --action TEXT --by NAME`"


def monitoring(evidence: ReleaseEvidence) -> Verdict:
    """The worst of monitors, canaries and handling."""
    parts = [monitors(evidence), canary(evidence), handling(evidence)]
    return combined(CLAUSE, parts, "monitors that run, alerts that arrive, and every alert handled in time")


def monitors(evidence: ReleaseEvidence) -> Verdict:
    """Every monitor looked at the data within two of its intervals."""
    clause, days = f"{CLAUSE}.monitors", 2 * evidence.edition.thresholds.ttl_alert_probe_days
    required = f"each of {len(MONITORS)} monitors ran within {days} days"
    last = next((row for row in reversed(evidence.stored(CLAUSE)) if row.kind == RUN), None)
    if last is None:
        return Verdict(clause, VerdictValue.INCOMPLETE, "no monitor has ever run", required, "never", remedy=RUN_NOW)
    ran = last.content.get("monitors")
    missing = [one.name for one in MONITORS if one.name not in (ran if isinstance(ran, dict) else {})]
    observed = f"{len(MONITORS) - len(missing)} of {len(MONITORS)} monitors ran at {last.collected_at[:19]}"
    value, why = VerdictValue.COMPLIANT, observed
    if clock.now() - datetime.fromisoformat(last.collected_at) > timedelta(days=days):
        value, why = VerdictValue.STALE, f"the monitors last ran on {last.collected_at[:10]}"
    elif missing:
        value, why = VerdictValue.INCOMPLETE, f"could not run: {', '.join(missing)}"
    remedy = "" if value.passed else RUN_NOW
    return Verdict(clause, value, why, required, observed, len(MONITORS), len(missing), offenders=tuple(missing), remedy=remedy)


def canary(evidence: ReleaseEvidence) -> Verdict:
    """Planted defects raised alerts, and these arrived."""
    listed = evidence.stored(inventory.CLAUSE)
    return probed(Family.MONITORING, evidence.stored(CLAUSE), listed, evidence.edition, clause=f"{CLAUSE}.canary")


def handling(evidence: ReleaseEvidence) -> Verdict:
    """Every alert was handled, or is younger than the time that handling may take."""
    clause, days = f"{CLAUSE}.handling", evidence.edition.thresholds.ttl_probe_days
    required = f"every alert is closed with an action and a name within {days} days"
    rows, now = evidence.stored(CLAUSE), clock.now()
    found = as_they_stand(rows)
    if not any(row.kind == RUN for row in rows):
        return Verdict(clause, VerdictValue.INCOMPLETE, "no monitor has ever run", required, "no monitor ran", remedy=RUN_NOW)
    late = [one.alert for one in found if one.open and one.open_days(now) > days]
    waiting = [one.alert for one in found if one.open]
    slow = [one for one in found if not one.open and one.open_days(now) > days]
    observed = f"{len(found)} alerts, {len(waiting)} open, {len(late)} of them for more than {days} days"
    notes = [f"{len(waiting)} alerts are open and still in time"] if waiting and not late else []
    notes += [f"{len(slow)} alerts were handled later than {days} days"] if slow else []
    if late:
        why = f"{len(late)} alerts are open for more than {days} days: {named(late)}"
        value, offenders, remedy = VerdictValue.NON_COMPLIANT, tuple(late[:OFFENDERS]), CLOSE
    else:
        why = f"{len(found) - len(waiting)} of {len(found)} alerts handled" if found else "no alert was raised"
        value, offenders, remedy = VerdictValue.COMPLIANT, (), ""
    note = "; ".join(notes) if value.passed else ""
    return Verdict(clause, value, why, required, observed, len(found), len(late), offenders=offenders, remedy=remedy, note=note)
