"""Cells: never a formula, and always the text again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.store.spreadsheets import FORMULA, neutral, restored
from dataset_safety_tests.hostile import TEXTS


@given(st.text() | st.text(alphabet="'= +-@\t\r\n＝a"))
def test_no_cell_begins_as_a_formula_and_every_one_gives_its_text_back(text):
    assert not neutral(text).lstrip(" ").startswith(FORMULA)
    assert restored(neutral(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_texts_are_cells_and_come_back(text):
    assert not neutral(text).lstrip(" ").startswith(FORMULA) and restored(neutral(text)) == text


def test_plain_text_stays_as_it_is():
    assert [neutral(text) for text in ("", "plain", "a=1", "1-2", " plain")] == ["", "plain", "a=1", "1-2", " plain"]
