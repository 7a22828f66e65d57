"""The guideline covers every risk, in both languages, with a contrast."""

from __future__ import annotations

from dataset_safety.evaluation.guideline import guideline
from dataset_safety.standard import load_edition


def test_every_risk_has_an_example_and_a_contrast_in_both_languages():
    assert tuple(guideline().risks) == load_edition("draft-2024-03").risk_ids
    for example in guideline().risks.values():
        assert all(len(words) > 5 for words in (example.en, example.zh, example.pass_en, example.pass_zh))
