"""The card is generated from the run: decisions, agreement, judgements and trials stand in it."""

from __future__ import annotations

import json

from dataset_safety.classifier.agreement import RULE
from dataset_safety.classifier.card import card_of
from dataset_safety.classifier.models import load_model
from dataset_safety.classifier.probing import probe
from dataset_safety.classifier.trials import trials
from dataset_safety_tests.classifier.made_models import manifest_of, word_graph, write_model

AGREEMENT = {"agreement": {"keywords": "1", "risks": {"A.2.e": {"k": 200, "n": 200, "clean": 0}}}}


def card(tmp_path, **changes):
    graph = word_graph({"A.2.e": {"spite": 127}})
    model = load_model(write_model(tmp_path / "m", graph, manifest_of(graph, **changes)))
    return card_of(model, probe([model], [], ["a calm day"]))


def test_every_trial_says_what_where_and_with_which_verdict():
    assert trials() and all(trial.what and trial.on and trial.figures and trial.verdict for trial in trials())


def test_the_card_states_rule_agreement_and_trials(tmp_path):
    made = card(tmp_path, calibration=AGREEMENT, training={"judgements": {"confirmed": 3, "rejected": 2}})
    document = json.loads(made.json_bytes())
    assert document["decisions"] == RULE
    assert document["risks"]["A.2.e"]["agreement"]["proved"] is True and document["risks"]["A.2.d"]["agreement"] == {}
    assert [trial["what"] for trial in document["tried"]] == [trial.what for trial in trials()]
    told = made.markdown()
    assert RULE in told and "200/200, rejects" in told and "judgements, confirmed: 3" in told and trials()[0].line() in told
