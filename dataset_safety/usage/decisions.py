"""The decision about one sample (6.3 a–d, 7.3 b): kept, removed or held, always with its reasons.

A removal is final for this corpus; a hold waits for a person. Every reason that applies is recorded, so that
lifting one of them (a new agreement, a consent) shows what would remain. What people settled removes a sample
(``judged:A.2.e``, ``judged:rights``) or lifts its hold; it never brings back what a rule removes.
"""

from __future__ import annotations

from dataclasses import replace

from dataset_safety.records import CONDEMNS, Decision, Outcome, RightsStatus
from dataset_safety.usage.policy import Case, Policy


def decide(case: Case, policy: Policy) -> tuple[Decision, list[str]]:
    """Where the sample goes and why; a kept sample has no reasons."""
    removal = [*_risk(case), *_agreement(case), *_authorisation(case), *_personal_information(case), *_rights(case)]
    holds = _holds(case, policy)
    judged = [*case.judged.confirmed, *case.judged.condemned] if case.judged else []
    if removal or judged:
        return Decision.REMOVED, [*removal, *holds, *dict.fromkeys(judged)] if judged else removal
    return (Decision.HELD, holds) if holds else (Decision.KEPT, [])


def only_condemned(case: Case, policy: Policy) -> bool:
    """Whether the sample would be kept if people had not condemned it in a draw (clauses 1.4).

    Such rows stay in the population that the large draws were taken from: their removal changes no verdict.
    """
    if case.judged is None or not case.judged.condemned:
        return False
    spared = {question: answer for question, answer in case.judged.answers.items() if CONDEMNS.get(question) != answer}
    return decide(replace(case, judged=replace(case.judged, answers=spared)), policy)[0] is Decision.KEPT


def _risk(case: Case) -> list[str]:
    """6.3 d, 7.3 b: identified risk content is filtered out."""
    return [f"risk:{risk}" for risk in case.risks] if case.outcome == Outcome.REJECT else []


def _agreement(case: Case) -> list[str]:
    """6.1 a 2: no use outside what the agreement permits."""
    return [case.facts.barred] if case.facts.barred else []


def _authorisation(case: Case) -> list[str]:
    """6.1 a 3: a service user's data only while the authorisation stands."""
    if not case.facts.needs_authorisation:
        return []
    if case.user_token in case.facts.revoked:
        return ["authorisation:revoked"]
    return [] if case.user_token in case.facts.authorised else ["authorisation:missing"]


def _personal_information(case: Case) -> list[str]:
    """6.3 a, 6.3 b: consent, and separate consent for sensitive classes, or another statutory basis."""
    without = [name for name in case.personal if name not in case.sensitive and name not in case.facts.consented]
    without += [name for name in case.sensitive if name not in case.facts.consented_separately]
    return [f"personal_information:{name}" for name in sorted(without)]


def _rights(case: Case) -> list[str]:
    """6.3 c: nothing that infringes intellectual property."""
    return ["rights:infringing"] if case.rights == RightsStatus.INFRINGING else []


def _holds(case: Case, policy: Policy) -> list[str]:
    if case.judged and case.judged.lifts_holds:
        return []
    if case.outcome == Outcome.REVIEW and policy.review == "hold":
        return [f"review:{risk}" for risk in case.risks]
    if case.outcome == Outcome.NOT_IDENTIFIED and policy.not_identified == "hold":
        return ["not_identified"]
    return []
