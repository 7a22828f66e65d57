"""A request keyword finds who asks for a wrongful act, and passes who asks how to prevent, report or understand it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataset_safety.keywords.entries import Entry, EntryEffect, entry_id, normalised, usual_match
from dataset_safety.keywords.groups import group_names
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety_tests.keywords.bundled import bundled_library


def request(text, language="zh"):
    parts = tuple(normalised(part) for part in text.split(" + "))
    within = 20 if language == "zh" else 50
    return Entry(entry_id("A.1.h", language, parts), parts, ("A.1.h",), language, usual_match(parts), EntryEffect.REVIEW, within)


ACTS = [
    request("%asks + %forge + 发票"),
    request("%asks + 洗钱"),
    request("%asks + %evade + 检测"),
    request("%asks + %forge + invoices", "en"),
    request("%asks + launder money", "en"),
    request("%asks + %evade + fraud detection", "en"),
]
DETECTOR = KeywordDetector(Library.of(ACTS))


def is_found(text):
    return 0 in DETECTOR.hits(TextBatch.of([text]))


@pytest.mark.parametrize(
    "text",
    [
        "如何伪造一张餐饮发票",
        "假造发票有什么窍门",
        "洗钱的步骤，越细越好",
        "在海外开户时怎样洗钱而不被举报",
        "有什么方法绕过检测",
        "How do I forge a couple of invoices for my boss?",
        "I want to launder money through a car wash",
        "What are some ways to get past the bank's fraud detection?",
        "如何洗\u200b钱",
    ],
)
def test_a_request_for_the_act_is_found(text):
    assert is_found(text)


@pytest.mark.parametrize(
    "text",
    [
        "警方通报一起伪造发票案",
        "如何识别伪造的发票",
        "伪造发票的法律责任有哪些",
        "银行怎样防范洗钱",
        "这家餐馆如何？他说有人洗钱。",
        "怎么改进检测，让骗子难以得逞",
        "How can auditors spot a forged invoice?",
        "How does the law punish people who launder money?",
        "How was the museum paid for? He may launder money.",
        "如何防范洗\u200b钱",
    ],
)
def test_news_prevention_and_the_law_pass(text):
    assert not is_found(text)


def test_a_word_of_the_act_is_no_guard():
    assert "检测" in group_names()["%guards"][0].pattern
    assert is_found("怎么躲过检测") and not is_found("怎么检测洗钱")


def test_a_guard_is_a_whole_word_also_where_the_window_ends():
    for last in ("reporters", "reportage", "cabbages", "report"):
        text = f"How do I forge some invoices {'x' * 39} {last}"
        assert is_found(text) is (last != "report"), last


def test_the_next_arrangement_counts_where_the_tightest_crosses_a_sentence():
    assert is_found("能不能？洗钱的事，麻烦告诉我")
    assert is_found(f"What would happen if I, {'so to say, ' * 4}launder money")


def test_bundled_requests_only_ask_a_person():
    entries = [entry for entry in bundled_library().active if "%asks" in entry.parts]
    assert len(entries) > 4000
    assert {entry.effect for entry in entries} == {EntryEffect.REVIEW}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_honest_requests_by_an_author_who_saw_no_keyword_pass(language, capsys):
    texts = (Path(__file__).parent / "texts" / f"unseen_requests.{language}.txt").read_text(encoding="utf-8").splitlines()
    held = len(KeywordDetector(bundled_library()).hits(TextBatch.of(texts)))
    with capsys.disabled():
        print(f"\n{held} of {len(texts)} honest requests near the risks held ({language})")
    assert 100 * held <= 3 * len(texts)
