from __future__ import annotations

from dataset_safety.classifier.judged import FREE, JudgedFinding, judged_examples


def answer(sample="s", risk="A.2.e", confirmed=True, reviewer="eva", source="web", **more):
    return JudgedFinding(sample, source, f"text of {sample}", risk, confirmed, reviewer, **more)


def test_confirmed_findings_are_violations_and_rejected_ones_contrasts():
    confirmed, rejected = judged_examples([answer("a"), answer("b", confirmed=False)])
    assert confirmed.positive == {"A.2.e"} and rejected.contrast == {"A.2.e"} and not rejected.positive
    assert "A.1.d" in confirmed.unknown and "A.2.e" not in rejected.unknown


def test_random_draws_and_disagreements_are_not_trained_on():
    assert not judged_examples([answer(random_draw=True), answer("d"), answer("d", confirmed=False, reviewer="bo")])


def test_two_people_must_agree_where_nothing_decides_alone():
    assert not judged_examples([answer(risk="A.1.b")])
    assert len(judged_examples([answer(risk="A.1.b"), answer(risk="A.1.b", reviewer="bo")])) == 1


def test_no_reviewer_stands_for_the_whole():
    many = [answer(f"s{number:03}") for number in range(300)] + [answer(f"t{number}", reviewer="bo") for number in range(5)]
    kept = judged_examples(many)
    assert FREE < len(kept) < 250
