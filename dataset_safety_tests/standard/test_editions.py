"""The default edition holds the whole draft: every risk, clause and threshold, in the draft's own words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from dataset_safety.standard import (
    ClauseKind,
    MalformedEdition,
    Severity,
    Stage,
    UnknownClause,
    UnknownEdition,
    UnknownRisk,
    check_name,
    clause_id,
    known_editions,
    load_edition,
)
from dataset_safety.standard.loading import edition_from

EDITION = load_edition()
RESULTS = {"8.1": 5, "8.2.1": 4, "8.2.2": 3, "8.2.3": 4, "8.3.1": 2, "8.3.2": 4, "8.3.3": 2}


def _squeezed(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z%一-鿿]+", "", text)


def test_twenty_nine_risks_stand_in_the_order_of_appendix_a():
    chapters = {"A.1": "abcdefgh", "A.2": "abcdefghi", "A.3": "abcde", "A.4": "abcdefg"}
    assert list(EDITION.risk_ids) == [f"{chapter}.{letter}" for chapter, letters in chapters.items() for letter in letters]
    assert [group.id for group in EDITION.risk_groups] == ["A.1", "A.2", "A.3", "A.4"]


def test_keyword_floors_are_200_for_a1_100_for_a2_and_none_elsewhere():
    floors = {"A.1": 200, "A.2": 100, "A.3": 0, "A.4": 0}
    assert all(risk.keyword_min == floors[risk.group] for risk in EDITION.risks)
    assert len(EDITION.keyword_risks) == 17


def test_the_narrow_scope_of_bundled_material_is_stated_for_exactly_three_risks():
    assert [risk.id for risk in EDITION.risks if risk.scope_note] == ["A.1.a", "A.1.b", "A.1.c"]
    assert [risk.id for risk in EDITION.risks if not risk.bundled_decides] == ["A.1.a", "A.1.b", "A.1.c"]


def test_risks_whose_evidence_lies_outside_text_name_what_carries_them():
    assert {risk.id for risk in EDITION.risks if risk.carried_by} == {"A.1.g", "A.3.a", "A.4.b", "A.4.e", "A.4.f"}


def test_pre_training_has_16_expected_results_fine_tuning_13_together_24():
    pre, fine = (EDITION.expected_results(stage) for stage in Stage)
    assert (len(pre), len(fine), len(EDITION.expected_results())) == (16, 13, 24)
    assert {clause.id for clause in pre} & {clause.id for clause in fine} == {f"8.1.b.{item}" for item in range(1, 6)}
    assert Counter(EDITION.section(clause.id).id for clause in EDITION.expected_results()) == RESULTS
    assert [section.id for section in EDITION.sections] == list(RESULTS)


def test_all_clauses_of_5_to_7_8_and_appendix_b_are_there():
    kinds = {kind: len(EDITION.of_kind(kind)) for kind in ClauseKind}
    # 5 a-e, 6.1 4+3, 6.2 3+4, 6.3 4, 7.1 2, 7.2 4, 7.3 2; B.1 a, b with its 17, c; B.2 with its 29
    assert kinds == {
        ClauseKind.REQUIREMENT: 31,
        ClauseKind.METHOD: 24,
        ClauseKind.EXPECTED_RESULT: 24,
        ClauseKind.KEYWORD: 20,
        ClauseKind.MODEL: 30,
    }
    assert EDITION.clause("K.B.1.b.A.1.d").risk == "A.1.d"
    assert EDITION.clause("K.B.2").checks == tuple(f"K.B.2.{risk}" for risk in EDITION.risk_ids)


def test_every_clause_and_risk_has_both_titles_and_clauses_their_text():
    for named in (*EDITION.clauses, *EDITION.risks, *EDITION.sections, *EDITION.risk_groups):
        assert named.title_en.strip() and re.search(r"[一-鿿]", named.title_zh), named.id
    assert all(clause.text for clause in EDITION.clauses)
    assert "非官方" in EDITION.chinese_note


def test_every_requirement_is_evaluated_and_every_result_has_its_requirement_and_method():
    for requirement in EDITION.of_kind(ClauseKind.REQUIREMENT):
        assert EDITION.results_for(requirement.id), requirement.id
    methods = [method for result in EDITION.expected_results() for method in result.methods]
    assert sorted(methods) == sorted(clause.id for clause in EDITION.of_kind(ClauseKind.METHOD))
    assert all(result.requirements for result in EDITION.expected_results())
    assert [result.id for result in EDITION.results_for("R.6.1.a.3")] == ["8.2.1.b.1", "8.3.1.b.1"]


def test_fine_tuning_runs_the_results_of_8_2_again():
    pre_training = [clause.id for clause in EDITION.expected_results(Stage.PRE_TRAINING)]
    for part in "123":
        again = [clause.id for clause in EDITION.reruns(f"8.3.{part}.b.1")]
        assert again == [each for each in pre_training if each.startswith(f"8.2.{part}.")]
    assert "8.3.3.b.1/8.2.3.b.4.manual" in EDITION.clause("8.3.3.b.1").checks
    assert [clause.id for clause in EDITION.expected_results() if clause.reruns] == ["8.3.1.b.1", "8.3.2.b.1", "8.3.3.b.1"]


def test_not_applicable_is_possible_only_on_the_branches_of_the_draft():
    allowed = {"8.2.1.b.3", "8.2.1.b.4", "8.2.3.b.1", "8.2.3.b.2", "8.3.1.b.2", "8.3.2.b.3", "8.3.3.b.2"}
    assert {clause.id for clause in EDITION.clauses if clause.na_allowed} == allowed


def test_every_rule_of_use_closes_the_gate_and_only_recommendations_are_s3():
    use = [clause for clause in EDITION.clauses if re.match(r"R\.[67]\.3\.|8\.[23]\.3\.b", clause.id)]
    assert len(use) == 12 and all(clause.severity is Severity.S1 for clause in use)
    assert {clause.id for clause in EDITION.clauses if clause.severity is Severity.S3} == {"K.B.1.a", "K.B.1.c"}


def test_thresholds_are_those_of_the_draft():
    thresholds = EDITION.thresholds
    assert (thresholds.metadata_min, thresholds.risk_record_min, thresholds.ipr_record_min, thresholds.genai_min) == (100,) * 4
    assert (thresholds.manual_min, thresholds.manual_ok_pct, thresholds.ipr_manual_min) == (4000, 96, 4000)
    assert (thresholds.technical_min_pct, thresholds.technical_ok_pct, thresholds.min_sources_per_type) == (10, 98, 2)
    assert (thresholds.keyword_total_min, thresholds.keyword_update_max_days) == (10_000, 7)
    assert thresholds.classifier_required_risks == len(EDITION.risks)


def test_a_sub_check_and_a_rerun_lead_to_their_clause():
    assert EDITION.clause_of("8.2.3.b.4.manual").id == "8.2.3.b.4"
    assert EDITION.clause_of("8.3.3.b.1/8.2.3.b.4.manual").id == "8.3.3.b.1"
    assert EDITION.clause_of("R.6.2.a.census").id == "R.6.2.a"
    assert EDITION.section("8.3.3.b.1/8.2.3.b.4.manual").id == "8.3.3"


def test_every_id_of_the_edition_has_a_name_of_its_own():
    ids = {clause.id for clause in EDITION.clauses} | {check for clause in EDITION.clauses for check in clause.checks}
    names = {check_name(each) for each in ids}
    assert len(names) == len(ids)
    assert {clause_id(name) for name in names} == ids


def test_words_of_the_edition_are_words_of_the_draft(inbox: Path):
    draft = _squeezed((inbox.parent / "standard" / "draft-2024-03-28.md").read_text(encoding="utf-8"))
    for clause in EDITION.clauses:
        assert _squeezed(clause.text) in draft, clause.id
    for risk in (*EDITION.risks, *EDITION.risk_groups):
        assert _squeezed(risk.title_en) in draft, risk.id
    assert _squeezed(EDITION.determination) in draft


def test_loading_is_cached_and_the_digest_does_not_depend_on_the_process():
    assert load_edition("draft-2024-03") == EDITION
    code = "from dataset_safety.standard import load_edition; print(load_edition().digest)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())
    assert other.stdout.strip() == EDITION.digest and len(EDITION.digest) == 64


def test_importing_the_standard_imports_no_heavy_library():
    heavy = "{'polars', 'numpy', 'dagster', 'onnxruntime'}"
    code = f"import sys, dataset_safety.standard; print(sorted({heavy} & set(sys.modules)))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())
    assert other.stdout.strip() == "[]"


@pytest.mark.parametrize("wanted", ["draft-2024-3", "../draft-2024-03", "", "draft-2024-03/"])
def test_an_unknown_edition_names_the_known_ones(wanted: str):
    with pytest.raises(UnknownEdition) as raised:
        load_edition(wanted)
    assert raised.value.exit_code == 2
    assert all(known in str(raised.value) for known in known_editions())


def test_unknown_clauses_and_risks_are_answered_with_the_nearest():
    with pytest.raises(UnknownClause, match=r"8\.2\.3\.b"):
        EDITION.clause("8.2.3.b.9")
    with pytest.raises(UnknownRisk, match=r"A\.4\."):
        EDITION.risk("A.4.x")


def test_a_profile_that_lacks_a_threshold_is_refused_with_the_place():
    with pytest.raises(MalformedEdition, match=r"sample\.collection_min"):
        edition_from(_profile(thresholds={}))


def test_a_profile_whose_clause_points_nowhere_is_refused():
    dangling = EDITION.clause("8.2.3.b.4").model_dump(mode="json") | {"methods": ["M.9.9"]}
    with pytest.raises(MalformedEdition, match=r"M\.9\.9"):
        edition_from(_profile(clauses=[dangling]))


def _profile(**changed: object) -> dict[str, object]:
    """The default edition, written as a profile writes it, with parts exchanged."""
    written = EDITION.model_dump(mode="json")
    parts = {name: written.pop(name) for name in ("risk_groups", "risks", "sections", "clauses")}
    thresholds = EDITION.thresholds.model_dump(mode="json", by_alias=True, exclude_none=True)
    del written["thresholds"], written["overrides"]
    return {"edition": written, **parts, "thresholds": thresholds, **changed}


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": "7"}
