"""A verdict in Dagster: a pass that is not clear stays a pass, and says so beside it."""

from __future__ import annotations

import dagster as dg

from dataset_safety.defs.evaluation_verdicts import as_check_result
from dataset_safety.evaluation.reviewing import Answers
from dataset_safety.evaluation.rules.shapes import share_clean
from dataset_safety.standard import Stage
from dataset_safety.store.draws import Draw


def test_a_pass_that_is_not_statistically_clear_passes_with_a_note():
    draw = Draw("d", "r", Stage.PRE_TRAINING, "manual", "p", 9000, 4000, False, "seed", "a", "o", "", "")
    verdict = share_clean("8.2.3.b.4.manual", Answers(4000, 4000, tuple(map(str, range(150))), draw), 96, 4000)
    shown = as_check_result(dg.AssetKey("verdicts"), "s8_2_3_b_4", verdict)
    assert shown.passed and shown.severity is dg.AssetCheckSeverity.WARN
    assert "not statistically clear" in shown.metadata["note"].value
    assert shown.metadata["interval"].value.startswith("3.18% to 4.39%")
