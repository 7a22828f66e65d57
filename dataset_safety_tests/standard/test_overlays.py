"""An operator may ask for more than the edition does, never for less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.standard import LoosenedThreshold, Modality, Severity, UnknownRisk, UnknownThreshold, load_edition, tightened
from dataset_safety.standard.thresholds import Stricter, Thresholds

EDITION = load_edition()


def test_a_stricter_value_holds_and_changes_the_digest_but_not_the_edition_it_came_from():
    before = EDITION.digest
    stricter = tightened(EDITION, {"sample.manual_min": 5000, "keyword_update_max_days": 3, "keyword_min.A.1.d": 300})
    assert (stricter.thresholds.manual_min, stricter.thresholds.keyword_update_max_days) == (5000, 3)
    assert stricter.risk("A.1.d").keyword_min == 300
    assert stricter.digest != before == EDITION.digest
    assert EDITION.thresholds.manual_min == 4000 and EDITION.risk("A.1.d").keyword_min == 200
    assert stricter.overrides == {"sample.manual_min": 5000, "keyword_update_max_days": 3, "keyword_min.A.1.d": 300}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("manual_min", 3999),
        ("sample.manual_ok_pct", 95),
        ("keyword.update_max_days", 8),
        ("source.min_per_type", 1),
        ("ipr.tolerance", 1),
        ("sample.manual_population", "P1"),
        ("genai.required_fields", ["generator_model"]),
        ("pi.bases", ["consent", "because"]),
        ("ttl.probe_days", 30),
        ("keyword_min.A.2.e", 99),
    ],
)
def test_a_looser_value_is_refused(key: str, value: object):
    with pytest.raises(LoosenedThreshold, match="may only tighten") as raised:
        tightened(EDITION, {key: value})
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sample.manual_mim", 5000),
        ("manual_min", "5000"),
        ("manual_min", True),
        ("manual_ok_pct", 101),
        ("keyword_min.A.1.d", "many"),
        ("keyword_min.A.3.a", 10),
    ],
)
def test_an_unknown_threshold_or_a_value_of_another_kind_is_refused(key: str, value: object):
    with pytest.raises(UnknownThreshold, match="Hint:") as raised:
        tightened(EDITION, {key: value})
    assert raised.value.exit_code == 2


def test_a_misspelt_threshold_is_answered_with_the_nearest():
    with pytest.raises(UnknownThreshold, match=r"did you mean 'sample\.manual_min'"):
        tightened(EDITION, {"sample.manual_mim": 5000})
    with pytest.raises(UnknownRisk):
        tightened(EDITION, {"keyword_min.A.9.z": 300})


def test_a_rule_that_the_edition_lacks_may_be_added_but_not_taken_away_again():
    stricter = tightened(EDITION, {"source.reject_pct": 5, "source.reject_before": True})
    assert stricter.thresholds.source_reject_pct == 5
    for looser in (6, None):
        with pytest.raises(LoosenedThreshold):
            tightened(stricter, {"source.reject_pct": looser})


def test_strict_should_holds_recommendations_like_duties():
    stricter = tightened(EDITION, {"verdict.strict_should": True})
    assert not [clause for clause in stricter.clauses if clause.severity is Severity.S3]
    assert stricter.thresholds.keyword_update_modality is Modality.SHALL
    with pytest.raises(LoosenedThreshold):
        tightened(stricter, {"verdict.strict_should": False})


def test_no_overlay_changes_nothing():
    assert tightened(EDITION, {}) == EDITION
    assert tightened(EDITION, {}).digest == EDITION.digest
    assert len({tightened(EDITION, {}), EDITION, tightened(EDITION, {"manual_min": 4001})}) == 2


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_only_larger_draws_pass(first: int, second: int):
    try:
        reached = tightened(EDITION, {"manual_min": first})
        reached = tightened(reached, {"manual_min": second})
    except LoosenedThreshold:
        assert min(first, 4000) < 4000 or second < first
    else:
        assert reached.thresholds.manual_min == second >= first >= 4000


def test_every_threshold_says_which_way_is_stricter_and_has_its_key_in_the_profile():
    for name, field in Thresholds.model_fields.items():
        assert sum(isinstance(mark, Stricter) for mark in field.metadata) == 1, name
        assert field.alias and "." in field.alias, name
