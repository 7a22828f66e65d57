"""A keyword that is written by its sound waits for a person; one that is only alike does not."""

from __future__ import annotations

import pytest

from dataset_safety.keywords import homophones
from dataset_safety.keywords.entries import EntryEffect
from dataset_safety.keywords.importing import Origin, read_lines
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.preprocessing.recipes import build_detectors, sources_of
from dataset_safety.records import Effect
from dataset_safety.store.home import Home
from dataset_safety_tests.keywords.bundled import gold_texts
from dataset_safety_tests.keywords.evasions import EVASIONS, applies, sentence

ORIGIN = Origin("A.1.h", "zh", "chen", "2026-11-20", "test", bundled=False)
LINE = "代办假证 @reject !代办假证案"


def detector(lines=LINE):
    return KeywordDetector(Library.of(read_lines(lines, ORIGIN, name="test").entries), homophones=True)


def found(text, lines=LINE):
    return [(text[one.start : one.end], one.effect) for one in detector(lines).find(TextBatch.of(["前文", text]))]


@pytest.mark.parametrize("text", ["快来代办甲证", "带办假正，速来", "前" * 70 + "代瓣假證"])
def test_by_its_sound_it_is_held_and_never_rejected(text):
    ((said, effect),) = found(text)
    assert len(said) == 4 and effect is Effect.REVIEW


def test_as_it_is_written_it_keeps_its_effect_and_is_told_once():
    assert found("快来代办假证") == [("代办假证", Effect.REJECT)]


def test_the_explanation_says_of_what_it_is_a_homophone():
    (finding,) = detector().find(TextBatch.of(["代办甲证"]))
    assert "homophone of '代办假证'" in finding.explanation


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("带瓣甲证", LINE),  # more than half of it written otherwise
        ("代办家具", LINE),  # another reading
        ("代办甲证案", LINE),  # what it is excepted in
        ("假怔件", "假证件"),  # three characters
        ("代办甲", LINE),  # it ends before
        ("代办甲证", "代办 + 假证 ~6"),  # a combination
        ("代办甲证", "代办假证 @context"),
    ],
)
def test_what_is_only_alike_is_no_hit(text, lines):
    assert found(text, lines) == []


def test_it_never_runs_from_one_text_into_the_next():
    assert detector().find(TextBatch.of(["代办", "甲证", ""])) == []


@pytest.mark.parametrize("size", [4, 5, 7, 64])
def test_blocks_leave_no_seam(monkeypatch, size):
    texts = ["平" * n + "代办甲证" for n in range(9)] + list(gold_texts()[:20])
    whole = detector().find(TextBatch.of(texts))
    monkeypatch.setattr(homophones, "BLOCK", size)
    assert detector().find(TextBatch.of(texts)) == whole and len(whole) == 9


def test_every_reading_fits_its_place_in_a_key():
    assert 0 < homophones.readings().max() < 1 << homophones._BITS
    assert KeywordDetector(Library(()), homophones=True).find(TextBatch.of(["代办甲证", ""])) == []


def test_it_is_looked_for_only_where_the_setting_says_so(tmp_path):
    home = Home.find(tmp_path)
    (plain,) = build_detectors(sources_of(home, detectors=["keyword"]))
    (tmp_path / "keywords.toml").write_text("homophones = true\n", encoding="utf-8")
    (by_sound,) = build_detectors(sources_of(home, detectors=["keyword"]))
    assert by_sound.version == f"{plain.version}+homophones"
    entry = next(e for e in by_sound.library.active if applies("homophone", e.parts) and e.effect is EntryEffect.REJECT)
    batch = TextBatch.of([sentence([EVASIONS["homophone"](entry.parts[0])], "zh")])
    assert not plain.find(batch) and {one.effect for one in by_sound.find(batch)} == {Effect.REVIEW}
