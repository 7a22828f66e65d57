"""``classifier eval`` prints every figure beside what is wanted of it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dataset_safety.classifier.clean_texts import CleanText
from dataset_safety.classifier.evaluating import stance_figures
from dataset_safety.classifier.models import load_model
from dataset_safety.classifier.sentences import Sentence
from dataset_safety.classifier.targets import Target, lines, targets
from dataset_safety.cli.classifier import command
from dataset_safety_tests.classifier.made_models import word_graph, write_model

FOUND = {
    "clean": [{"source": "(all)", "documents": 1000, "noted": 3, "review": 8, "reject": 4}],
    "probe": {
        "mean_auc_clean": 0.91, "mean_auc_contrasts": 0.6, "risks_probed": 29,
        "models_alone": {"measured-ok": 2, "measured-weak": 10, "unproven": 17},
        "with_keywords_and_patterns": {"measured-ok": 8, "measured-weak": 13, "unproven": 8},
    },
    "cold_train_alone_on_cold_dev": {"all": 0.95, "race": 0.9},
    "davidson_fifth_left_out": {"auc": 0.92, "hate": 280, "neither": 830},
    "models_on_cold_dev": {"COLD dev race A.2.a": {"auc": 0.9, "flagged": "1/2", "contrasts_flagged": "0/2"}},
    "stance": {"violations": {"k": 40, "n": 100}, "contrast_negation": {"k": 10, "n": 40}, "technical_howto": {"k": 0, "n": 20}},
}  # fmt: skip


def test_every_figure_is_compared_with_what_is_wanted():
    met = {target.name: target.met for target in targets(FOUND)}
    assert met == {
        "clean documents for review, any risk": False,
        "clean documents rejected, any risk": False,
        "probe: mean AUC against clean text, model alone": True,
        "probe: mean AUC against contrasts, model alone": False,
        "risks measured-ok with keywords and patterns": True,
        "risks measured-ok or -weak with keywords and patterns": False,
        "COLD train alone on COLD dev: AUC": True,
        "Davidson, hate against neither in the fifth left out: AUC": True,
        "flagged: contrast counter speech": None,
        "flagged: contrast negation": False,
        "flagged: contrast quotation": None,
        "flagged: counter speech": None,
        "flagged: technical howto": True,
    }


def test_the_lines_name_what_is_missed_and_where_speed_is_measured():
    told = lines(targets(FOUND), FOUND)
    assert sum(line.startswith("MISSED") for line in told) == 5
    assert "benchmarks.classifier" in told[-1]


def test_a_figure_that_was_not_measured_is_not_called_reached():
    assert (
        Target("x", None, 0.5).met is None
        and Target("x", 0.5, 0.5).met is True
        and Target("x", 0.6, 0.5, at_most=True).met is False
    )


def sentence(number, text, stance):
    return Sentence(str(number), text, "en", ("A.2.e",), stance, "statement", str(number), "p1", "Apache-2.0")


def test_contrasts_are_counted_by_kind(tmp_path):
    model = load_model(write_model(tmp_path / "m", word_graph({"A.2.e": {"spite": 127}}), statuses={"A.2.e": "measured-weak"}))
    probe = [
        sentence(1, "spite", "violation"),
        sentence(2, "never spite", "contrast"),
        sentence(3, "they reject “spite”", "contrast"),
        sentence(4, "a calm day", "contrast"),
    ]
    found = stance_figures([model], probe, [CleanText("kill a process", "gold/technical_howto")])
    assert found["violations"]["k"] == found["violations"]["n"] == 1
    assert [found[kind]["n"] for kind in ("contrast_negation", "contrast_counter_speech", "contrast_quotation")] == [1, 1, 1]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_command_prints_them_all(labelled, inbox):
    options = ["eval", "--labelled", str(labelled), "--inbox", str(inbox), "--json"]
    done = CliRunner().invoke(command, options, catch_exceptions=False)
    document = json.loads(done.stdout)
    assert len(document["targets"]) == 13 and all(target["value"] is not None for target in document["targets"])
