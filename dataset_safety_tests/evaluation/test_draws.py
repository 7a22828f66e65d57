"""Draws are reproducible, independent of order, nested and unbiased."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from dataset_safety.evaluation.draws import bottom_k, seed_of, share_of

names = st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=12), unique=True, max_size=60)


@given(ids=names, size=st.integers(0, 70), order=st.randoms(use_true_random=False))
def test_the_order_of_the_population_does_not_matter(ids, size, order):
    seed = seed_of("population", "1", "test")
    mixed = list(ids)
    order.shuffle(mixed)
    assert bottom_k(ids, size, seed) == bottom_k(mixed, size, seed)


@given(ids=names, small=st.integers(0, 30), more=st.integers(0, 30))
def test_a_larger_draw_begins_with_the_smaller_one(ids, small, more):
    seed = seed_of("population", "1", "test")
    assert bottom_k(ids, small + more, seed)[:small] == bottom_k(ids, small, seed)


@given(ids=names)
def test_a_draw_larger_than_the_population_is_a_census(ids):
    assert sorted(bottom_k(ids, len(ids) + 5, seed_of("p", "1", "t"))) == sorted(ids)


def test_every_position_is_drawn_equally_often():
    ids = [f"sample-{number:02d}" for number in range(20)]
    counts = dict.fromkeys(ids, 0)
    for population in range(200):
        for name in bottom_k(ids, 5, seed_of(str(population), "1", "chi")):
            counts[name] += 1
    assert sum(counts.values()) == 1000
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_purpose_and_nonce_make_other_draws():
    ids = [str(number) for number in random.Random(1).sample(range(10**6), 500)]
    drawn = {tuple(bottom_k(ids, 10, seed_of("p", nonce, purpose))) for nonce in "12" for purpose in ("a", "b")}
    assert len(drawn) == 4


@pytest.mark.parametrize(("total", "expected"), [(0, 0), (1, 1), (10, 1), (11, 2), (999, 100), (1000, 100), (1001, 101)])
def test_a_tenth_is_never_less_than_a_tenth(total, expected):
    assert share_of(total, 10) == expected
    assert share_of(total, 10) * 10 >= total
