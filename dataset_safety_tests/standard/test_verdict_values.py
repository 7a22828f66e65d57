"""Of several verdict values the worst holds, and nothing is passed by being empty."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.standard import VerdictValue, worst

ORDER = ["ERROR", "NON_COMPLIANT", "STALE", "INCOMPLETE", "COMPLIANT", "NOT_APPLICABLE"]


def test_an_empty_set_is_incomplete():
    assert worst([]) is VerdictValue.INCOMPLETE


@given(st.lists(st.sampled_from(VerdictValue), min_size=1))
def test_the_worst_holds(values: list[VerdictValue]):
    assert worst(values).value == min((value.value for value in values), key=ORDER.index)
    assert worst(values).passed == all(value.passed for value in values)
