"""The ledger's rules on agreements, reviews, authorisations and generated content (6.1, 7.1 b)."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from dataset_safety.collection.errors import AuthorisationError
from dataset_safety.collection.ledger import (
    agreement_bar,
    attached_documents,
    authorisations,
    domain_of,
    fact_gaps,
    is_web_address,
    page_address_gap,
    source_key,
)
from dataset_safety.collection.sources import SourceRecord
from dataset_safety.standard.stages import Stage

TODAY = date(2026, 11, 24)
HASH = hashlib.sha256(b"paper").hexdigest()
PAPERS = {"contract.pdf": HASH, "users.csv": "0" * 64, "text.md": "0" * 64}
ORIGIN = {"dataset_name": "set", "organisation": "Firm Ltd", "collected_at": "2026-05-01"}
CONTRACT = {
    "kind": "contract", "document": "contract.pdf", "sha256": HASH, "scope": ["training"], "parties": ["we", "Firm Ltd"],
    "valid_from": "2026-01-01", "valid_until": "2026-12-31",
}  # fmt: skip
REVIEWS = [{"of": of, "reviewer": "Li", "date": "2026-05-02", "result": "passed"} for of in ("data", "commitment", "materials")]


def record(kind: str = "organisation", **tables: object) -> SourceRecord:
    return SourceRecord.model_validate({"stage": "pre_training", "source_id": "src", "kind": kind, **tables})


def partner(reviews: object = REVIEWS, origin: object = ORIGIN, **agreement: object) -> SourceRecord:
    held = {key: value for key, value in {**CONTRACT, **agreement}.items() if value is not None}
    return record(origin=origin, agreement=held, reviews=reviews)


def keys(source: SourceRecord, stage: Stage = Stage.FINE_TUNING, **more: object) -> set[str]:
    return {gap.key for gap in fact_gaps(source, PAPERS, stage, TODAY, **more)}


def test_a_complete_contract_has_no_gap():
    assert keys(partner()) == set()
    assert agreement_bar(partner(), TODAY) == ""


CONTRACTS = {
    "no document": ({"document": None}, {"agreement.document"}),
    "document not there": ({"document": "other.pdf"}, {"agreement.document"}),
    "hash not recorded": ({"sha256": None}, {"agreement.sha256"}),
    "another document": ({"sha256": "1" * 64}, {"agreement.sha256"}),
    "no scope": ({"scope": None}, {"agreement.scope"}),
    "scope without training": ({"scope": ["evaluation"]}, {"agreement.scope"}),
    "expired": ({"valid_until": "2026-11-23"}, {"agreement.valid_until"}),
    "survives its end": ({"valid_until": "2026-11-23", "survives_expiry": True}, set()),
    "last day": ({"valid_until": "2026-11-24"}, set()),
    "expired before acquisition": ({"valid_until": "2026-04-01", "survives_expiry": True}, {"agreement.valid_until"}),
    "begins after acquisition": ({"valid_from": "2026-06-01"}, {"agreement.valid_from"}),
    "no beginning": ({"valid_from": None}, {"agreement.valid_from"}),
    "no parties": ({"parties": []}, {"agreement.parties"}),
}


@pytest.mark.parametrize("case", CONTRACTS)
def test_what_is_wrong_with_a_contract_is_named(case):
    changed, expected = CONTRACTS[case]
    assert keys(partner(**changed)) == expected


BARS = {
    "agreement:expired": {"valid_until": "2026-11-23"},
    "agreement:scope_without_training": {"scope": ["evaluation"]},
    "agreement:not_yet_valid": {"valid_from": "2027-01-01", "valid_until": None},
    "agreement:not_valid_when_acquired": {"valid_from": "2026-06-01"},
    "": {"document": None, "sha256": None},
}


@pytest.mark.parametrize("bar", BARS)
def test_an_agreement_bars_use_only_for_what_it_says(bar):
    assert agreement_bar(partner(**BARS[bar]), TODAY) == bar


def test_reviews_must_be_there_passed_and_newer_than_the_delivery():
    assert keys(partner(reviews=REVIEWS[:1])) == {"reviews.commitment", "reviews.materials"}
    assert keys(partner(reviews=[{**REVIEWS[0], "result": "failed"}, *REVIEWS[1:]])) == {"reviews.data"}
    assert keys(partner(reviews=[{**REVIEWS[0], "date": "2026-04-30"}, *REVIEWS[1:]])) == {"reviews.data"}
    assert keys(partner(reviews=[])) == {f"reviews.{of}" for of in ("data", "commitment", "materials")}


LICENCES = {
    "MIT": set(), "Apache-2.0 OR MIT": set(), "LicenseRef-public-domain": set(), "CC-BY-SA-4.0": set(),
    **{name: {"agreement.spdx"} for name in ("MITT", "MIT AND", "CC-BY-ND-4.0", "CC-BY-NC-SA-4.0")},
}  # fmt: skip


@pytest.mark.parametrize("spdx", LICENCES)
def test_licences_are_known_and_permit_training(spdx):
    licence = {"kind": "licence", "spdx": spdx, "document": "contract.pdf", "sha256": HASH}
    assert keys(record(origin=ORIGIN, agreement=licence)) == LICENCES[spdx]
    if spdx.startswith("CC"):
        assert keys(record(origin=ORIGIN, agreement={**licence, "scope": ["training"]})) == set()


def test_names_must_be_names():
    assert keys(partner(origin={**ORIGIN, "organisation": " N/A ", "dataset_name": None} | {"dataset_name": ""})) == {
        "origin.organisation", "origin.dataset_name",
    }  # fmt: skip


def test_generated_content_needs_model_version_and_time_and_the_time_of_collection_is_none():
    made = {"generated": {"model": "m", "version": "latest"}}
    assert keys(record("self_produced", **made)) == {"generated.version", "generated.acquired_at"}
    assert keys(record("self_produced", **made), Stage.PRE_TRAINING) == set()
    assert keys(record("self_produced", generated={"service": "s", "version": "2024-08", "acquired_at": "2025-01-02"})) == set()
    assert keys(record("self_produced", generated={}, fields={"model": "m", "version": "v", "acquired_at": "t"})) == set()


def test_web_sources_need_an_address():
    assert keys(record("website")) == keys(record("website", origin={"url": "http://localhost/"})) == {"origin.url"}
    assert keys(record("website", origin={"url": "https://例子.中国/"})) == set()
    gap = page_address_gap(record("website"), 10, 7)
    assert gap is not None and gap.clause == "6.1.c" and "3 of 10" in gap.why
    assert page_address_gap(record("website"), 10, 10) is None


@pytest.mark.parametrize(
    "url", ["data:text/plain,x", "file:///etc/passwd", "http://10.0.0.1/", "http://[::1]/", "ftp://a.example/", "a.example"]
)
def test_what_is_no_web_address(url):
    assert not is_web_address(url) and domain_of(url) is None


def test_one_source_is_one_legal_entity_domain_or_service():
    assert source_key(record("website", origin={"url": "https://news.example.co.uk/a"})) == "domain:example.co.uk"
    assert {source_key(record(origin={"organisation": name})) for name in ("Ｆｉｒｍ  ltd", "FIRM LTD")} == {"entity:firm ltd"}
    assert source_key(record(origin={"organisation": "a", "legal_entity": "b"})) == "entity:b"
    assert source_key(record("service_user", origin={"service_name": "Chat"})) == "service:chat"
    assert source_key(record("website")) is source_key(record()) is None


def users(folder: Path, name: str, text: str) -> SourceRecord:
    (folder / name).write_text(text, encoding="utf-8")
    declared = {"records": name, "text_version": "v3"}
    return record("service_user", origin={"service_name": "Chat"}, fields={"user": "uid"}, authorisation=declared)


def test_authorisation_records_are_read_from_csv_and_jsonl(tmp_path):
    rows = "user,scope,granted_at,revoked_at\nA1,training;display,2026-01-01,\nB2,display,2026-01-01,2026-06-01\n"
    table = users(tmp_path, "users.csv", rows)
    lines = users(tmp_path, "users.jsonl", '{"user":"A1","scope":["training"],"granted_at":"2026-01-01T23:30:00-02:00"}\n\n')
    first, second = authorisations(table, tmp_path)
    assert first.permits_training and first.in_force(TODAY) and not first.in_force(date(2025, 12, 31))
    assert first.text_version == "v3"
    assert not second.permits_training and second.revoked_at == date(2026, 6, 1)
    (third,) = authorisations(lines, tmp_path)
    assert third.granted_at == date(2026, 1, 2) and "A1" not in repr(third)


@pytest.mark.parametrize(
    "text",
    [
        "user,scope\nSECRET-9\n",
        "user,granted_at\nSECRET-9,soon\n",
        "name\nSECRET-9\n",
        "user,other\nSECRET-9,1\n",
        'user,scope\n"SECRET-9\n',
    ],
)
def test_a_bad_authorisation_record_names_its_row_and_never_the_user(tmp_path, text):
    with pytest.raises(AuthorisationError) as caught:
        authorisations(users(tmp_path, "users.csv", text), tmp_path)
    assert "SECRET" not in str(caught.value) and "src/users.csv" in str(caught.value)


def test_users_data_need_service_number_and_authorisations(tmp_path):
    assert keys(record("service_user")) == {
        "origin.service_name", "fields.user", "authorisation.records", "authorisation.document", "authorisation.text_version",
    }  # fmt: skip
    full = record(
        "service_user", origin={"service_name": "Chat"}, fields={"user": "uid"},
        authorisation={"records": "users.csv", "document": "text.md", "text_version": "v3"},
    )  # fmt: skip
    assert keys(full) == set() and keys(full, granted=[]) == {"authorisation.records"}


def test_documents_are_hashed_if_they_are_there(tmp_path):
    (tmp_path / "contract.pdf").write_bytes(b"paper")
    assert attached_documents(partner(), tmp_path) == {"contract.pdf": HASH}
    assert attached_documents(partner(document="gone.pdf"), tmp_path) == {}
