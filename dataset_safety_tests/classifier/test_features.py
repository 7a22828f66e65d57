from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_safety.classifier.features import BLOCK_UNITS, BUCKETS, LOOKUPS, PIECE_POINTS, blocks_of
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety_tests.classifier.hard_texts import HARD_TEXTS

GOLDEN = Path(__file__).parent / "data" / "golden_features.json"
TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("abc 我要发票，。'")), max_size=200)


def packed(text: str) -> str:
    """Everything that the features say of one text, as one hash."""
    digest = hashlib.sha256()
    for blocks in blocks_of(TextBatch.of([text])):
        for column in (blocks.buckets, blocks.lookups, blocks.starts, blocks.ends, blocks.pieces):
            digest.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
    return digest.hexdigest()[:24]


def units(text: str) -> list[int]:
    (blocks,) = blocks_of(TextBatch.of([text]))
    return sorted(blocks.buckets[blocks.buckets > 0].tolist())


def test_features_of_fifty_hard_texts_are_those_of_the_golden_file():
    assert len(HARD_TEXTS) >= 50
    assert [packed(text) for text in HARD_TEXTS] == json.loads(GOLDEN.read_text(encoding="utf-8"))


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_a_text_has_the_same_features_in_any_company(texts):
    together = list(blocks_of(TextBatch.of(texts)))
    assert len(together) == 1
    blocks = together[0]
    for row, text in enumerate(texts):
        (alone,) = blocks_of(TextBatch.of([text]))
        span = slice(int(blocks.pieces[row]), int(blocks.pieces[row + 1]))
        assert np.array_equal(blocks.buckets[span], alone.buckets)
        assert np.array_equal(blocks.starts[span], alone.starts) and np.array_equal(blocks.ends[span], alone.ends)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_buckets_lie_in_the_table_and_spans_in_the_text(text):
    for blocks in blocks_of(TextBatch.of([text])):
        assert blocks.buckets.shape[1] == BLOCK_UNITS * LOOKUPS
        assert blocks.buckets.min() >= 0 and blocks.buckets.max() < BUCKETS
        assert (blocks.starts >= 0).all() and (blocks.starts <= blocks.ends).all() and (blocks.ends <= len(text)).all()


def test_spaces_invisible_signs_and_scripts_do_not_hide_a_phrase():
    assert units("我 要 发 票") == units("我\u200b要\u200b发\u200b票") == units("我要發票") == units("我要发票")
    assert units("DON'T") == units("don’t") == units("ｄｏｎｔ")


def test_digits_are_alike_but_words_are_not():
    assert units("room 204") == units("room 731") != units("room abc")


def test_a_long_text_is_cut_into_pieces_and_none_is_lost():
    text = "word " * (2 * PIECE_POINTS)
    blocks = list(blocks_of(TextBatch.of([text])))
    assert sum(len(part.rows) for part in blocks) == -(-len(text) // PIECE_POINTS)
    assert blocks[-1].ends.max() >= len(text) - 1


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps([packed(text) for text in HARD_TEXTS], indent=1), encoding="utf-8")
