"""8.2.3 and 8.3.3: is what training reads (P2) lawful and safe?"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from dataset_safety.evaluation.drawing import AGAIN
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.reviewing import GENERATED_RECORD, MANUAL, TECHNICAL, Answers, current
from dataset_safety.evaluation.rules.shapes import combined, every_answer_good, nothing_of_kind, share_clean
from dataset_safety.evaluation.statistics import clopper_pearson
from dataset_safety.evaluation.technical_audit import audit, cleared, recall
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
        evidence.corpus.kept,
        0,
    )
    judged = evidence.answered(MANUAL, column, YES, evidence.corpus.drawn_population)
    people = every_answer_good(f"{clause}.manual", judged, required, f"with {what} that has no basis")
    return combined(clause, [found, as_drawn(evidence, people, judged)], required)


def rights(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 3: nothing that infringes intellectual property; 4,000 drawn, zero tolerance."""
    clause, required = "8.2.3.b.3", "no infringing sample in P2 and none among at least 4,000 drawn"
    unsettled = pl.col("rights").is_in([RightsStatus.INFRINGING.value, RightsStatus.UNDETERMINED.value])
    bad = evidence.populations.labels_in_use(unsettled, ["rights"]).group_by("rights").agg(n=pl.len())
    counts = dict(bad.iter_rows())
    infringing, undetermined = (counts.get(status.value, 0) for status in (RightsStatus.INFRINGING, RightsStatus.UNDETERMINED))
    value = VerdictValue.NON_COMPLIANT if infringing else VerdictValue.INCOMPLETE if undetermined else VerdictValue.COMPLIANT
    recorded = Verdict(
        f"{clause}.records",
        value,
        f"{infringing} infringing and {undetermined} undetermined samples in P2",
        required,
        f"{infringing} infringing, {undetermined} undetermined",
        evidence.corpus.kept,
        infringing,
    )
    judged = evidence.answered(MANUAL, "rights", INFRINGING, evidence.corpus.drawn_population)
    people = every_answer_good(f"{clause}.manual", judged, required, "infringing")
    return combined(clause, [recorded, as_drawn(evidence, people, judged)], required)


def risk_content(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 4: at least 96 % of 4,000 judged and 98 % of a tenth scanned are free of risk content."""
    parts = [manual_share(evidence), technical_share(evidence), filtered_out(evidence)]
    return combined(
        "8.2.3.b.4", parts, "manual share at least 96%, technical share at least 98%, known risk content filtered out"
    )


def manual_share(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 4, manual: people's answers about the large draw."""
    limits = evidence.edition.thresholds
    judged = evidence.answered(MANUAL, "risk", YES, evidence.corpus.drawn_population)
    judged = judged.counting_lost(evidence.lost(judged.draw))
    return as_drawn(evidence, share_clean("8.2.3.b.4.manual", judged, limits.manual_ok_pct, limits.manual_min), judged)


def as_drawn(evidence: ReleaseEvidence, verdict: Verdict, judged: Answers) -> Verdict:
    """A verdict about a large draw with the population it holds for and what the draw rests on (clauses 1.4, 1.5)."""
    if judged.draw is None:
        return verdict
    gone = evidence.populations.condemned.height
    facts = [
        verdict.observed,
        f"{judged.reused} of them carried over from earlier draws" if judged.reused else "",
        judged.draw.reason if judged.draw.reason.startswith(AGAIN) else "",
        f"{gone} rows that people condemned have left P2, for which this holds" if gone else "",
    ]
    return replace(verdict, population=judged.draw.population, observed="; ".join(fact for fact in facts if fact))


def technical_share(evidence: ReleaseEvidence) -> Verdict:
    """8.2.3 b 4, technical: a tenth of P2 scanned by an arm of its own; what it flags is risk until a person clears it."""
    clause, limits = "8.2.3.b.4.technical", evidence.edition.thresholds
    size = f"at least {limits.technical_min_pct}% of P2"
    required = f"at least {limits.technical_ok_pct}% of {size} without risk content, by rules other than the filter's"
    drawn = current(evidence.draws, TECHNICAL, evidence.corpus.drawn_population)
    if drawn is None or not drawn.size:
        return Verdict(clause, VerdictValue.INCOMPLETE, "nothing was drawn for the technical audit", required, "0 scanned")
    found = audit(evidence.store, evidence.corpus, drawn)
    clear_of_risk = evidence.answered(TECHNICAL, "risk", NO, evidence.corpus.drawn_population)
    bad = len(found.flagged) - cleared(found.flagged, clear_of_risk.bad)
    observed = f"{found.scanned} scanned, {len(found.flagged)} flagged, {len(found.flagged) - bad} of them cleared by people"
    observed += _recalled(evidence)
    enough = found.scanned == drawn.size and found.scanned * 100 >= limits.technical_min_pct * drawn.population_size
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


def _recalled(evidence: ReleaseEvidence) -> str:
    """How many of the samples in which people found risk content the arm flags: what its silence is worth."""
    drawn = current(evidence.draws, MANUAL, evidence.corpus.drawn_population)
    risky = evidence.ballots(drawn).answers("risk", YES).bad if drawn else ()
    if drawn is None or not risky:
        return ""
    flagged = recall(evidence.store, evidence.corpus, drawn, risky).flagged
    return f"; of {len(risky)} samples of the large draw that people judged risky the arm flags {len(flagged)}"


def filtered_out(evidence: ReleaseEvidence) -> Verdict:
    """R.6.3.d: no sample whose final record says risk is in P2."""
    clause, required = "8.2.3.b.4.filter", "no sample with identified risk content in P2"
    found = evidence.populations.labels_in_use(pl.col("outcome") == Outcome.REJECT.value, ["sample_id"])
    rejected = found["sample_id"].to_list()
    waiting = sorted(_condemned_in_use(evidence))
    if waiting and not rejected:
        return Verdict(
            clause,
            VerdictValue.STALE,
            f"P2 was filtered before people condemned {len(waiting)} of its samples",
            required,
            f"{len(waiting)} in P2",
            evidence.counts["p2"],
            len(waiting),
            offenders=tuple(waiting[:OFFENDERS]),
            remedy="operators: run again, the filter takes them out",
        )
    value = VerdictValue.NON_COMPLIANT if rejected else VerdictValue.COMPLIANT
    why = f"{len(rejected)} rejected samples are in P2" if rejected else "every rejected sample was filtered out"
    return Verdict(
        clause,
        value,
        why,
        required,
        f"{len(rejected)} in P2",
        evidence.corpus.kept,
        len(rejected),
        offenders=tuple(rejected[:OFFENDERS]),
    )


def _condemned_in_use(evidence: ReleaseEvidence) -> list[str]:
    """Samples of P2 that people condemned in a closed draw or confirmed among the held ones since it was filtered."""
    settled = evidence.decisions.settled
    bad = [(name, one.content_sha256) for name, one in settled.items() if one.condemned or one.confirmed]
    frame = pl.DataFrame(bad, schema={"sample_id": pl.String, "content_sha256": pl.String}, orient="row")
    if frame.is_empty():
        return []
    found = (
        evidence.populations.p2.join(frame.lazy(), on=["sample_id", "content_sha256"], how="semi").select("sample_id").collect()
    )
    return found["sample_id"].to_list()


def generated_consistent(evidence: ReleaseEvidence) -> Verdict:
    """8.3.3 b 2: drawn generated samples agree with their identification records."""
    clause, required = "8.3.3.b.2", "people and records agree on every generated sample among at least 4,000 drawn"
    if not evidence.counts["generated"]:
        return nothing_of_kind(evidence, clause, "content made by generative models", required)
    judged = evidence.answered(MANUAL, GENERATED_RECORD, MISMATCH, evidence.corpus.drawn_population)
    verdict = every_answer_good(clause, judged, required, "where record and person disagree")
    return as_drawn(evidence, verdict, judged)
