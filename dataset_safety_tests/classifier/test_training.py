"""Training from examples to a served model, small but whole; and the figures on the labelled sets."""

from __future__ import annotations

import random

import pytest

from dataset_safety.classifier.examples import Example
from dataset_safety.classifier.models import model_from_bytes
from dataset_safety.classifier.training import NEVER_REJECT, Settings, TrainingSet, calibrated, model_files
from dataset_safety.preprocessing.folding import TextBatch

WORDS = ["river", "house", "market", "teacher", "window", "garden", "music", "paper", "winter", "street", "coffee", "bridge"]


def examples(seed=1):
    rng = random.Random(seed)

    def text(extra):
        words = [*rng.choices(WORDS, k=rng.randint(4, 12)), *extra]
        rng.shuffle(words)
        return " ".join(words)

    made = [Example(text(["despise", "vermin"]), "sentences/t1", f"p{n}", positive=frozenset({"A.2.d"})) for n in range(90)]
    made += [Example(text(["despise"]), "sentences/t1", f"c{n}", contrast=frozenset({"A.2.d"})) for n in range(90)]
    made += [Example(text(["overthrow"]), "sentences/t1", f"o{n}", positive=frozenset({"A.1.a"})) for n in range(90)]
    made += [Example(text([]), "clean/x", f"n{n}") for n in range(300)]
    return made, [text([]) for _ in range(800)]


@pytest.fixture(scope="module")
def trained():
    found, clean = examples()
    result = calibrated(TrainingSet(found, Settings(tolerance=0.001)), clean)
    return found, result, model_files(result, version="t", sources=found, notes={})


def test_what_was_trained_is_what_is_served(trained):
    _, result, files = trained
    model = model_from_bytes(files)
    scores = model.scores(TextBatch.of(["vermin despise garden music", "garden music river", "overthrow river coffee"])).values
    region, state = model.risks.index("A.2.d"), model.risks.index("A.1.a")
    limit = result.thresholds["A.2.d"].review
    assert limit is not None and scores[0, region] >= limit > scores[1, region]
    assert scores[2, state] > scores[0, state]


def test_an_output_without_training_data_is_silent(trained):
    model = model_from_bytes(trained[2])
    scores = model.scores(TextBatch.of([example.text for example in trained[0][:50]]))
    assert scores.values[:, model.risks.index("A.4.g")].max() < 1e-4
    assert model.status("A.4.g") == "unproven"


def test_nothing_bundled_decides_alone_where_a_person_must(trained):
    assert all(trained[1].thresholds[risk].reject is None for risk in NEVER_REJECT)


def test_the_same_inputs_give_the_same_bytes(trained):
    found, clean = examples()
    again = calibrated(TrainingSet(found, Settings(tolerance=0.001)), clean)
    assert model_files(again, version="t", sources=found, notes={}) == trained[2]


@pytest.mark.slow
def test_figures_on_the_labelled_sets(labelled):
    from dataset_safety.classifier.evaluating import cold_alone, davidson_fifth

    assert cold_alone(labelled)["all"] >= 0.94
    assert davidson_fifth(labelled)["auc"] >= 0.90
