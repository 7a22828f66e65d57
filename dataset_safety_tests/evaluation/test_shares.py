"""The integer rules of 8.2.3 b 4 and the zero-tolerance rules of 8.2.2, at their borders (clauses 8, cases 1 to 3)."""

from __future__ import annotations

import pytest

from dataset_safety.evaluation.reviewing import Answers
from dataset_safety.evaluation.rules.shapes import combined, every_answer_good, share_clean
from dataset_safety.records import Verdict
from dataset_safety.standard.stages import Stage
from dataset_safety.standard.verdicts import VerdictValue
from dataset_safety.store.draws import Draw

V = VerdictValue


def drawn(size, population=None):
    return Draw(
        "d", "r", Stage.PRE_TRAINING, "manual", "p", population or size, size, population is None, "seed", "a", "o", "", ""
    )


def answers(size, answered, bad):
    return Answers(size, answered, tuple(f"s{n}" for n in range(bad)), drawn(size))


@pytest.mark.parametrize(
    ("size", "answered", "bad", "value"),
    [
        (4000, 4000, 160, V.COMPLIANT),
        (4000, 4000, 161, V.NON_COMPLIANT),
        (4000, 3999, 0, V.INCOMPLETE),
        (4000, 3000, 161, V.NON_COMPLIANT),
        (4000, 3000, 160, V.INCOMPLETE),
        (50, 50, 2, V.COMPLIANT),
        (50, 50, 3, V.NON_COMPLIANT),
        (0, 0, 0, V.INCOMPLETE),
    ],
)
def test_the_manual_share(size, answered, bad, value):
    verdict = share_clean("8.2.3.b.4.manual", answers(size, answered, bad), 96, 4000)
    assert verdict.value is value
    assert (verdict.n, verdict.k) == (size, bad)


def test_a_census_is_printed():
    assert "census" in share_clean("8.2.3.b.4.manual", answers(50, 50, 0), 96, 4000).observed


@pytest.mark.parametrize(
    ("answered", "bad", "value"),
    [(100, 0, V.COMPLIANT), (100, 1, V.NON_COMPLIANT), (99, 0, V.INCOMPLETE), (10, 1, V.NON_COMPLIANT)],
)
def test_zero_tolerance(answered, bad, value):
    assert every_answer_good("c", answers(100, answered, bad), "r", "wrong").value is value


def test_no_draw_is_incomplete():
    assert every_answer_good("c", Answers(0, 0, ()), "r", "wrong").value is V.INCOMPLETE


def test_the_worst_part_decides_and_gives_the_reason():
    parts = [
        Verdict("a", V.COMPLIANT, "fine"),
        Verdict("b", V.NON_COMPLIANT, "broken", offenders=("x",)),
        Verdict("c", V.INCOMPLETE, "open"),
    ]
    found = combined("whole", parts, "required")
    assert (found.value, found.why, tuple(found.offenders)) == (V.NON_COMPLIANT, "broken", ("x",))


def test_nothing_to_combine_is_never_a_pass():
    assert combined("whole", [], "required").value is V.INCOMPLETE
