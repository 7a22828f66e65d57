"""Proposed terms separate confirmed from cleared text, stand in enough of it, and are no personal data."""

from __future__ import annotations

from dataset_safety.keywords.importing import Origin, read_lines
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.proposals import ConfirmedText, draft_lines, of_file, propose
from dataset_safety_tests.keywords.refreshed import FIRST, LANGUAGE, RISK

ORIGIN = Origin(RISK, LANGUAGE, "chen", "2026-11-20", "test", bundled=False)


def library_of(lines):
    return Library.of(read_lines(lines, ORIGIN, name="test").entries)


def test_proposals_separate_confirmed_from_cleared_text():
    confirmed = [f"第{n}次联系，蓝色冰糖到货，量大从优" for n in range(8)]
    cleared = [f"第{n}次通知，会议改到下午，量大从优" for n in range(30)]
    found = propose(of_file(confirmed), cleared, library_of(FIRST), risk=RISK, language=LANGUAGE)
    assert any("冰糖" in one.term for one in found) and not any("量大" in one.term for one in found)
    assert read_lines(draft_lines(found, "chen"), ORIGIN, name="draft").refused == ()


def test_a_term_needs_three_texts_of_two_sources_and_is_no_personal_data():
    def terms(texts, sources, language=LANGUAGE):
        confirmed = [ConfirmedText(text, source) for text, source in zip(texts, sources, strict=True)]
        return [one.term for one in propose(confirmed, [], library_of(FIRST), risk=RISK, language=language)]

    zh = [f"{first}蓝色冰糖到货" for first in "甲乙丙丁"]
    assert terms(zh, "aaab") and not terms(zh, "aaaa") and not terms([zh[0]] * 4, "abcd") and not terms(zh[:2], "ab")
    calls = [f"{first}请拨一三八零零一三八" for first in "甲乙丙丁"]
    assert not any("三八" in term and "零零" in term for term in terms(calls, "abab"))
    mail = [f"{first} write to ivan.petrenko@mail.example or https://m.example/petrenko or ivanpet77" for first in "abcd"]
    assert not any("ivan" in term or "petrenko" in term or "example" in term for term in terms(mail, "abab", "en"))
