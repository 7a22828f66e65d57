"""The fold is 1:1, complete over Unicode, and gives every detector the same view."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.preprocessing.folding import INVISIBLE, TextBatch, fold, fold_table

TEXTS = st.lists(st.text(st.characters(), max_size=40), max_size=300)


@given(TEXTS)
def test_each_folded_text_has_as_many_code_points_as_its_original(texts):
    batch = TextBatch.of(texts)
    assert [len(text) for text in batch.folded] == [len(text) for text in texts]
    assert batch.column.to_list() == batch.folded == [fold(text) for text in texts]


@given(TEXTS)
def test_points_and_bounds_are_the_folded_texts(texts):
    batch = TextBatch.of(texts)
    assert batch.bounds[0] == 0 and batch.bounds[-1] == batch.points.size == sum(map(len, texts))
    for row, text in enumerate(batch.folded):
        assert batch.points_of(row).tobytes().decode("utf-32-le") == text


def test_folding_twice_changes_nothing():
    table = fold_table()
    assert np.array_equal(table[table], table)


def test_every_single_compatibility_form_and_case_of_unicode_is_folded():
    table = fold_table()
    for point in range(0x110000):
        character = chr(point)
        folded = unicodedata.normalize("NFKC", character)
        if table[point] == ord(INVISIBLE) or 0xD800 <= point < 0xE000 or len(folded) != 1:
            continue
        expected = folded.casefold() if len(folded.casefold()) == 1 else folded
        assert table[point] == table[ord(expected)], hex(point)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢＣ１２３！", "abc123!"),
        ("國髮裡麵", "国发里面"),
        ("\u3000", " "),
        ("Ǆ", "Ǆ".casefold()),
        ("a\u200bb", f"a{INVISIBLE}b"),
        ("\ud800", "\ufffd"),
        ("ﬁ", "ﬁ"),
    ],
)
def test_width_case_script_and_invisible_signs_are_folded(written, folded):
    assert fold(written) == folded


def test_lines_stay_lines():
    assert fold("一\n二\r\n三") == "一\n二\r\n三"


def test_texts_and_data_types_must_be_as_many():
    with pytest.raises(ValueError, match="1 texts, but 0 data types"):
        TextBatch.of(["a"], [])
    assert TextBatch.of(["a"]).data_types == ["text:und"]


def test_an_empty_batch_is_a_batch():
    batch = TextBatch.of([])
    assert batch.folded == [] and len(batch) == 0 and batch.column.is_empty()
