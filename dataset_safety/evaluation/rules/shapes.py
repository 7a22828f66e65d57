"""Shapes that many rules share: combining parts, proving "not applicable", and counting people's answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.reviewing import Answers
from dataset_safety.records import Verdict
from dataset_safety.standard.verdicts import VerdictValue, worst

Rule = Callable[[ReleaseEvidence], Verdict]
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


def every_answer_good(clause: str, answers: Answers, required: str, what: str) -> Verdict:
    """Zero tolerance over a small draw: one bad answer fails at once, an open one leaves it INCOMPLETE."""
    n, bad = answers.drawn, answers.bad
    if bad:
        value, why = VerdictValue.NON_COMPLIANT, f"{len(bad)} drawn samples: {what}"
    elif not answers.complete or answers.draw is None:
        value, why = VerdictValue.INCOMPLETE, f"{answers.answered} of {n} drawn samples judged"
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
    n, bad = answers.drawn, len(answers.bad)
    required = f"at least {percent}% of at least {size_required} drawn samples without risk content"
    observed = f"{answers.answered} of {n} judged, {bad} with risk content" + (
        ", census" if answers.draw and answers.draw.census else ""
    )
    seed = answers.draw.seed if answers.draw else ""
    if n and (n - bad) * 100 < percent * n:
        why = f"{bad} of {n} drawn samples hold risk content: more than {100 - percent}%"
        return Verdict(
            clause, VerdictValue.NON_COMPLIANT, why, required, observed, n, bad, seed=seed, offenders=answers.bad[:OFFENDERS]
        )
    if not n or not answers.complete:
        why = f"{answers.answered} of {size_required if n >= size_required else n} judged"
        return Verdict(clause, VerdictValue.INCOMPLETE, why, required, observed, n, bad, seed=seed, remedy=REVIEW_REMEDY)
    why = f"{n - bad} of {n} drawn samples are free of risk content"
    return Verdict(clause, VerdictValue.COMPLIANT, why, required, observed, n, bad, seed=seed)


def named(items: Sequence[str], most: int = 8) -> str:
    """A readable list of ids."""
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")
