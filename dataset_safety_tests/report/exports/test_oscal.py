"""OSCAL: findings for what was concluded and nothing else, stable ids, no reference that leads nowhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dataset_safety import clock
from dataset_safety.report.exports.facts import published
from dataset_safety.report.exports.formats import Format
from dataset_safety.report.exports.markdown import plain
from dataset_safety.report.exports.oscal import CATALOG, PLAN, RESULTS, oscal
from dataset_safety.report.exports.writing import documents
from dataset_safety.standard import VerdictValue, load_edition
from dataset_safety_tests.report.made import RELEASE

TOKEN = re.compile(r"[^\W\d][\w.-]*")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def walked(value, key=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from walked(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner, key)
    else:
        yield key, value


def test_only_what_was_concluded_is_a_finding(store):
    facts = published(store, RELEASE)
    result = oscal(facts)[RESULTS]["assessment-results"]["results"][0]
    found = {finding["target"]["target-id"]: finding["target"]["status"]["state"] for finding in result["findings"]}
    expected = {
        VerdictValue.COMPLIANT: "satisfied",
        VerdictValue.NON_COMPLIANT: "not-satisfied",
    }
    assert found == {f"c-{row.check}_obj": expected[row.value] for row in facts.report.results if row.value in expected}
    assert len(result["observations"]) == 16
    for row in facts.report.results:
        listed = f"- {row.check}: {row.value.value.replace('_', chr(92) + '_')}" in result["remarks"]
        assert listed == (row.value not in expected), row.check
    for observed in result["observations"]:
        named = {one["name"]: one["value"] for one in observed["props"]}
        assert ("reason" in named) == (named["verdict"] not in ("COMPLIANT", "NON_COMPLIANT"))


def test_verdicts_about_another_population_satisfy_nothing(store):
    facts = published(store, RELEASE)
    report = replace(facts.report, assessed=replace(facts.report.assessed, population="0" * 64))
    result = oscal(replace(facts, report=report))[RESULTS]["assessment-results"]["results"][0]
    assert "findings" not in result
    assert {one["value"] for observed in result["observations"] for one in observed["props"] if one["name"] == "verdict"} == {
        "STALE", "INCOMPLETE", "ERROR", "NOT_APPLICABLE"
    }  # fmt: skip


def test_a_release_that_was_never_assessed_satisfies_nothing(store):
    facts = published(store, RELEASE)
    rows = [replace(row, value=VerdictValue.INCOMPLETE) for row in facts.report.results]
    sections = [replace(facts.report.sections[0], rows=rows)]
    result = oscal(replace(facts, report=replace(facts.report, assessed=None, sections=sections)))[RESULTS]["assessment-results"]
    assert "findings" not in result["results"][0] and result["results"][0]["start"] == "2026-11-01T10:00:00+00:00"


def test_the_same_assessment_gives_the_same_bytes_later(store):
    first = documents(Format.OSCAL, published(store, RELEASE))
    with clock.fixed(clock.now() + timedelta(days=40)):
        assert documents(Format.OSCAL, published(store, RELEASE)) == first
    assert list(first) == [CATALOG, PLAN, RESULTS]


def test_ids_are_unique_tokens_and_every_reference_leads_somewhere(store):
    made = oscal(published(store, RELEASE))
    catalog = json.dumps(made[CATALOG])
    controls = {value for key, value in walked(made[CATALOG]) if key == "id"}
    assert all(TOKEN.fullmatch(one) for one in controls)
    assert len([1 for key, _ in walked(made[CATALOG]) if key == "id"]) == len(controls)
    assert all(f'"id": "c-{clause.id}"' in catalog for clause in load_edition().clauses)
    for document in made.values():
        uuids = [value for key, value in walked(document) if key == "uuid"]
        assert len(set(uuids)) == len(uuids) and all(map(UUID.fullmatch, uuids))
        for key, value in walked(document):
            if key in ("control-id", "objective-id", "target-id"):
                assert value in controls
            elif key in ("observation-uuid", "subject-uuid"):
                assert value in uuids
            elif key == "href" and value.startswith("#"):
                assert value[1:] in uuids or value[1:] in controls


@given(st.text())
def test_a_property_is_one_line_without_outer_spaces(text):
    shown = plain(text)
    assert (shown == shown.strip() and "\n" not in shown and plain(shown) == shown) or len(text) > 2000
