"""8.1: general safety and security, computed once for both stages.

What a machine can prove here is proved (the audit log, the path from P2 back to the source); for the rest the
verdict is INCOMPLETE and names what is missing. A setting never makes a verdict.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from dataset_safety import clock
from dataset_safety.evaluation.draws import bottom_k, seed_of
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.rules.protection import probed
from dataset_safety.evaluation.rules.shapes import combined
from dataset_safety.records import Verdict
from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.safeguards.checkpoints import KIND as CHECKPOINT
from dataset_safety.safeguards.checkpoints import disagreements, recorded
from dataset_safety.safeguards.probes.contract import Family
from dataset_safety.safeguards.probes.logs import COMPARE
from dataset_safety.standard.verdicts import VerdictValue
from dataset_safety.store.shards import annotated
from dataset_safety.usage.ordering import Ordered

TRACED = 100
CHECKPOINT_REMEDY = (
    "operators: `dataset-safety audit checkpoint --to DIR` writes one into a second place, "
    "`dataset-safety probe run --family log` compares it"
)


def logs(evidence: ReleaseEvidence) -> Verdict:
    """8.1 b 5: key operations can be audited and traced."""
    return combined(
        "8.1.b.5",
        [chain_intact(evidence), traceable(evidence), retained(evidence)],
        "an intact log of collection, pre-processing and use, and a path from P2 to the source",
    )


def chain_intact(evidence: ReleaseEvidence) -> Verdict:
    """The hash chain of the audit log verifies without a gap."""
    clause, required = "8.1.b.5.chain", "every event's hash and its predecessor's verify, without a gap"
    with evidence.store.database.read() as connection:
        state = verify_chain(connection)
    value = VerdictValue.COMPLIANT if state.intact else VerdictValue.NON_COMPLIANT
    why = f"{state.events} events verify" if state.intact else f"the chain breaks at event {state.broken_at}: {state.problem}"
    return Verdict(clause, value, why, required, f"{state.events} events", state.events, 0 if state.intact else 1)


def traceable(evidence: ReleaseEvidence) -> Verdict:
    """100 random samples of P2 lead back through P1 to a shard and a source of the ledger, all of it logged."""
    clause, required = "8.1.b.5.trace", f"{TRACED} random samples of P2 (or all) trace back to a logged shard and a ledger row"
    p2 = evidence.populations.p2
    chosen = bottom_k(Ordered.of(p2), TRACED, seed_of(evidence.corpus.population, "1", "trace"))
    rows = p2.filter(pl.col("sample_id").is_in(chosen)).select("sample_id", "source_id", "shard", "file").collect()
    shards = {(shard.source_id, shard.name, shard.sha256): shard.shard_key for shard in evidence.release.shards}
    with evidence.store.database.read() as connection:
        logged = annotated(connection, shards.values())
    lost = [name for name, source, shard, file in rows.iter_rows() if shards.get((source, file, shard)) not in logged]
    value = VerdictValue.NON_COMPLIANT if lost else VerdictValue.COMPLIANT if chosen else VerdictValue.INCOMPLETE
    why = f"{len(chosen) - len(lost)} of {len(chosen)} samples trace back to their source"
    return Verdict(clause, value, why, required, why, len(chosen), len(lost), offenders=tuple(lost[:OFFENDERS]))


def retained(evidence: ReleaseEvidence) -> Verdict:
    """The log is signed outside the database: fresh checkpoints, all of which are prefixes of the log, there and here."""
    clause, days = "8.1.b.5.checkpoint", evidence.edition.thresholds.ttl_probe_days
    required = f"signed checkpoints in a second place, the newest of the last {days} days, each a prefix of the log"
    rows = [row for row in evidence.stored("8.1.b.5") if row.kind == CHECKPOINT]
    if not rows:
        why = "no checkpoint outside the database is on record"
        return Verdict(clause, VerdictValue.INCOMPLETE, why, required, "no checkpoint", remedy=CHECKPOINT_REMEDY)
    with evidence.store.database.read() as connection:
        problems = list(disagreements(connection, [recorded(row) for row in rows]))
    second = probed(Family.LOG, evidence.stored("8.1.b.5"), evidence.stored("8.1.b.3"), evidence.edition)
    value, why, remedy = second.value, second.why, second.remedy
    if problems:
        value, why, remedy = VerdictValue.NON_COMPLIANT, problems[0], COMPARE
    elif clock.now() - datetime.fromisoformat(rows[-1].collected_at) > timedelta(days=days):
        value, why, remedy = VerdictValue.STALE, f"the newest checkpoint is of {rows[-1].collected_at[:10]}", CHECKPOINT_REMEDY
    elif value is VerdictValue.COMPLIANT:
        why = f"{len(rows)} signed checkpoints are prefixes of the log, in the second place too"
    note = "" if rows[-1].content.get("other_device") is True else "the checkpoints are on the same device as the home"
    observed = f"{len(rows)} checkpoints, the newest of {rows[-1].collected_at[:19]}; in the second place: {second.observed}"
    return Verdict(
        clause, value, why, required, observed, len(rows), len(problems), remedy=remedy, note=note if value.passed else ""
    )
