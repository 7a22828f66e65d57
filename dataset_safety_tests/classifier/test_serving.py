"""What a score may do depends on the measured status of the risk, not on the model's own word."""

from __future__ import annotations

import pytest

from dataset_safety.classifier.errors import LabelMapMissing
from dataset_safety.classifier.models import load_model
from dataset_safety.classifier.serving import ModelDetector
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.records import Effect, Method
from dataset_safety_tests.classifier.made_models import RISKS, manifest_of, word_graph, write_model

STRONG, MILD = "spite", "scorn"
GRAPH = word_graph({"A.2.e": {STRONG: 120, MILD: 40}, "A.1.d": {STRONG: 120}})


def effects(folder, texts):
    return {(finding.row, finding.risk): finding for finding in ModelDetector([load_model(folder)]).find(TextBatch.of(texts))}


@pytest.mark.parametrize(
    ("status", "strong", "mild"),
    [
        ("unproven", Effect.NOTE, Effect.NOTE),
        ("measured-weak", Effect.REVIEW, Effect.REVIEW),
        ("measured-ok", Effect.REJECT, Effect.REVIEW),
    ],
)
def test_effect_follows_the_measured_status(tmp_path, status, strong, mild):
    found = effects(write_model(tmp_path / "m", GRAPH, statuses={"A.2.e": status}), ["peace", STRONG, MILD])
    assert (0, "A.2.e") not in found
    assert found[1, "A.2.e"].effect is strong and found[2, "A.2.e"].effect is mild
    assert found[1, "A.1.d"].effect is Effect.NOTE


def test_without_a_reject_threshold_the_model_never_decides_alone(tmp_path):
    manifest = manifest_of(GRAPH) | {"thresholds": {"A.2.e": {"review": 0.5}}}
    found = effects(write_model(tmp_path / "m", GRAPH, manifest, {"A.2.e": "measured-ok"}), [STRONG])
    assert found[0, "A.2.e"].effect is Effect.REVIEW
    assert (0, "A.1.d") not in found, "a risk without threshold is silent"


def test_a_finding_explains_itself_and_keeps_the_text_out(tmp_path):
    (finding,) = effects(write_model(tmp_path / "m", GRAPH, statuses={"A.2.e": "measured-weak"}), [MILD]).values()
    assert finding.method is Method.MODEL and finding.start == 0 and finding.end == 5
    assert "A.2.e" in finding.explanation and "measured-weak" in finding.explanation and MILD not in finding.explanation


def test_an_ensemble_takes_the_strongest_word_for_each_risk(tmp_path):
    weak = load_model(write_model(tmp_path / "a", GRAPH, manifest_of(GRAPH, name="a"), {"A.2.e": "measured-weak"}))
    strong = load_model(write_model(tmp_path / "b", GRAPH, manifest_of(GRAPH, name="b"), {"A.2.e": "measured-ok"}))
    found = {finding.risk: finding for finding in ModelDetector([weak, strong]).find(TextBatch.of([STRONG]))}
    assert found["A.2.e"].effect is Effect.REJECT and found["A.2.e"].version == strong.version
    assert ModelDetector([weak, strong]).version == ModelDetector([strong, weak]).version


def test_an_ensemble_that_names_not_all_risks_is_refused_with_the_list(tmp_path):
    graph = word_graph({}, labels=RISKS[:20])
    model = load_model(write_model(tmp_path / "m", graph, manifest_of(graph, outputs=RISKS[:20])))
    with pytest.raises(LabelMapMissing) as refused:
        ModelDetector([model])
    assert refused.value.missing == list(RISKS[20:])


def test_findings_do_not_depend_on_the_batch(tmp_path):
    detector = ModelDetector([load_model(write_model(tmp_path / "m", GRAPH))])
    texts = ["peace", STRONG, "", "long " * 5000 + STRONG, MILD]
    together = [(finding.row, finding.risk, finding.score, finding.start) for finding in detector.find(TextBatch.of(texts))]
    alone = [(row, f.risk, f.score, f.start) for row, text in enumerate(texts) for f in detector.find(TextBatch.of([text]))]
    assert together == alone
