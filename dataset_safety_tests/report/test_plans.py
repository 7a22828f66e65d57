"""Plans (n, Ac): whole numbers decide, curves and intervals are exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.evaluation.statistics import Plan, clopper_pearson
from dataset_safety.records import Verdict, VerdictValue
from dataset_safety.report.plans import plans, points
from dataset_safety.standard import Stage, load_edition
from dataset_safety.store.draws import Draw

MANUAL = "8.2.3.b.4.manual"


def drawn(seed: str, census: bool) -> Draw:
    identity = ("d", "r", Stage.PRE_TRAINING, "manual", "p", 4000, 4000, census)
    return Draw(*identity, seed, "a", "o", "", "op")


def plan_of(value: VerdictValue, k: int, *, clause: str = MANUAL, census: bool = False):
    part = Verdict(clause, value, "", "", "", 4000, k, seed="5")
    whole = Verdict("8.2.3.b.4", value, "", parts=(part,))
    return plans([whole], load_edition(), [drawn("5", census)])[0]


@given(st.integers(1, 50_000), st.integers(0, 50_000), st.integers(50, 100))
def test_a_draw_passes_exactly_when_no_more_than_ac_are_bad(n, bad, percent):
    assert ((n - bad) * 100 >= percent * n) == (bad <= Plan(n, percent).acceptance)


@pytest.mark.parametrize(("share", "chance"), [(0.035, 0.96), (0.04, 0.52), (0.045, 0.07), (0.05, 0.002)])
def test_the_curve_is_the_one_of_the_notes(share, chance):
    assert Plan(4000, 96).accepts(share) == pytest.approx(chance, abs=0.006)


def test_the_interval_is_exact():
    low, high = clopper_pearson(160, 4000)
    assert (round(low, 4), round(high, 4)) == (0.0341, 0.0465)
    assert clopper_pearson(0, 10)[0] == 0.0 and clopper_pearson(10, 10)[1] == 1.0


@given(st.integers(1, 5000), st.data())
def test_the_interval_holds_what_was_observed(n, data):
    k = data.draw(st.integers(0, n))
    low, high = clopper_pearson(k, n)
    assert 0 <= low <= k / n <= high <= 1


def test_an_unsettled_draw_has_no_interval_and_a_census_no_error():
    assert plan_of(VerdictValue.INCOMPLETE, 0).interval is None
    census = plan_of(VerdictValue.COMPLIANT, 12, census=True)
    assert census.settled and census.census and census.interval is None
    assert plan_of(VerdictValue.COMPLIANT, 12).interval == clopper_pearson(12, 4000)


def test_fine_tuning_evaluates_the_same_plan_again():
    found = plan_of(VerdictValue.COMPLIANT, 12, clause=f"8.3.3.b.1/{MANUAL}")
    assert (found.n, found.accept, found.limit, found.method) == (4000, 160, 0.04, "people")


def test_the_curve_falls_and_reaches_what_was_observed():
    found = plan_of(VerdictValue.NON_COMPLIANT, 900)
    curve = points(found)
    chances = list(curve.values())
    assert chances[0] == 1.0 and chances == sorted(chances, reverse=True) and max(curve) >= 900 / 4000
