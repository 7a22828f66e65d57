"""The page speaks English and Chinese."""

from __future__ import annotations

from dataset_safety.review.wording import _WORDS


def test_every_word_of_the_page_is_there_in_english_and_chinese():
    assert all(len(pair) == 2 and all(pair) for pair in _WORDS.values())
