"""What licences say about training."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.rights.licences import assess


@pytest.mark.parametrize(
    ("stated", "training"),
    [
        ("Apache-2.0", "allowed"),
        ("cc-by-4.0", "allowed"),
        ("CC-BY-SA-4.0", "allowed"),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", "allowed"),
        ("LicenseRef-public-domain", "allowed"),
        ("CC-BY-NC-4.0", "unclear"),
        ("CC-BY-ND-4.0", "forbidden"),
        ("CC-BY-NC-ND-4.0", "forbidden"),
        ("MIT OR CC-BY-ND-4.0", "allowed"),
        ("MIT AND CC-BY-ND-4.0", "forbidden"),
        ("MIT AND CC-BY-NC-4.0", "unclear"),
        ("LicenseRef-no-ai", "forbidden"),
        ("Nobody-Knows-1.0", "unclear"),
        ("", "unclear"),
        ("All rights reserved", "unclear"),
        ("The data may be used to train language models.", "allowed"),
        ("You may not use the data to train language models.", "forbidden"),
        ("不得用于大模型训练", "forbidden"),
        ("授权乙方将数据用于大模型训练", "allowed"),
        ("仅供学术研究使用", "unclear"),
    ],
)
def test_training_is_assessed(stated: str, training: str) -> None:
    licence = assess(stated)
    assert licence.training == training
    assert licence.reasons


def test_expressions_are_normalised_and_unknown_ones_are_said_to_be() -> None:
    assert assess("mit or apache-2.0").expression == "MIT OR Apache-2.0"
    assert assess("MIT").known
    assert not assess("Nobody-Knows-1.0").known


@given(st.text(max_size=200))
def test_any_text_is_assessed_without_an_error(stated: str) -> None:
    assert assess(stated).training in ("allowed", "forbidden", "unclear")
