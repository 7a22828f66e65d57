"""Agreement of keywords and model is counted on texts of both stances that the scoring fold did not see."""

from __future__ import annotations

import numpy as np

from dataset_safety.classifier.agreement import agreement_of, measured_agreement
from dataset_safety.classifier.calibration import RiskScores
from dataset_safety.classifier.examples import Example
from dataset_safety.classifier.manifest import Threshold
from dataset_safety.keywords.importing import Origin, read_lines
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.privacy.detection import PersonalInformationDetector

RISK = "A.2.e"
KEYWORDS = KeywordDetector(
    Library.of(read_lines("loathsome spite @review", Origin(RISK, "en", "t", "2026-11-20", "test"), name="t").entries)
)


def violations(source, number, text="loathsome spite"):
    return [Example(text, source, str(n), positive=frozenset({RISK})) for n in range(number)]


def contrasts(source, number, text="loathsome spite"):
    return [Example(text, source, str(n), contrast=frozenset({RISK})) for n in range(number)]


def measured(bad, fine, scores_bad=0.9, scores_fine=0.1, clean=()):
    scores = RiskScores(np.full(len(bad), scores_bad), np.full(len(fine), scores_fine), np.full(len(clean), 0.9))
    limits = {RISK: Threshold(review=0.5)}
    return agreement_of(measured_agreement([*bad, *fine], {RISK: scores}, limits, clean, [KEYWORDS]), RISK)


def test_agreement_is_proved_by_many_that_are_right():
    found = measured(violations("sentences/t1", 100), contrasts("sentences/t2", 100))
    assert (found["k"], found["n"], found["proved"]) == (100, 100, True)


def test_agreement_that_also_stands_in_contrasts_is_not_proved():
    found = measured(violations("COLD", 100), contrasts("COLD", 20), scores_fine=0.9)
    assert (found["k"], found["n"], found["proved"]) == (100, 120, False)


def test_one_clean_document_is_one_too_many():
    assert not measured(violations("COLD", 100), contrasts("COLD", 100), clean=["loathsome spite"])["proved"]


def test_a_set_without_contrasts_and_judgements_prove_nothing():
    assert measured([*violations("Davidson", 300), *violations("COLD", 30)], contrasts("COLD", 30))["n"] == 30
    assert measured(violations("judgements", 300), contrasts("judgements", 300))["n"] == 0


def test_both_have_to_speak():
    assert measured(violations("COLD", 100), contrasts("COLD", 100), scores_bad=0.4)["n"] == 0
    assert measured(violations("COLD", 100, "other words"), contrasts("COLD", 100))["n"] == 0


def test_without_a_keyword_library_nothing_is_measured():
    assert measured_agreement([], {}, {}, [], [PersonalInformationDetector()]) == {}
