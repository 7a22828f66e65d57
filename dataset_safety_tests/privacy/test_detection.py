"""What the detector of personal information finds, and what it leaves alone."""

from __future__ import annotations

import importlib.util
import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.privacy.classes import DETECTED, SENSITIVE
from dataset_safety.privacy.detection import PersonalInformationDetector
from dataset_safety.records import Effect

_spec = importlib.util.spec_from_file_location("reference_search", Path(__file__).with_name("reference_search.py"))
assert _spec and _spec.loader
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

DETECTOR = PersonalInformationDetector()

FOUND = [
    ("登记表上写着居民身份证号71000019490101123{x}，核对后请归档。", "identity_number"),
    ("请打１３４９１２３４５６７找我", "mobile_phone"),
    ("有事请打我的手机134 9123 4567，晚上都在", "mobile_phone"),
    ("手机13\u200b491234567", "mobile_phone"),
    ("Please call my mobile, +86 13491234567.", "mobile_phone"),
    ("reach her on 905-674-3793 after six", "mobile_phone"),
    ("办公室电话：010-62345678转3", "landline"),
    ("Telefon:+43 (1) 408 63 87", "landline"),
    ("书款请转到我的银行卡，卡号6222020000123456788。", "bank_card"),
    ("Card: 4454 7945 1139 0933 exp 12/29", "bank_card"),
    ("the IBAN is GB56 HXDO 8816 7774 6561 19.", "iban"),
    ("邮箱lin.qiao27@mail.example.org。", "email"),
    ("写信给张三zhang_san@126.com吧", "email"),
    ("he logged in from 106.31.73.20 at noon", "ip_address"),
    ("visitor 2a02:8109:9440:1198:a5c2:1b2f:77aa:91c3 left", "ip_address"),
    ("护照号码：E12345678", "passport"),
    ("my SSN is 514-69-0360", "social_security_number"),
    ("driver's license number F162823540116", "driver_licence"),
    ("肇事车辆沪B·D8021已扣押", "vehicle_plate"),
    ("住院号：00123456，内科", "medical_record"),
    ("微信号：lin_qiao88，QQ：552011921", "social_account"),
]

LEFT_ALONE = [
    "版本 1.20.30.40 发布；Chrome/114.0.5735.90；192.168.1.1、203.0.113.7、8.8.8.8、127.0.0.1",
    "2023-10-01 至 2024-03-28，1900-1920 年；编号 20240328001；π = 3.14159265358979",
    "icon@2x.png, git@github.com:a/b, user@example.com, info@example.org, @someone",
    "热线 400-123-4567，客服 95588，call 800-555-0199 or 555-0142",
    "订单 6222020000123456789 与 4454794511390934",
    "71000019490101123A 11010519491332002X 3f2a110105194912310029ff",
    "MAC 00:1a:2b:3c:4d:5e, 12:34:56, std::vector<int>, ISBN 978-7-302-51111-8",
    "第 5 章 1.2.3.4 节；护照办理须知；车牌的历史",
    "QQ群：12345678；1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
]


def check_digit(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


def luhn_digit(body: str) -> str:
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(body))]
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def completed(text: str) -> str:
    text = text.replace("{x}", check_digit("71000019490101123"))
    return text.replace("6222020000123456788", "622202000012345678" + luhn_digit("622202000012345678"))


@pytest.mark.parametrize(("text", "category"), FOUND)
def test_personal_information_is_found_with_its_class(text: str, category: str) -> None:
    findings = DETECTOR.find(TextBatch.of([completed(text)]))
    assert category in {finding.category for finding in findings}
    assert all(finding.effect is Effect.NOTE and finding.risk in ("A.4.e", "A.4.f") for finding in findings)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert [(text[f.start : f.end], f.category) for f in DETECTOR.find(TextBatch.of([text]))] == []


def test_spans_are_exact_in_the_original_text_and_explanations_hold_none_of_it() -> None:
    text = "邮箱ａ.Ｂ@b.com你好，手机１３４９１２３４５６７。"
    found = {f.category: (text[f.start : f.end], f.explanation) for f in DETECTOR.find(TextBatch.of(["", text]))}
    assert found["email"][0] == "ａ.Ｂ@b.com"
    assert found["mobile_phone"][0] == "１３４９１２３４５６７"
    assert all("1349" not in explanation and "b.com" not in explanation for _, explanation in found.values())


def test_every_class_found_is_declared_and_numbers_of_identity_are_sensitive() -> None:
    batch = TextBatch.of([completed(text) for text, _ in FOUND])
    assert {finding.category for finding in DETECTOR.find(batch)} == DETECTED
    assert {"identity_number", "bank_card", "iban", "passport", "medical_record"} <= SENSITIVE
    assert not SENSITIVE & {"email", "mobile_phone", "landline", "ip_address"}


PIECES = st.one_of(
    st.sampled_from([completed(text) for text, _ in FOUND] + LEFT_ALONE),
    st.text("0123456789", min_size=1, max_size=22),
    st.sampled_from(
        [" ", "-", "+86 ", "+", "(", ")", ".", "\n", "京A", "x", "@", "::", ":", "电话：", "card ", "ip ", "qq:", "微信:"]
    ),
    st.text("abcdef0123456789:. -+()@xX京\u200b０１", max_size=12),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_looking_near_digits_finds_what_a_search_of_the_whole_text_finds(texts: list[str]) -> None:
    found = dict(DETECTOR.places(TextBatch.of(texts)))
    assert [found.get(row, []) for row in range(len(texts))] == [reference.reference_places(text) for text in texts]


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_findings_do_not_depend_on_the_other_texts_of_the_batch(one: str, other: str) -> None:
    alone = DETECTOR.find(TextBatch.of([one]))
    together = [finding for finding in DETECTOR.find(TextBatch.of([one, other])) if finding.row == 0]
    assert alone == together


def test_the_detector_is_faster_than_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    choice = random.Random(7)
    filler = "今天的课讲的是水的循环：海水蒸发成云，云落下成雨。The river carries it back in 1987 or so. "
    texts = [
        "".join(choice.choices(filler, k=700)) + (completed(choice.choice(FOUND)[0]) if choice.random() < 0.05 else "")
        for _ in range(400)
    ]
    batch = TextBatch.of(texts)
    assert len(batch.column) == len(texts)
    started = time.process_time()
    found = dict(DETECTOR.places(batch))
    fast = time.process_time() - started
    started = time.process_time()
    expected = [reference.reference_places(text) for text in texts]
    slow = time.process_time() - started
    assert [found.get(row, []) for row in range(len(texts))] == expected
    with capsys.disabled():
        print(f"\npersonal information: {slow / max(fast, 1e-6):.0f} times the speed of the reference")


HOSTILE = ["1 " * 20_000, "a@" * 20_000, "1." * 20_000, "a" * 40_000 + "@", "(" * 40_000, "京a1234" * 6_000]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:4]))
def test_hostile_texts_take_linear_time(text: str) -> None:
    started = time.process_time()
    DETECTOR.find(TextBatch.of([text]))
    half = time.process_time() - started
    started = time.process_time()
    DETECTOR.find(TextBatch.of([text * 2]))
    assert time.process_time() - started < 4 * half + 0.5


def test_recall_and_precision_on_synthetic_sentences(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads((labelled / "en" / "presidio_synth_v2.json").read_text(encoding="utf-8"))
    names = {
        "PHONE_NUMBER": ("mobile_phone", "landline"),
        "CREDIT_CARD": ("bank_card",),
        "US_SSN": ("social_security_number",),
        "IP_ADDRESS": ("ip_address",),
        "EMAIL_ADDRESS": ("email",),
        "IBAN_CODE": ("iban",),
        "US_DRIVER_LICENSE": ("driver_licence",),
    }
    findings = DETECTOR.find(TextBatch.of([row["full_text"] for row in rows]))
    labels = [(row, span) for row, sample in enumerate(rows) for span in sample["spans"]]
    found, labelled_as, wrong = Counter[str](), Counter[str](), Counter[str]()
    for name, classes in names.items():
        own = [finding for finding in findings if finding.category in classes]
        wanted = [(row, s["start_position"], s["end_position"]) for row, s in labels if s["entity_type"] == name]
        labelled_as[name] = len(wanted)
        hits = [(f, span) for f in own for span in wanted if f.row == span[0] and f.start < span[2] and span[1] < f.end]
        found[name] = len({span for _, span in hits})
        wrong[name] = len(own) - len({finding for finding, _ in hits})
    with capsys.disabled():
        for name in names:
            print(f"\n{name}: {found[name]} of {labelled_as[name]} found, {wrong[name]} wrong", end="")
        print()
    assert found.total() >= 0.95 * labelled_as.total()
    assert wrong.total() <= 0.02 * found.total()
