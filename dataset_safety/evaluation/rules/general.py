"""8.1: general safety and security, computed once for both stages.

What a machine can prove here is proved (the audit log, the path from P2 back to the source); for the rest the
verdict is INCOMPLETE and names what is missing. A setting never makes a verdict.
"""

from __future__ import annotations

import polars as pl

from dataset_safety.evaluation.draws import bottom_k, seed_of
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.rules.shapes import combined
from dataset_safety.records import Verdict
from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.standard.verdicts import VerdictValue
from dataset_safety.store.shards import annotated
from dataset_safety.usage.ordering import Ordered

TRACED = 100
EVENTS = {"collect.freeze", "preprocess.annotate", "preprocess.identify", "use.filter"}


def _awaiting(clause: str, required: str, why: str, remedy: str) -> Verdict:
    return Verdict(clause, VerdictValue.INCOMPLETE, why, required, "no evidence recorded", remedy=remedy)


def grading(evidence: ReleaseEvidence) -> Verdict:
    """8.1 b 1: categorisation and grading."""
    return _awaiting(
        "8.1.b.1",
        "category, grade, grader and basis for every source and shard",
        "no grading scheme or grade is on record",
        "data owner: approve a scheme and grade the sources",
    )


def monitoring(evidence: ReleaseEvidence) -> Verdict:
    """8.1 b 2: monitoring, alerts and their handling."""
    return _awaiting(
        "8.1.b.2",
        "monitors that ran, an alert that arrived at a receiver, and its handling",
        "no probe of the alert path has been recorded",
        "operators: configure the alert webhook and prove that an alert arrives",
    )


def protection(evidence: ReleaseEvidence) -> Verdict:
    """8.1 b 3: identity authentication, access control, encryption, backup."""
    return _awaiting(
        "8.1.b.3",
        "successful probes of authentication, access control, encryption and backup on every store",
        "no probe has been recorded",
        "operators: probe the deployment",
    )


def emergency(evidence: ReleaseEvidence) -> Verdict:
    """8.1 b 4: emergency team, plan and handling."""
    return _awaiting(
        "8.1.b.4",
        "a team of at least two, an approved plan, a drill within 12 months, records of incidents",
        "no roster, plan or drill is on record",
        "security officer: record team, plan and drill",
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
    """The log is signed outside the database and kept for the retention time."""
    return _awaiting(
        "8.1.b.5.checkpoint",
        "signed checkpoints of the log outside the database",
        "no checkpoint outside the database is on record",
        "operators: keep signed checkpoints of the audit log in a second place",
    )
