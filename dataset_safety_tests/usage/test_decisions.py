"""Each decision follows from the facts, every removal and hold has its reasons, and nothing rejected is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.errors import ConfigurationError
from dataset_safety.records import Decision, Outcome, RightsStatus
from dataset_safety.usage.decisions import decide
from dataset_safety.usage.policy import Case, Policy, SourceFacts

HOLD, KEEP = Policy(), Policy(review="keep", not_identified="keep")
FACTS = SourceFacts()
RISKS = ["A.2.e"]
PERSONAL = st.lists(st.sampled_from(["email", "mobile_phone", "bank_card"]), unique=True)


def case(outcome=Outcome.CLEAR, *, risks=(), personal=(), sensitive=(), rights=RightsStatus.NONE, token=None, facts=FACTS):
    return Case(outcome, risks, personal, sensitive, rights, token, facts)


@pytest.mark.parametrize(
    ("given_case", "policy", "expected"),
    [
        (case(), HOLD, (Decision.KEPT, [])),
        (case(Outcome.REJECT, risks=RISKS), KEEP, (Decision.REMOVED, ["risk:A.2.e"])),
        (case(Outcome.REVIEW, risks=RISKS), HOLD, (Decision.HELD, ["review:A.2.e"])),
        (case(Outcome.REVIEW, risks=RISKS), KEEP, (Decision.KEPT, [])),
        (case(Outcome.NOT_IDENTIFIED), HOLD, (Decision.HELD, ["not_identified"])),
        (case(Outcome.NOT_IDENTIFIED), KEEP, (Decision.KEPT, [])),
        (case(rights=RightsStatus.INFRINGING), KEEP, (Decision.REMOVED, ["rights:infringing"])),
        (case(facts=SourceFacts(barred="agreement:expired")), KEEP, (Decision.REMOVED, ["agreement:expired"])),
        (case(personal=["email"]), KEEP, (Decision.REMOVED, ["personal_information:email"])),
        (case(personal=["email"], facts=SourceFacts(consented=frozenset({"email"}))), HOLD, (Decision.KEPT, [])),
        (
            case(personal=["bank_card"], sensitive=["bank_card"], facts=SourceFacts(consented=frozenset({"bank_card"}))),
            HOLD,
            (Decision.REMOVED, ["personal_information:bank_card"]),
        ),
    ],
)
def test_facts_lead_to_the_decision(given_case, policy, expected):
    assert decide(given_case, policy) == expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("u1:ok", (Decision.KEPT, [])),
        ("u1:gone", (Decision.REMOVED, ["authorisation:revoked"])),
        (None, (Decision.REMOVED, ["authorisation:missing"])),
    ],
)
def test_a_service_user_needs_an_authorisation_in_force(token, expected):
    facts = SourceFacts(needs_authorisation=True, authorised=frozenset({"u1:ok"}), revoked=frozenset({"u1:gone"}))
    assert decide(case(token=token, facts=facts), HOLD) == expected


@given(
    outcome=st.sampled_from(Outcome),
    personal=PERSONAL,
    rights=st.sampled_from(RightsStatus),
    review=st.sampled_from(["hold", "keep"]),
    barred=st.sampled_from(["", "agreement:expired"]),
)
def test_laws_of_every_decision(outcome, personal, rights, review, barred):
    decision, reasons = decide(
        case(outcome, risks=RISKS, personal=personal, rights=rights, facts=SourceFacts(barred=barred)), Policy(review=review)
    )
    assert (decision is Decision.KEPT) == (reasons == [])
    if outcome is Outcome.REJECT or personal or barred or rights is RightsStatus.INFRINGING:
        assert decision is Decision.REMOVED
    if decision is Decision.HELD:
        assert outcome in (Outcome.REVIEW, Outcome.NOT_IDENTIFIED)


def test_an_unknown_policy_is_refused():
    with pytest.raises(ConfigurationError, match="hold"):
        Policy(review="drop")
