"""Review progress: a sample is answered, disputed or open, and never two of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.report.progress import people, progress
from dataset_safety.standard import Stage
from dataset_safety.store.draws import Draw, Judgement


def draw(purpose: str = "manual", size: int = 20) -> Draw:
    return Draw("d", "r", Stage.PRE_TRAINING, purpose, "p", 100, size, False, "5", "a", "o", "", "op")


def said(sample: str, person: str, answer: str, role: str = "reviewer", question: str = "risk") -> Judgement:
    return Judgement("d", sample, question, answer, [], "", person, role, "1", "0", f"t-{person}", f"t-{sample}")


def counted(*given: Judgement, size: int = 20):
    found = progress({draw(size=size): list(given)})[0]
    return found.answered, found.disputed, found.open, found.doubly


def test_people_who_agree_have_answered_and_people_who_differ_dispute():
    assert counted(said("a", "x", "no"), said("a", "y", "no"), said("b", "x", "no"), said("b", "y", "yes")) == (1, 1, 18, 2)


def test_an_adjudicator_settles_a_dispute():
    given = (said("a", "x", "no"), said("a", "y", "yes"), said("a", "z", "yes", "adjudicator"))
    assert counted(*given) == (1, 0, 19, 1)


def test_doubt_is_a_dispute_and_cannot_read_leaves_it_open():
    assert counted(said("a", "x", "unsure"), said("b", "x", "cannot_read")) == (0, 1, 19, 0)


def test_an_answer_taken_back_is_none():
    assert counted(said("a", "x", "no"), said("a", "x", "withdrawn")) == (0, 0, 20, 0)


def test_one_question_in_dispute_is_enough():
    given = (said("a", "x", "no"), said("a", "x", "ok", question="rights"), said("a", "y", "infringing", question="rights"))
    assert counted(*given)[1] == 1


def test_a_tenth_is_asked_of_two_and_held_rows_of_one():
    assert progress({draw(size=41): []})[0].doubly_needed == 5
    assert progress({draw("held", 41): []})[0].doubly_needed == 0


def test_the_technical_draw_is_listed_only_when_people_were_asked():
    assert progress({draw("technical"): []}) == []
    assert len(progress({draw("technical"): [said("a", "x", "no")]})) == 1


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xyz"), st.sampled_from(["yes", "no", "unsure", "withdrawn"]))
    )
)
def test_the_states_add_up(rows):
    found = progress({draw(size=8): [said(*row) for row in rows]})[0]
    assert found.answered + found.disputed + found.open == 8 and min(found.answered, found.disputed, found.open) >= 0
    assert found.doubly <= found.answered + found.disputed


def test_people_are_counted_by_samples():
    rows = people(
        {draw(): [said("a", "x", "no"), said("a", "x", "ok", question="rights"), said("b", "x", "no"), said("a", "y", "no")]}
    )
    assert [(row.name, row.samples) for row in rows] == [("x", 2), ("y", 1)]
