"""Shapes that many rules share: combining parts, proving "not applicable", and counting people's answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dataset_safety.evaluation.attestation import CHAPTERS, PARAMETERS
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.reviewing import Answers
from dataset_safety.evaluation.statistics import Plan, clopper_pearson, upper_bound
from dataset_safety.records import Verdict
from dataset_safety.standard.verdicts import VerdictValue, worst

Rule = Callable[[ReleaseEvidence], Verdict]
STALE = "people judged a draw of another population than the present one"
REVIEW_REMEDY = "reviewers: judge the draw with `dataset-safety review serve`"


def combined(clause: str, parts: Sequence[Verdict], required: str) -> Verdict:
    """A verdict whose value is the worst of its sub-checks and whose reasons are theirs."""
    value = worst(part.value for part in parts)
    telling = [part for part in parts if part.value is value]
    why = "; ".join(dict.fromkeys(reason for part in telling for reason in part.why.split("; ")))
    open_parts = [part for part in parts if part.remedy and not part.value.passed]
    remedies = dict.fromkeys(remedy for part in open_parts for remedy in part.remedy.split("; "))
    leading = telling[0] if telling else None
    return Verdict(
        clause,
        value,
        why,
        required,
        "; ".join(dict.fromkeys(f"{part.clause.rsplit('.', 1)[-1]}: {part.observed}" for part in parts if part.observed)),
        leading.n if leading else None,
        leading.k if leading else None,
        seed=next((part.seed for part in parts if part.seed), ""),
        offenders=tuple(dict.fromkeys(one for part in parts for one in part.offenders))[:OFFENDERS],
        remedy="; ".join(remedies),
        parts=tuple(parts),
        interval=leading.interval if leading else None,
        note="; ".join(dict.fromkeys(part.note for part in parts if part.note)) if value.passed else "",
    )


def nothing_of_kind(evidence: ReleaseEvidence, clause: str, what: str, required: str) -> Verdict:
    """The draft's "has not collected or used" branch: it needs three proofs, the last one signed (clauses 1.3)."""
    if evidence.attested(clause):
        return Verdict(
            clause, VerdictValue.NOT_APPLICABLE, f"no {what}: ledger, metadata and a signed attestation agree", required, "0"
        )
    return Verdict(
        clause,
        VerdictValue.INCOMPLETE,
        f"no {what} in the ledger or in any sample, but nobody has attested it for this population",
        required,
        "0, not attested",
        remedy=f"responsible person: `dataset-safety verdicts attest {clause}`",
    )


def empty_stage(evidence: ReleaseEvidence, clause: str) -> Verdict:
    """A stage without any data: one attestation, about the whole chapter, is the third proof for all its clauses."""
    found = nothing_of_kind(
        evidence, CHAPTERS[evidence.stage], f"{evidence.stage.value.replace('_', '-')} data", "no data at all"
    )
    return replace(found, clause=clause)


def qualified(verdict: Verdict, evidence: ReleaseEvidence) -> Verdict:
    """Nothing complies with values that nobody has verified, until somebody who owns the standard has signed them."""
    edition = evidence.edition
    if edition.verified or verdict.value is not VerdictValue.COMPLIANT:
        return verdict
    if evidence.parameters_signed:
        note = f"the values of edition {edition.id} were not verified here; an operator who owns the standard has signed them"
        return replace(verdict, note="; ".join(filter(None, (verdict.note, note))))
    why = f"the values of edition {edition.id} are not verified; by them it would comply: {verdict.why}"
    remedy = f"operator who owns the standard: compare the values and `dataset-safety verdicts attest {PARAMETERS}`"
    return replace(verdict, value=VerdictValue.INCOMPLETE, why=why, remedy=remedy, note="")


def every_answer_good(clause: str, answers: Answers, required: str, what: str) -> Verdict:
    """Zero tolerance over a small draw: one bad answer fails at once, an open one leaves it INCOMPLETE."""
    n, bad = answers.drawn, answers.bad
    if answers.stale:
        value, why = VerdictValue.STALE, STALE
    elif bad:
        value, why = VerdictValue.NON_COMPLIANT, f"{len(bad)} drawn samples: {what}"
    elif not answers.complete or answers.draw is None:
        value, why = VerdictValue.INCOMPLETE, f"{answers.answered} of {n} drawn samples judged{answers.lacking}"
    else:
        value, why = VerdictValue.COMPLIANT, f"all {n} drawn samples judged, none {what}"
    return Verdict(
        clause,
        value,
        why,
        required,
        f"{answers.answered} of {n} judged, {len(bad)} {what}",
        n,
        len(bad),
        seed=answers.draw.seed if answers.draw else "",
        offenders=bad[:OFFENDERS],
        remedy=REVIEW_REMEDY if value is VerdictValue.INCOMPLETE else "",
    )


def share_clean(clause: str, answers: Answers, percent: int, size_required: int) -> Verdict:
    """8.2.3 b 4, manual: ``clean * 100 >= percent * n`` in integers; only failure may be decided early."""
    n, bad, draw = answers.drawn, len(answers.bad), answers.draw
    plan = Plan(n, percent, draw.population_size if draw else None)
    observed = f"{answers.answered} of {n} judged, {bad} with risk content" + (", census" if draw and draw.census else "")
    interval, note = None, ""
    if answers.stale:
        value, why = VerdictValue.STALE, STALE
    elif n and bad > plan.acceptance:
        value, why = VerdictValue.NON_COMPLIANT, f"{bad} of {n} drawn samples hold risk content: more than {100 - percent}%"
    elif not n or not answers.complete:
        wanted = size_required if n >= size_required else n
        value, why = VerdictValue.INCOMPLETE, f"{answers.answered} of {wanted} judged{answers.lacking}"
    else:
        value, why = VerdictValue.COMPLIANT, f"{n - bad} of {n} drawn samples are free of risk content"
        note = census_note(answers, size_required) if plan.census else unclear_note(plan, bad)
    if n and answers.complete and not plan.census:
        interval = clopper_pearson(bad, n)
    return Verdict(
        clause,
        value,
        f"{why}; {note}" if note else why,
        f"at least {percent}% of at least {size_required} drawn samples without risk content",
        observed,
        n,
        bad,
        seed=draw.seed if draw else "",
        offenders=answers.bad[:OFFENDERS] if value is VerdictValue.NON_COMPLIANT else (),
        remedy=REVIEW_REMEDY if value is VerdictValue.INCOMPLETE else "",
        interval=interval,
        note=note,
    )


def census_note(answers: Answers, size_required: int) -> str:
    """The printed deviation of a population smaller than its draw: stronger than a sample, and not what the text says."""
    fewer = f", because there are fewer than {size_required}" if answers.drawn < size_required else ""
    return f"census: all {answers.drawn} samples were judged{fewer}"


def unclear_note(plan: Plan, bad: int) -> str:
    """What a pass says that the next draw of the same data might not repeat; empty when the pass is clear."""
    if bad <= plan.clear:
        return ""
    if plan.clear < 0:
        return f"passes, not statistically clear: {plan.n} samples are too few to show {plan.percent}%"
    bound = f"up to {upper_bound(bad, plan.n):.1%} may hold risk content (one-sided 95% bound)"
    return f"passes, not statistically clear: {bound}, clear at {plan.clear} or fewer of {plan.n}"


def named(items: Sequence[str], most: int = 8) -> str:
    """A readable list of ids."""
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")
