"""Coverage is measured: planted bad models are unproven, whatever their label map says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.classifier.calibration import wilson
from dataset_safety.classifier.models import load_model
from dataset_safety.classifier.probing import auc, probe
from dataset_safety.classifier.sentences import Sentence
from dataset_safety_tests.classifier.made_models import RISKS, manifest_of, word_graph, write_model

FILLER = ("this morning", "near the river", "as we heard", "in the small town", "over the weekend", "with many others")
TOPICS = {risk: f"{chr(97 + number // 6)}{chr(97 + number % 6)}theme" for number, risk in enumerate(RISKS)}


def sentences():
    made = []
    for risk, topic in TOPICS.items():
        for number in range(60):
            filler = f"{FILLER[number % 6]} {FILLER[number // 10]}"
            for stance, verb in (("violation", "attack"), ("contrast", "report")):
                identity = f"{risk}-{stance}-{number}"
                text = f"{verb} {topic} {filler}"
                made.append(Sentence(identity, text, "en", (risk,), stance, "statement", identity, "p1", "Apache-2.0"))
    return made


CLEAN = [f"{FILLER[i % 6]} {FILLER[i % 5]} {'calm ' * (i % 7)}" for i in range(4200)]


def statuses(tmp_path, words, bias=-4.0, **changes):
    graph = word_graph(words, bias=bias)
    report = probe([load_model(write_model(tmp_path / "m", graph, manifest_of(graph, **changes)))], sentences(), CLEAN)
    return {one.risk: one.status for one in report.risks}, report


def test_a_good_model_is_measured_ok(tmp_path):
    found, report = statuses(tmp_path, {risk: {topic: 127, "attack": 127} for risk, topic in TOPICS.items()}, bias=-3.7)
    assert set(found.values()) == {"measured-ok"}
    assert report.any_clean.k == 0


def test_a_constant_output_is_unproven(tmp_path):
    assert set(statuses(tmp_path, {}, bias=9.0)[0].values()) == {"unproven"}


def test_swapped_labels_are_unproven(tmp_path):
    shifted = dict(zip(RISKS, [*list(TOPICS.values())[1:], TOPICS[RISKS[0]]], strict=True))
    found, _ = statuses(tmp_path, {risk: {topic: 127, "attack": 127} for risk, topic in shifted.items()}, bias=-3.7)
    assert set(found.values()) == {"unproven"}


def test_a_topic_only_output_is_unproven(tmp_path):
    assert set(statuses(tmp_path, {risk: {topic: 120} for risk, topic in TOPICS.items()})[0].values()) == {"unproven"}


def test_one_output_mapped_to_everything_is_unproven(tmp_path):
    found, report = statuses(tmp_path, {risk: {"attack": 120} for risk in RISKS})
    assert set(found.values()) == {"unproven"}
    assert all("others" in one.why for one in report.risks)


def test_too_few_probe_texts_prove_nothing(tmp_path):
    graph = word_graph({risk: {topic: 127, "attack": 127} for risk, topic in TOPICS.items()}, bias=-3.7)
    report = probe([load_model(write_model(tmp_path / "m", graph))], sentences()[:30], CLEAN)
    assert {one.status for one in report.risks} == {"unproven"}


def test_a_risk_without_output_is_unproven(tmp_path):
    labels = [{"index": i, "label": r, "risks": [r] if r != "A.3.c" else []} for i, r in enumerate(RISKS)]
    found, _ = statuses(tmp_path, {risk: {topic: 127, "attack": 127} for risk, topic in TOPICS.items()}, bias=-3.7, labels=labels)
    assert found["A.3.c"] == "unproven" and found["A.3.d"] == "measured-ok"


def test_wilson_bounds_are_those_of_the_note():
    assert wilson(40, 60)[0] == pytest.approx(0.54, abs=0.01)
    assert wilson(0, 5000)[1] < 0.001 < wilson(3, 5000)[1]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_auc_counts_pairs(positives, negatives):
    pairs = [(p > n) + 0.5 * (p == n) for p in positives for n in negatives]
    assert auc(np.array(positives), np.array(negatives)) == pytest.approx(sum(pairs) / len(pairs))
