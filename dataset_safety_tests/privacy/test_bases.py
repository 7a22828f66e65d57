"""Legal bases: which classes they reach, when they stand, and how they come on record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety import clock
from dataset_safety.privacy.bases import (
    Basis,
    LegalBasis,
    bases_on_record,
    consented_classes,
    permits,
    record_basis,
    record_withdrawal,
)
from dataset_safety.privacy.classes import CLASSES, SENSITIVE
from dataset_safety.privacy.errors import UnknownBasis, UnknownClass
from dataset_safety.standard import load_edition
from dataset_safety.store.facade import open_store

DAY = date(2024, 5, 1)


def basis(kind: Basis, *classes: str, until: date | None = None) -> LegalBasis:
    return LegalBasis("shop", kind, frozenset(classes), "0" * 64, until)


def test_consent_reaches_ordinary_classes_only() -> None:
    consent = basis(Basis.CONSENT, "email", "bank_card")
    assert permits([consent], {"email"}, set())
    assert not permits([consent], {"email", "bank_card"}, {"bank_card"})
    assert not permits([consent], {"bank_card"}, set()), "a class of Art. 28 stays sensitive whatever the caller says"
    assert permits([consent, basis(Basis.SEPARATE_CONSENT, "bank_card")], {"email", "bank_card"}, {"bank_card"})


def test_minors_need_a_guardian() -> None:
    classes = {"email", "minor_under_14"}
    assert not permits([basis(Basis.SEPARATE_CONSENT, *classes)], classes, {"minor_under_14"})
    assert permits([basis(Basis.GUARDIAN_CONSENT, *classes)], classes, {"minor_under_14"})


def test_nothing_needs_no_basis_and_something_needs_one() -> None:
    assert permits([], set(), set())
    assert not permits([], {"email"}, set())


@given(st.sets(st.sampled_from(sorted(CLASSES))), st.sampled_from(list(Basis)))
def test_what_permits_sensitive_use_permits_ordinary_use(classes: set[str], kind: Basis) -> None:
    anyhow, separately = consented_classes([basis(kind, *classes)], "shop", DAY)
    assert separately <= anyhow <= classes
    assert permits([basis(kind, *classes)], classes - SENSITIVE, set())


def test_a_basis_ends_with_its_last_day_and_belongs_to_its_source() -> None:
    known = [basis(Basis.SEPARATE_CONSENT, "passport", until=DAY)]
    assert consented_classes(known, "shop", DAY) == (frozenset({"passport"}), frozenset({"passport"}))
    assert consented_classes(known, "shop", date(2024, 5, 2)) == (frozenset(), frozenset())
    assert consented_classes(known, "other", DAY) == (frozenset(), frozenset())


def test_bases_are_those_of_the_edition() -> None:
    thresholds = load_edition("draft-2024-03").thresholds
    assert {*thresholds.pi_bases, "guardian_consent"} == {kind.value for kind in Basis}
    from dataset_safety.privacy.bases import FOR_SENSITIVE

    assert {*thresholds.pi_sensitive_bases, "guardian_consent"} == {kind.value for kind in FOR_SENSITIVE}


def test_bases_are_kept_and_withdrawn_in_the_store(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, clock.fixed(datetime(2024, 5, 1, tzinfo=UTC)):
        with store.database.write() as connection:
            named = ["email", "landline"]
            record_basis(connection, "shop", classes=named, basis="consent", document="1" * 64, valid_until="2024-12-31")
            record_basis(connection, "shop", classes=["passport"], basis="separate_consent", document="2" * 64)
        with store.database.write() as connection:
            record_withdrawal(connection, "shop", classes=["landline"], basis="consent")
        with store.database.read() as connection:
            known = bases_on_record(connection)
    assert consented_classes(known, "shop", date(2024, 4, 30))[0] == {"email", "landline", "passport"}
    assert consented_classes(known, "shop", DAY) == (frozenset({"email", "passport"}), frozenset({"passport"}))
    assert consented_classes(known, "shop", date(2025, 1, 1))[0] == {"passport"}


@pytest.mark.parametrize(
    ("classes", "kind", "until", "error"),
    [
        (["e-mail"], "consent", None, UnknownClass),
        ([], "consent", None, UnknownClass),
        (["email"], "assent", None, UnknownBasis),
        (["email"], "consent", "31.12.2024", UnknownBasis),
    ],
)
def test_what_cannot_be_followed_is_refused(
    tmp_path: Path, classes: list[str], kind: str, until: str | None, error: type[Exception]
) -> None:
    with open_store(tmp_path) as store, pytest.raises(error, match="Hint:"), store.database.write() as connection:
        record_basis(connection, "shop", classes=classes, basis=kind, document="1" * 64, valid_until=until)
    with open_store(tmp_path) as store, store.database.read() as connection:
        assert bases_on_record(connection) == []
