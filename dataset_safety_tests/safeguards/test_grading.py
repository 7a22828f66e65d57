"""A grade is derived as the highest of its inputs, and nobody lowers one alone."""

from __future__ import annotations

import itertools
import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety import clock
from dataset_safety.safeguards.errors import GradeRefused, SchemeUnreadable, StatementRefused
from dataset_safety.safeguards.grading import Grading, GradingRegister, highest, lowers, standing
from dataset_safety.safeguards.grading_records import on_record
from dataset_safety.safeguards.schemes import GradingScheme, read_scheme
from dataset_safety.store.facade import open_store
from dataset_safety.store.references import referenced_objects
from dataset_safety_tests.safeguards.recorded import GRADER, LEAD, NOW, OTHER, RISING, graded, scheme_text, with_scheme, written

SCHEME = GradingScheme.model_validate(tomllib.loads(scheme_text()))
GRADES = st.sampled_from(SCHEME.grade_ids)
PEOPLE = st.sampled_from(["", GRADER, "ZHAO  ming", LEAD, OTHER])


def grading(grade: str, reason: str = "", approver: str = "", population: str = "") -> Grading:
    """A grade by GRADER."""
    return Grading(
        "s", "web", grade, SCHEME.level(grade), SCHEME.rank(grade), GRADER, "basis", date(2026, 11, 1), SCHEME.scale, "2026-1",
        population, reason, approver,
    )  # fmt: skip


GRADINGS = st.builds(grading, GRADES, st.sampled_from(["", "reason"]), PEOPLE)


@given(st.lists(GRADES), st.lists(GRADES))
def test_what_is_derived_has_the_maximum_of_its_inputs(some, others):
    found = highest([*some, *others], SCHEME)
    parts = [one for one in (highest(some, SCHEME), highest(others, SCHEME)) if one is not None]
    assert found == highest(parts, SCHEME) == highest([*others, *some], SCHEME)
    assert found is None or (
        found in {*some, *others} and all(SCHEME.rank(found) >= SCHEME.rank(one) for one in (*some, *others))
    )
    assert (found is None) == (not some and not others)


@given(GRADES, st.lists(GRADINGS, max_size=6))
def test_a_population_is_never_below_its_inputs_unless_two_persons_graded_it_anew(inherited, history):
    told = [grading(one.grade, one.reason, one.approver, "now") for one in history]
    found = GradingRegister([SCHEME], {"P2": told}).derived("P2", "now", inherited, SCHEME)
    if SCHEME.rank(found.grade) < SCHEME.rank(inherited):
        assert any(one.seconded for one in told)
    assert GradingRegister([SCHEME], {"P2": told}).derived("P2", "other data", inherited, SCHEME).grade == inherited


@given(st.lists(GRADINGS, min_size=1, max_size=8))
def test_the_standing_grade_falls_only_by_a_second_person(history):
    states = [standing(history[:n]) for n in range(1, len(history) + 1)]
    for before, after in itertools.pairwise(states):
        assert before is not None and after is not None
        assert not lowers(before, after) or after.seconded
    assert states[-1] in history


def test_the_grader_seconds_nobody_under_another_spelling():
    assert not grading("general-1", "reason", "zhao  MING").seconded
    assert not grading("general-1", "", LEAD).seconded
    assert grading("general-1", "reason", LEAD).seconded


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"grades": RISING[::-1]}, "do not rise"),
        ({"grades": RISING[:2] + RISING[3:]}, "general, important, core"),
        ({"grades": (RISING[0], *RISING)}, "stands twice"),
        ({"sensitive_min": "secret"}, "sensitive_min"),
        ({"categories": ()}, "categories"),
        ({"review_days": 0}, "review_days"),
        ({"approved_on": "2027-01-01"}, "lies ahead"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused_with_its_place(tmp_path, changed, problem):
    with clock.fixed(NOW), pytest.raises(SchemeUnreadable, match=problem) as raised:
        read_scheme(written(tmp_path, scheme_text(**changed)))
    assert "Hint:" in str(raised.value) and raised.value.exit_code == 2


def test_an_unknown_key_of_a_scheme_is_answered_with_the_near_one(tmp_path):
    with pytest.raises(SchemeUnreadable, match="did you mean 'review_days'"):
        read_scheme(written(tmp_path, scheme_text().replace("review_days", "reveiw_days")))
    with pytest.raises(SchemeUnreadable, match="did you mean 'level'"):
        read_scheme(written(tmp_path, scheme_text() + 'levle = "core"\n'))


def test_a_renewed_approval_keeps_the_scale_and_another_order_does_not():
    renewed = GradingScheme.model_validate(tomllib.loads(scheme_text("2027-1", approved_on="2026-11-01")))
    finer = GradingScheme.model_validate(tomllib.loads(scheme_text("2027-1", (("general-0", "general"), *RISING))))
    assert renewed.scale == SCHEME.scale != finer.scale


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened, clock.fixed(NOW):
        yield opened


def test_an_edition_never_changes_under_its_name(store, tmp_path):
    with_scheme(store, tmp_path)
    with_scheme(store, tmp_path)
    with pytest.raises(GradeRefused, match="2026-1"):
        with_scheme(store, tmp_path, review_days=30)


def test_a_lower_grade_needs_a_reason_and_somebody_else(store, tmp_path):
    with_scheme(store, tmp_path)
    graded(store, "pages", "general-2")
    for alone in ({}, {"reason": "it is public"}, {"approver": LEAD}, {"reason": "it is public", "approver": GRADER.upper()}):
        with pytest.raises(GradeRefused, match="lower"):
            graded(store, "pages", "general-1", **alone)
    graded(store, "pages", "important-1")
    graded(store, "pages", "general-1", reason="it is public", approver=LEAD)
    with store.database.read() as connection:
        assert on_record(connection).standing["pages"].grade == "general-1"


def test_grades_are_those_of_the_scheme_in_force_and_never_of_tomorrow(store, tmp_path):
    with pytest.raises(GradeRefused, match="no grading scheme"):
        graded(store, "pages", "general-1")
    scheme = with_scheme(store, tmp_path)
    for wrong in ({"category": "films"}, {"grade": "secret"}):
        with pytest.raises(GradeRefused, match="the scheme"):
            graded(store, "pages", **{"grade": "general-1"} | wrong)
    with pytest.raises(GradeRefused, match="before the scheme was approved"):
        graded(store, "pages", "general-1", date(2026, 9, 30))
    with pytest.raises(StatementRefused, match="basis"):
        graded(store, "pages", "general-1", basis=" ")
    assert scheme.edition == "2026-1"


def test_the_file_of_a_scheme_is_no_left_over(store, tmp_path):
    with_scheme(store, tmp_path)
    objects = {path.name for path in store.objects.root.glob("*/*")}
    with store.database.read() as connection:
        assert objects and objects <= referenced_objects(connection)
