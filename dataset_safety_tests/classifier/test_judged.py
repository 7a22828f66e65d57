from __future__ import annotations

from dataset_safety.classifier.judged import FREE, MOST_OF_A_SOURCE, NO_RISK, JudgedFinding, judged_set


def answer(sample="s", risk="A.2.e", confirmed=True, reviewer="eva", source="web", **more):
    return JudgedFinding(sample, source, f"text of {sample}", risk, confirmed, reviewer, **more)


def test_confirmed_findings_are_violations_and_rejected_ones_contrasts():
    found = judged_set([answer("a"), answer("b", confirmed=False)])
    confirmed, rejected = found.examples
    assert confirmed.positive == {"A.2.e"} and rejected.contrast == {"A.2.e"} and not rejected.positive
    assert "A.1.d" in confirmed.unknown and "A.2.e" not in rejected.unknown
    assert found.counts() == {"confirmed": 1, "rejected": 1}


def test_a_text_without_any_of_the_29_risks_is_clean_everywhere():
    (clean,) = judged_set([answer(risk=NO_RISK, confirmed=False)]).examples
    assert not clean.positive and not clean.unknown and not clean.contrast


def test_random_draws_and_disagreements_are_not_trained_on_and_counted():
    found = judged_set([answer(random_draw=True), answer("d"), answer("d", confirmed=False, reviewer="bo")], {"gone": 3})
    assert not found.examples
    assert found.counts() == {
        "confirmed": 0, "rejected": 0, "left_out_disagreement": 1, "left_out_gone": 3, "left_out_random_draw": 1,
    }  # fmt: skip


def test_two_people_must_agree_where_nothing_decides_alone():
    assert judged_set([answer(risk="A.1.b")]).counts()["left_out_one_person"] == 1
    assert len(judged_set([answer(risk="A.1.b"), answer(risk="A.1.b", reviewer="bo")]).examples) == 1


def test_no_reviewer_and_no_source_stands_for_the_whole():
    many = [answer(f"s{number:03}") for number in range(300)] + [answer(f"t{number}", reviewer="bo") for number in range(5)]
    found = judged_set(many)
    assert FREE < len(found.examples) < 250 and found.left_out["reviewer_cap"] > 0
    people = [answer(f"s{number:03}", reviewer=f"r{number % 9}") for number in range(300)]
    found = judged_set(people)
    assert len(found.examples) == MOST_OF_A_SOURCE and found.left_out["source_cap"] == 100
