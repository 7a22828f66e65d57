"""Ids and names: one rule, both ways, no two ids with one name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.standard import MalformedName, check_name, clause_id, rerun_id, section_of

WORD = st.from_regex(r"[A-Za-z0-9]{1,4}(_[a-z0-9]{1,3}){0,2}", fullmatch=True)
FIRST = st.from_regex(r"[0-9]{1,3}|[A-Z]{1,3}", fullmatch=True)
PATH = st.builds(lambda first, rest: ".".join([first, *rest]), FIRST, st.lists(WORD, max_size=6))
ID = PATH | st.builds(lambda result, checked: f"{result}/{checked}", PATH, PATH)


@pytest.mark.parametrize(
    ("dotted", "name"),
    [
        ("8.2.3.b.4", "s8_2_3_b_4"),
        ("8.2.3.b.4.manual", "s8_2_3_b_4_manual"),
        ("R.6.2.a.census", "R_6_2_a_census"),
        ("R.6.3.export_bound", "R_6_3_export___bound"),
        ("K.B.1.b.A.1.d", "K_B_1_b_A_1_d"),
        ("K.B.2.A.3.c", "K_B_2_A_3_c"),
        ("X.45654.5.1.a.1", "X_45654_5_1_a_1"),
        ("LBL.7.3.e", "LBL_7_3_e"),
        ("8.3.3.b.1/8.2.3.b.4.manual", "s8_3_3_b_1__8_2_3_b_4_manual"),
    ],
)
def test_known_ids_and_names(dotted: str, name: str):
    assert check_name(dotted) == name
    assert clause_id(name) == dotted


@given(ID)
def test_a_name_leads_back_to_its_id(dotted: str):
    name = check_name(dotted)
    assert clause_id(name) == dotted
    assert name.isidentifier()


@given(st.text(alphabet="s8AbK1_./-", max_size=12) | st.text(max_size=8))
def test_whatever_is_read_as_a_name_is_the_one_name_of_its_id(text: str):
    try:
        dotted = clause_id(text)
    except MalformedName:
        return
    assert check_name(dotted) == text


NO_IDS = ["", "8..2", ".8", "8.2.", "8.2 3", "s8.2", "8.2/", "a.1", "8/2/3", "8._x", "8.x_", "8.a__b", "８.2", "8.2\n"]


@pytest.mark.parametrize("broken", NO_IDS)
def test_what_is_no_id_is_refused(broken: str):
    with pytest.raises(MalformedName, match="Hint:"):
        check_name(broken)


@pytest.mark.parametrize("broken", ["", "8_2", "sR_6", "s", "s8____2", "s8_", "_8", "s8.2", "s8_2\n"])
def test_what_is_no_name_is_refused(broken: str):
    with pytest.raises(MalformedName, match="Hint:"):
        clause_id(broken)


def test_a_rerun_joins_two_ids_and_belongs_to_the_section_of_the_first():
    assert rerun_id("8.3.3.b.1", "8.2.3.b.4.manual") == "8.3.3.b.1/8.2.3.b.4.manual"
    assert section_of("8.3.3.b.1/8.2.3.b.4.manual") == "8.3.3"
    assert (section_of("8.1.b.5"), section_of("8.2.3.a.4"), section_of("8.2.3")) == ("8.1", "8.2.3", "8.2.3")
    with pytest.raises(MalformedName):
        rerun_id("8.3.3.b.1/8.2.3.b.4", "8.2.3.b.4")
