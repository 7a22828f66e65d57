"""Intervals, plans and agreement give the numbers of the books, and the laws that make them trustworthy hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from dataset_safety.evaluation.agreement import agreement, agreements, krippendorff, void_answers
from dataset_safety.evaluation.statistics import Plan, clopper_pearson, upper_bound, wilson
from dataset_safety.store.draws import Judgement, save_judgements
from dataset_safety.store.facade import open_store
from dataset_safety_tests.review.drawn import draw_over, texts

BAD = frozenset({"yes"})


def test_the_plan_of_the_standard():
    plan = Plan(4000, 96)
    assert (plan.acceptance, plan.rejection, plan.clear) == (160, 161, 139)
    assert [round(share, 3) for share in plan.curve([0.035, 0.04, 0.045, 0.05])] == [0.959, 0.521, 0.067, 0.002]
    assert tuple(round(share, 3) for share in clopper_pearson(160, 4000)) == (0.034, 0.047)
    assert wilson(160, 4000) == pytest.approx((0.0344, 0.0465), abs=1e-4)


def test_a_known_population_makes_the_curve_steeper_and_a_census_decides():
    wide, known = Plan(4000, 96), Plan(4000, 96, 5000)
    assert known.accepts(0.035) > wide.accepts(0.035) and known.accepts(0.045) < wide.accepts(0.045)
    census = Plan(4000, 96, 3000)
    assert census.census and census.curve([0.04, 0.0404]) == [1.0, 0.0]


def test_too_few_samples_are_never_clear():
    assert Plan(50, 96).clear == -1 and Plan(50, 96, 50).clear == Plan(50, 96).acceptance == 2


@settings(deadline=None)  # the first call imports scipy
@given(n=st.integers(1, 500), percent=st.integers(50, 99))
def test_acceptance_is_the_integer_rule(n, percent):
    plan = Plan(n, percent)
    assert (n - plan.acceptance) * 100 >= percent * n > (n - plan.rejection) * 100
    assert plan.clear <= plan.acceptance
    if plan.clear >= 0:
        assert upper_bound(plan.clear, n) <= plan.limit
    assert upper_bound(plan.clear + 1, n) > plan.limit or plan.clear == plan.acceptance


@settings(deadline=None)  # the first call imports scipy
@given(n=st.integers(1, 20), share=st.integers(0, 1000).map(lambda thousandths: thousandths / 1000))
def test_the_exact_interval_covers_at_least_as_often_as_it_says(n, share):
    intervals = [clopper_pearson(k, n) for k in range(n + 1)]
    covers = [low <= share <= high for low, high in intervals]
    assert binom.pmf(np.arange(n + 1), n, share)[covers].sum() >= 0.95 - 1e-9


def test_nothing_drawn_says_nothing():
    assert clopper_pearson(0, 0) == wilson(0, 0) == (0.0, 1.0)


OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def test_alpha_is_that_of_the_published_example():
    units = [[row[column] for row in OBSERVERS] for column in range(12)]
    counts = np.array([[unit.count(value) for value in "12345"] for unit in units])
    assert krippendorff(counts[counts.sum(axis=1) > 1]) == pytest.approx(0.743, abs=0.0005)


def said(sample, reviewer, answer, role="reviewer", question="risk"):
    return Judgement("d", sample, question, answer, [], "", reviewer, role, "1", "0" * 64, "", "")


def test_rare_risk_shows_why_three_figures_stand_side_by_side():
    given_ = [said(f"s{n}", who, "no") for n in range(98) for who in "ab"]
    given_ += [said("s98", "a", "yes"), said("s98", "b", "yes"), said("s99", "a", "yes"), said("s99", "b", "no")]
    found = agreement(given_, "risk", BAD)
    assert (found.samples, found.pairs, found.raw) == (100, 100, 0.99)
    assert found.on_risk == pytest.approx(2 / 3)
    assert found.alpha == pytest.approx(0.664, abs=0.001)
    assert found.interval[0] <= found.alpha <= found.interval[1]
    assert agreement(given_, "risk", BAD) == found


def test_only_reviewers_who_could_read_count_and_the_last_answer_of_each():
    given_ = [
        said("s1", "a", "no"), said("s1", "a", "yes"), said("s1", "b", "yes"), said("s1", "judge", "no", "adjudicator"),
        said("s2", "a", "no"), said("s2", "b", "cannot_read"),
        said("s3", "a", "no"), said("s3", "b", "no"), said("s3", "b", "withdrawn"),
        said("s4", "a", "no", question="rights"),
    ]  # fmt: skip
    (found,) = agreements(given_, BAD)
    assert (found.question, found.samples, found.raw, found.on_risk) == ("risk", 1, 1.0, 1.0)
    assert found.alpha is None and found.interval is None


def test_an_answer_about_another_text_than_the_drawn_one_is_void(tmp_path):
    with open_store(tmp_path / "home") as store:
        rows = texts(3)
        drawn = draw_over(store, rows)
        shown = [rows[0]["content_sha256"], rows[1]["content_sha256"], "0" * 64]
        about = [
            Judgement(drawn.draw_id, row["sample_id"], "risk", "no", [], "", "an", "reviewer", "1", digest, "", "")
            for row, digest in zip(rows, shown, strict=True)
        ]
        with store.database.write() as connection:
            save_judgements(connection, about)
        assert void_answers(store, drawn) == 1
