"""What is found is what stands there: engine, borders, exceptions, combinations, context, disguises, mentions."""

from __future__ import annotations

import random

import ahocorasick
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.keywords.automaton import WordFinder
from dataset_safety.keywords.boundaries import begins_word
from dataset_safety.keywords.entries import Entry, EntryEffect, entry_id, normalised, usual_match
from dataset_safety.keywords.groups import is_group
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.preprocessing.folding import TextBatch, fold
from dataset_safety.records import Effect, Method
from dataset_safety_tests.keywords.bundled import bundled_library, gold_texts
from dataset_safety_tests.keywords.evasions import EVASIONS, applies, sentence

LONG_WORDS = st.text(st.sampled_from("ab国中é人🔥 "), min_size=1, max_size=14)
WORDS = st.text(st.sampled_from("ab国中é人🔥 "), min_size=1, max_size=4)
TEXTS = st.text(st.sampled_from("ab国中é人🔥 \n"), max_size=60)
SAMPLE = 600


def entry(text, effect="review", within=0, exceptions=(), risk="A.3.e"):
    parts = tuple(normalised(part) for part in text.split(" + "))
    facts = {"within": within, "exceptions": tuple(exceptions), "added": "2026-11-23"}
    return Entry(entry_id(risk, "zh", parts), parts, (risk,), "zh", usual_match(parts), EntryEffect(effect), **facts)


def found(entries, text, **options):
    hits = KeywordDetector(Library.of(entries), **options).hits(TextBatch.of([text]))
    return [(text[hit.start : hit.end], hit.entry.text) for hit in hits.get(0, [])]


@given(st.sets(WORDS, min_size=1, max_size=12), TEXTS)
def test_the_finder_equals_pyahocorasick_on_str(words, text):
    plain = ahocorasick.Automaton()
    for word in words:
        plain.add_word(word, word)
    plain.make_automaton()
    expected = {(word, last + 1 - len(word), last + 1) for last, word in plain.iter(text)}
    finder = WordFinder(sorted(words))
    assert {(finder.words[index], start, end) for index, start, end in finder.positions(text)} == expected
    assert all(text[start:end] == word for word, start, end in expected)


@given(st.sets(LONG_WORDS, min_size=1, max_size=12), st.lists(TEXTS, max_size=30))
def test_a_batch_is_searched_like_each_of_its_texts(words, texts):
    finder, folded = WordFinder(sorted(words)), [fold(text).replace("\n", " ") for text in texts]
    expected = {row: sorted(finder.positions(text)) for row, text in enumerate(folded) if finder.positions(text)}
    assert {row: sorted(found) for row, _, found in finder.found_rows(TextBatch.of(texts))} == expected


@given(st.data(), st.sets(LONG_WORDS, min_size=1, max_size=8))
def test_words_at_borders_are_found_wherever_they_begin_a_word(data, words):
    at_borders = frozenset(word for word in sorted(words) if data.draw(st.booleans()))
    made = st.lists(st.sampled_from([*sorted(words), "a", " "]), max_size=4).map("".join)
    batch = TextBatch.of(data.draw(st.lists(made, max_size=12)))
    finder = WordFinder(sorted(words), at_borders)
    kept = {row: set(found) for row, _, found in finder.found_rows(batch)}
    for row, text, found in WordFinder(sorted(words)).found_rows(batch):
        wanted = {one for one in found if finder.words[one[0]] not in at_borders or begins_word(text, one[1])}
        assert wanted <= kept.pop(row, set()) <= set(found)
    assert not kept


def test_the_text_before_is_no_part_of_a_word():
    finder = WordFinder(["rude words"], frozenset(["rude words"]))
    assert [row for row, _, _ in finder.found_rows(TextBatch.of(["spite", "rude words", "", "crude words", "a rude words"]))] == [
        1,
        4,
    ]


def test_a_batch_larger_than_a_block_is_searched_in_every_row():
    texts = [f"第{number}行 有假证" if number % 3 else "" for number in range(1000)]
    found = dict((row, len(places)) for row, _, places in WordFinder(["假证", "x"]).found_rows(TextBatch.of(texts)))
    assert found == {number: 1 for number in range(1000) if number % 3}


@given(st.text(max_size=30), st.text(max_size=30))
def test_spans_lie_in_the_original_text(before, after):
    text = f"{before}《ＷＩＤＥ 假證》{after}"
    for hit in KeywordDetector(Library.of([entry("wide 假证")])).hits(TextBatch.of([text])).get(0, []):
        assert fold(text[hit.start : hit.end]) == "wide 假证"


@pytest.mark.parametrize(
    ("text", "count"), [("a spic here", 1), ("suspicious", 0), ("two spics", 1), ("买spic吧", 1), ("spicy", 0)]
)
def test_latin_words_are_whole_words_or_their_plural(text, count):
    assert len(found([entry("spic")], text)) == count


@pytest.mark.parametrize(("text", "count"), [("他说大麻很贵", 1), ("北京大麻子", 0)])
def test_two_chinese_characters_keep_to_segment_borders(text, count):
    assert len(found([entry("大麻")], text)) == count


def test_a_longer_innocent_phrase_wins():
    entries = [entry("包夜", exceptions=["网吧包夜", "包夜网吧"])]
    assert found(entries, "网吧包夜十块") == []
    assert found(entries, "今晚包夜吗") == [("包夜", "包夜")]


@pytest.mark.parametrize(
    ("text", "hit"),
    [("出租一张银行卡", "出租一张银行卡"), ("银行卡,出租", "银行卡,出租"), ("出租车上有人丢了旧的银行卡", None), ("出租", None)],
)
def test_parts_of_a_combination_stand_near_in_any_order(text, hit):
    assert [span for span, _ in found([entry("出租 + 银行卡", within=4)], text)] == ([hit] if hit else [])


def test_the_tightest_arrangement_of_three_parts_is_reported():
    text, entries = "丙丁很远很远,甲乙一戊己二丙丁", [entry("甲乙 + 丙丁 + 戊己", within=3)]
    assert found(entries, text) == [("甲乙一戊己二丙丁", "甲乙 + 丙丁 + 戊己")]


def test_a_group_in_a_combination_stands_for_its_members():
    entries = [entry("%region + 偷井盖", within=6, risk="A.2.d")]
    assert len(found(entries, "河南人爱偷井盖")) == len(found(entries, "偷井盖的上海人")) == 1
    assert found(entries, "有人偷井盖") == found(entries, "河南人很好") == []


def test_context_counts_only_near_another_entry_of_its_risk():
    entries = [entry("走量价", effect="context"), entry("叶子到货"), entry("包教包会", risk="A.3.b")]
    assert found(entries, "走量价可谈") == []
    assert [text for _, text in found(entries, "叶子到货,走量价可谈")] == ["叶子到货", "走量价"]
    assert [text for _, text in found(entries, "叶子到货" + "。" * 40 + "走量价")] == ["叶子到货"]
    assert [text for _, text in found(entries, "包教包会,走量价")] == ["包教包会"]


def test_a_phrase_may_run_over_a_line():
    assert found([entry("kill them all")], "Kill\nthem all") == [("Kill\nthem all", "kill them all")]


def test_what_a_text_quotes_and_rejects_is_not_its_own_word():
    entries = [entry("都是骗子")]
    assert found(entries, "有人说“他们都是骗子”，这种说法是错的。") == []
    assert found(entries, "他们都是骗子") != []
    assert found([entry("都是骗子", effect="reject")], "有人说“他们都是骗子”，这种说法是错的。") != []


def test_findings_carry_what_the_record_needs():
    [finding] = KeywordDetector(Library.of([entry("办假证", effect="reject")])).find(TextBatch.of(["", "办假證"]))
    assert (finding.row, finding.start, finding.end, finding.method, finding.effect) == (1, 0, 3, Method.KEYWORD, Effect.REJECT)
    assert "办假证" in finding.explanation


@pytest.fixture(scope="module")
def detector():
    return KeywordDetector(bundled_library(), homophones=True)


@pytest.fixture(scope="module")
def sample(detector):
    counting = (e for e in detector.library.active if e.effect is not EntryEffect.CONTEXT)
    entries = [e for e in counting if not any(is_group(part) for part in e.parts)]
    chosen = random.Random(7).sample(entries, SAMPLE)
    hits = detector.hits(TextBatch.of([sentence(e.parts, e.language) for e in chosen]))
    return [e for row, e in enumerate(chosen) if any(hit.entry.id == e.id for hit in hits.get(row, []))]


def test_entries_are_found_as_they_stand(sample):
    assert len(sample) >= 0.98 * SAMPLE


@pytest.mark.parametrize("name", EVASIONS)
def test_evasion_keeps_the_hits(name, detector, sample):
    entries = [e for e in sample if applies(name, e.parts)]
    hits = detector.hits(TextBatch.of([sentence([EVASIONS[name](part) for part in e.parts], e.language) for e in entries]))
    kept = sum(any(hit.entry.id == e.id for hit in hits.get(row, [])) for row, e in enumerate(entries))
    print(f"{name}: {kept} of {len(entries)} entries, {kept / len(entries):.1%}")
    assert len(entries) > 20 and kept >= 0.95 * len(entries)


@pytest.mark.parametrize("name", EVASIONS)
def test_evasion_adds_no_hits_on_benign_texts(name, detector):
    texts = gold_texts()[::3]
    before = {row for row in detector.hits(TextBatch.of(texts))}
    after = {row for row in detector.hits(TextBatch.of([EVASIONS[name](text) for text in texts]))}
    assert len(after - before) <= 1


def test_disguise_is_looked_for_without_adding_hits_on_benign_texts(detector):
    hits = detector.hits(TextBatch.of(gold_texts()))
    assert [hit.entry.text for found in hits.values() for hit in found if hit.disguise] == []


def test_benign_texts_are_never_rejected_and_hardly_held(detector):
    hits = detector.hits(TextBatch.of(gold_texts()))
    assert not any(hit.entry.effect is EntryEffect.REJECT for found in hits.values() for hit in found)
    assert len(hits) <= 0.005 * len(gold_texts())


def test_a_disguised_word_is_found_whatever_texts_stand_beside_it():
    hidden = [f"n{number} buy replica w@tches now" for number in range(40)]
    others = ["a.b.c.d. spelled a p a r t", "第一行\n第二行"]
    detector = KeywordDetector(Library.of([entry("replica watches")]))
    mixed = [text for one in hidden for text in (others[0], one, others[1])]
    alone = [bool(detector.hits(TextBatch.of([text]))) for text in mixed]
    assert sum(alone) == len(hidden)
    assert sorted(detector.hits(TextBatch.of(mixed))) == [row for row, found in enumerate(alone) if found]


def test_a_library_with_words_of_signs_alone_is_made_ready():
    detector = KeywordDetector(Library.of([entry("制毒方法大全"), entry("🚗 + 💊 + 📞", within=9), entry("🍁 + 📞", within=9)]))
    assert sorted(detector.hits(TextBatch.of(["制毒方法大全", "🍁📞", "好天气"]))) == [0, 1]
