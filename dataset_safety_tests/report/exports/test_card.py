"""The dataset card: YAML that a library reads, licences of the ledger, and gaps said as gaps."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from dataset_safety.records import SourceKind
from dataset_safety.report.exports.card import card, size_category
from dataset_safety.report.exports.facts import published
from dataset_safety.report.exports.licences import card_licence, known_expression, licence_address
from dataset_safety.report.model import Volume
from dataset_safety_tests.report.made import RELEASE, SECRET


def front(document):
    _, matter, body = document.split("---\n", 2)
    return yaml.safe_load(matter), body


def test_front_matter_is_yaml_with_the_facts_of_the_ledger(store):
    matter, _ = front(card(published(store, RELEASE)))
    assert matter == {
        "pretty_name": "Pre-training data, release abababababab", "license": "other", "license_name": "not-stated",
        "language": ["en", "zh"], "size_categories": ["n<1K"], "source_datasets": ["original"],
        "tags": ["dataset-safety", "pre-training", "draft-2024-03"],
    }  # fmt: skip


def test_an_export_names_its_files(exported_store):
    matter, _ = front(card(published(exported_store, RELEASE)))
    assert matter["configs"] == [{"config_name": "default", "data_files": [{"split": "train", "path": "part-*.parquet"}]}]


def test_sources_of_others_are_named_with_their_licence(store):
    facts = published(store, RELEASE)
    source = replace(facts.sources[0], kind=SourceKind.ORGANISATION, name="Open texts", licence="CC-BY-4.0", agreement="licence")
    matter, body = front(card(replace(facts, sources=[source])))
    assert matter["license"] == "cc-by-4.0" and "license_name" not in matter and matter["source_datasets"] == ["Open texts"]
    assert "| Open texts | organisation or individual |" in body and "Every source states licence" in body


def test_gaps_are_said_and_no_sample_person_or_reason_is_told(store):
    _, body = front(card(published(store, RELEASE)))
    assert "| a licence that SPDX knows | 1 | A site |" in body
    assert "Creator, contact, citation" in body
    assert SECRET not in body and "because" not in body and "People who judged drawn samples: 1." in body


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        (["Apache-2.0", "Apache-2.0"], {"license": "apache-2.0"}),
        (["GPL-3.0-or-later"], {"license": "gpl-3.0"}),
        (["ODbL-1.0"], {"license": "odbl"}),
        (["GFDL-1.3-only"], {"license": "gfdl"}),
        (["MIT OR Apache-2.0"], {"license": "other", "license_name": "mit-or-apache-2.0"}),
        (["MIT", "CC0-1.0"], {"license": "other", "license_name": "mixed"}),
        (["MIT", ""], {"license": "other", "license_name": "mixed"}),
        ([""], {"license": "other", "license_name": "not-stated"}),
        ([], {"license": "other", "license_name": "not-stated"}),
    ],
)
def test_licences_of_the_card(expressions, expected):
    assert card_licence(expressions) == expected


def test_only_licences_that_spdx_knows_are_told():
    assert known_expression("CC-BY-4.0") and known_expression("MIT OR Apache-2.0")
    assert not known_expression("<b>free</b>") and not known_expression("Free-For-All-1.0") and not known_expression("")
    assert licence_address("CC-BY-4.0") == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert not licence_address("MIT OR Apache-2.0") and not licence_address("LicenseRef-own")


@pytest.mark.parametrize(
    ("samples", "category"),
    [
        (0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10_000, "10K<n<100K"), (999_999, "100K<n<1M"), (1_000_000, "1M<n<10M"),
        (123_456_789, "100M<n<1B"), (10**9, "1B<n<10B"), (10**11, "100B<n<1T"), (10**12, "n>1T"),
    ],
)  # fmt: skip
def test_categories_of_size(samples, category):
    assert size_category(samples) == category


def test_a_release_without_any_sample_for_use_has_a_card(store):
    facts = published(store, RELEASE)
    empty = replace(facts, sources=[replace(facts.sources[0], kept={"text:en": Volume()})])
    matter, body = front(card(empty))
    assert matter["source_datasets"] == [] and "samples for use" in body.lower()
