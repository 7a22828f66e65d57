"""The stated rule by which keyword and model evidence combine (6.2 b)."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dataset_safety.classifier.agreement import PROVED, agreement_of
from dataset_safety.keywords.importing import Origin, read_lines
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.keywords.stored import difference
from dataset_safety.preprocessing.combining import AGREED, DECIDED, combined
from dataset_safety.preprocessing.identification import identification_records, outcome_of
from dataset_safety.preprocessing.recipes import IDENTIFICATION_VERSION, DetectorSources, build_detectors, recipe_content
from dataset_safety.preprocessing.relabelling import Update, updated_records
from dataset_safety.records import Effect, Finding, Method, Outcome
from dataset_safety_tests.classifier.made_models import manifest_of, word_graph, write_model
from dataset_safety_tests.keywords.stored import stored_generation

RISK = "A.2.e"
PROOF = {"agreement": {"keywords": "1", "risks": {RISK: {"k": 200, "n": 200, "clean": 0}}}}


def finding(method, effect=Effect.REVIEW, risk=RISK, category=""):
    return Finding(0, risk, method, "1", 0, 1, 0.7, effect, "x", category)


KEYWORD, MODEL = finding(Method.KEYWORD), finding(Method.MODEL)


def outcome(*findings):
    return outcome_of(combined(findings))


def test_each_alone_sends_to_a_person():
    assert outcome(KEYWORD) is outcome(MODEL) is outcome(replace(MODEL, category=PROVED)) is Outcome.REVIEW


def test_agreement_is_marked_and_a_person_decides():
    assert combined([KEYWORD, MODEL]) == [KEYWORD, replace(MODEL, category=AGREED)]
    assert outcome(KEYWORD, MODEL) is Outcome.REVIEW


def test_agreement_of_proved_precision_rejects():
    proved = replace(MODEL, category=PROVED)
    assert combined([KEYWORD, proved]) == [KEYWORD, replace(proved, category=DECIDED, effect=Effect.REJECT)]


def test_agreement_is_about_one_risk():
    assert combined([KEYWORD, replace(MODEL, risk="A.2.d", category=PROVED)])[1].effect is Effect.REVIEW


@pytest.mark.parametrize("risk", ["A.1.a", "A.1.b", "A.1.c"])
def test_under_a_1_a_to_c_agreement_never_rejects(risk):
    assert outcome(replace(KEYWORD, risk=risk), replace(MODEL, risk=risk, category=PROVED)) is Outcome.REVIEW
    assert not agreement_of({"agreement": {"risks": {risk: {"k": 500, "n": 500, "clean": 0}}}}, risk)["proved"]


def test_an_unproven_output_agrees_with_nothing():
    note = finding(Method.MODEL, Effect.NOTE, category=PROVED)
    assert combined([KEYWORD, note]) == [KEYWORD, note]


FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from([Method.KEYWORD, Method.MODEL, Method.PATTERN]),
        st.sampled_from(list(Effect)),
        st.sampled_from([RISK, "A.1.a", "A.4.a"]),
        st.sampled_from(["", PROVED]),
    ),
    max_size=6,
)


@given(FINDINGS, FINDINGS)
def test_combining_again_after_one_method_changed_equals_combining_anew(before, after):
    keywords = [one for one in after if one.method is Method.KEYWORD]
    others = [one for one in before if one.method is not Method.KEYWORD]
    marked = [one for one in combined(before) if one.method is not Method.KEYWORD]
    assert combined([*keywords, *marked]) == combined([*keywords, *others])


@pytest.mark.parametrize(
    ("counts", "proved"),
    [
        ({"k": 200, "n": 200, "clean": 0}, True),
        ({"k": 200, "n": 200, "clean": 1}, False),
        ({"k": 20, "n": 20, "clean": 0}, False),
        ({"k": 180, "n": 200, "clean": 0}, False),
        ({"k": 300, "n": 200, "clean": 0}, None),
        ({"k": "many", "n": 200, "clean": 0}, None),
        ({"proved": True}, None),
    ],
)
def test_proof_is_computed_from_counts_and_never_claimed(counts, proved):
    assert agreement_of({"agreement": {"risks": {RISK: counts}}}, RISK).get("proved") is proved


def library_of(lines):
    return Library.of(read_lines(lines, Origin(RISK, "en", "t", "2026-11-20", "test"), name="t").entries)


def model_folder(folder, calibration):
    graph = word_graph({RISK: {"spite": 127}})
    manifest = manifest_of(graph, calibration=calibration, thresholds={RISK: {"review": 0.5}})
    return write_model(folder, graph, manifest, {RISK: "measured-weak"})


def sources_of(folder, library, model):
    return DetectorSources((stored_generation(folder, library),), (model,), ("keyword", "model"))


def samples_of(texts):
    ids = [str(number) for number in range(len(texts))]
    columns = {"sample_id": ids, "content_sha256": ids, "data_type": ["text:en"] * len(texts), "text": texts}
    return pl.DataFrame(columns).with_columns(generated=pl.lit(False))


@pytest.mark.parametrize(("calibration", "together"), [(PROOF, "reject"), ({}, "review")])
def test_records_follow_the_rule_and_an_update_of_the_library_equals_a_full_scan(tmp_path, calibration, together):
    old, new = library_of("rude words @review\nspite @review"), library_of("rude words @review\nspite spite @review")
    model = model_folder(tmp_path / "m", calibration)
    samples = samples_of(["spite", "spite spite", "rude words", "peace"])
    before, after = (
        identification_records(samples, build_detectors(sources_of(tmp_path, library, model)), recipe)
        for library, recipe in ((old, "old"), (new, "new"))
    )
    assert before["outcome"].to_list() == [together, together, "review", "clear"]
    assert after["outcome"].to_list() == ["review", together, "review", "clear"]
    differs = difference(old, new)
    versions = [KeywordDetector(library).version for library in (old, new)]
    update = Update(differs.added, frozenset(entry.id for entry in differs.withdrawn), *versions)
    assert_frame_equal(updated_records(samples, before, update, sources_of(tmp_path, new, model), "new"), after)


def test_the_recipe_changes_with_the_rule_and_with_the_proof(tmp_path):
    library = library_of("spite @review")
    proved, plain = (
        recipe_content(sources_of(tmp_path, library, model_folder(tmp_path / name, calibration)))
        for name, calibration in (("a", PROOF), ("b", {}))
    )
    assert proved != plain
    assert proved["identification"] == IDENTIFICATION_VERSION != "1"
