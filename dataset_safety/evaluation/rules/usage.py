"""8.2.3 and 8.3.3: is what training reads (P2) lawful and safe?"""

from __future__ import annotations

import polars as pl

from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.reviewing import MANUAL, TECHNICAL, current
from dataset_safety.evaluation.rules.shapes import combined, every_answer_good, nothing_of_kind, share_clean
from dataset_safety.evaluation.statistics import clopper_pearson
from dataset_safety.evaluation.technical_audit import audit, cleared
from dataset_safety.records import Outcome, RightsStatus, Verdict
from dataset_safety.standard.verdicts import VerdictValue

YES = frozenset({"yes"})
NO = frozenset({"no"})
INFRINGING = frozenset({"infringing"})
MISMATCH = frozenset({"mismatch"})


def personal_information(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 1: personal information only with consent or another statutory basis."""
    return _personal(evidence, "8.2.3.b.1", "personal_information", "personal information")


def sensitive_information(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 2: sensitive personal information only with separate consent or another statutory basis."""
    return _personal(evidence, "8.2.3.b.2", "sensitive_information", "sensitive personal information")


def _personal(evidence: ReleaseEvidence, clause: str, column: str, what: str) -> Verdict:
    required = f"no {what} in P2 without a legal basis on record"
    with_basis = evidence.without_basis(column)
    observed = (
        ", ".join(f"{name}: {n} with a basis" for name, n in with_basis.items()) or f"no {what} found in P2 by the detectors"
    )
    found = Verdict(
        f"{clause}.detected",
        VerdictValue.COMPLIANT,
        f"the filter keeps {what} out of P2 unless a basis is on record",
        required,
        observed,
        evidence.counts["p2"],
        0,
    )
    judged = evidence.answered(MANUAL, column, YES, evidence.corpus.population)
    people = every_answer_good(f"{clause}.manual", judged, required, f"with {what} that has no basis")
    return combined(clause, [found, people], required)


def rights(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 3: nothing that infringes intellectual property; 4,000 drawn, zero tolerance."""
    clause, required = "8.2.3.b.3", "no infringing sample in P2 and none among at least 4,000 drawn"
    open_rows = evidence.populations.labels.filter(
        pl.col("rights").is_in([RightsStatus.INFRINGING.value, RightsStatus.UNDETERMINED.value])
    )
    bad = (
        open_rows.join(evidence.populations.p2.select("sample_id"), on="sample_id", how="semi")
        .group_by("rights")
        .agg(n=pl.len())
        .collect()
    )
    counts = dict(bad.iter_rows())
    infringing, undetermined = (counts.get(status.value, 0) for status in (RightsStatus.INFRINGING, RightsStatus.UNDETERMINED))
    value = VerdictValue.NON_COMPLIANT if infringing else VerdictValue.INCOMPLETE if undetermined else VerdictValue.COMPLIANT
    recorded = Verdict(
        f"{clause}.records",
        value,
        f"{infringing} infringing and {undetermined} undetermined samples in P2",
        required,
        f"{infringing} infringing, {undetermined} undetermined",
        evidence.counts["p2"],
        infringing,
    )
    judged = evidence.answered(MANUAL, "rights", INFRINGING, evidence.corpus.population)
    return combined(clause, [recorded, every_answer_good(f"{clause}.manual", judged, required, "infringing")], required)


def risk_content(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 4: at least 96 % of 4,000 judged and 98 % of a tenth scanned are free of risk content."""
    parts = [manual_share(evidence), technical_share(evidence), filtered_out(evidence)]
    return combined(
        "8.2.3.b.4", parts, "manual share at least 96%, technical share at least 98%, known risk content filtered out"
    )


def manual_share(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 4, manual: people's answers about the large draw."""
    limits = evidence.edition.thresholds
    judged = evidence.answered(MANUAL, "risk", YES, evidence.corpus.population)
    judged = judged.counting_lost(evidence.lost(judged.draw))
    return share_clean("8.2.3.b.4.manual", judged, limits.manual_ok_pct, limits.manual_min)


def technical_share(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 4, technical: a tenth of P2 scanned by an arm of its own; what it flags is risk until a person clears it."""
    clause, limits = "8.2.3.b.4.technical", evidence.edition.thresholds
    size = f"at least {limits.technical_min_pct}% of P2"
    required = f"at least {limits.technical_ok_pct}% of {size} without risk content, by rules other than the filter's"
    drawn = current(evidence.draws, TECHNICAL, evidence.corpus.population)
    if drawn is None or not drawn.size:
        return Verdict(clause, VerdictValue.INCOMPLETE, "nothing was drawn for the technical audit", required, "0 scanned")
    found = audit(evidence.store, evidence.corpus, drawn)
    clear_of_risk = evidence.answered(TECHNICAL, "risk", NO, evidence.corpus.population)
    bad = len(found.flagged) - cleared(found.flagged, clear_of_risk.bad)
    observed = f"{found.scanned} scanned, {len(found.flagged)} flagged, {len(found.flagged) - bad} of them cleared by people"
    enough = found.scanned == drawn.size and found.scanned * 100 >= limits.technical_min_pct * evidence.counts["p2"]
    met = (found.scanned - bad) * 100 >= limits.technical_ok_pct * found.scanned
    value = VerdictValue.COMPLIANT if met else VerdictValue.NON_COMPLIANT
    why = f"{found.scanned - bad} of {found.scanned} audited samples are free of risk content (stricter arm {found.arm[:12]})"
    remedy = "" if met else "reviewers: judge the flagged samples; engineers: remove what is risky and run again"
    if not enough:
        value, why = VerdictValue.INCOMPLETE, f"only {found.scanned} of {drawn.size} drawn samples could be scanned"
    elif found.tautology:
        value, why = VerdictValue.INCOMPLETE, "tautology: the audit used the very rules that filtered P2, so it proves nothing"
        remedy = "engineers: audit with a newer library, other thresholds or another model"
    return Verdict(
        clause,
        value,
        why,
        required,
        observed,
        found.scanned,
        bad,
        seed=drawn.seed,
        offenders=found.flagged[:OFFENDERS],
        remedy=remedy,
        interval=None if drawn.census else clopper_pearson(bad, found.scanned),
    )


def filtered_out(evidence: ReleaseEvidence) -> Verdict:
    """R.6.3.d: no sample whose final record says risk is in P2."""
    clause, required = "8.2.3.b.4.filter", "no sample with identified risk content in P2"
    rejected = (
        evidence.populations.labels.filter(pl.col("outcome") == Outcome.REJECT.value)
        .join(evidence.populations.p2.select("sample_id"), on="sample_id", how="semi")
        .select("sample_id")
        .collect()["sample_id"]
        .to_list()
    )
    value = VerdictValue.NON_COMPLIANT if rejected else VerdictValue.COMPLIANT
    why = f"{len(rejected)} rejected samples are in P2" if rejected else "every rejected sample was filtered out"
    return Verdict(
        clause,
        value,
        why,
        required,
        f"{len(rejected)} in P2",
        evidence.counts["p2"],
        len(rejected),
        offenders=tuple(rejected[:OFFENDERS]),
    )


def generated_consistent(evidence: ReleaseEvidence) -> Verdict:
    """8.3.3 b 2: drawn generated samples agree with their identification records."""
    clause, required = "8.3.3.b.2", "people and records agree on every generated sample among at least 4,000 drawn"
    if not evidence.counts["generated"]:
        return nothing_of_kind(evidence, clause, "content made by generative models", required)
    judged = evidence.answered(MANUAL, "generated_record", MISMATCH, evidence.corpus.population)
    return every_answer_good(clause, judged, required, "where record and person disagree")
