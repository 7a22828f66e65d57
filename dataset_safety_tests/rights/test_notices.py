"""Notices of rights: what is found, what is left alone, and where."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.records import Effect, Method
from dataset_safety.rights.detection import MOST, RightsDetector
from dataset_safety.rights.notices import NOTICES

DETECTOR = RightsDetector()

FOUND = [
    ("Copyright © 2007-2016 Acciente LLC.", "copyright"),
    ("(C) 2019 北方出版社", "copyright"),
    ("本站内容版权所有，侵权必究", "copyright"),
    ("版权归原作者所有", "copyright"),
    ("ALL RIGHTS RESERVED.", "rights_reserved"),
    ("保留一切权利", "rights_reserved"),
    ("未经书面许可，不得转载、摘编", "no_reproduction"),
    ("轉載請註明出處", "no_reproduction"),
    ("No part of this book may be reproduced in any form.", "no_reproduction"),
    ("未经授权，不得将本站内容用于大模型训练。", "training_refused"),
    ("禁止使用本作品训练人工智能模型", "training_refused"),
    ("You may not use this content for AI training.", "training_refused"),
    ("Use of these texts to train machine learning models is prohibited.", "training_refused"),
    ("rights for text and data mining are reserved; not be used for data mining", "training_refused"),
    ("// SPDX-License-Identifier: Apache-2.0 OR MIT", "licence"),
    ("本作品采用知识共享署名 4.0 国际许可协议", "licence"),
    ("Licensed under the Apache License, Version 2.0", "licence"),
    ("STRICTLY CONFIDENTIAL", "confidential"),
    ("密级：机密", "confidential"),
    ("内部资料，请勿外传", "confidential"),
    ("试读结束，购买正版后继续阅读", "trial_reading"),
    ("ISBN 978-7-302-51111-8 定价：49.00元", "book_page"),
    ("图书在版编目（CIP）数据", "book_page"),
]

LEFT_ALONE = [
    "版权法保护作者，版权所有者可以许可他人使用。",
    "这篇文章讨论人工智能与著作权的关系，也谈到模型训练的成本。",
    "We did not train the model for long. The train was late and the passengers waited.",
    "(c) the third option; see also section (c) of the report",
    "他把秘密告诉了朋友。The secret was kept; she spoke in confidence.",
    "警方打击诈骗，法院复制了证据。",
    "Rowling's first novel has ISBN 9780747532699.",
]


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_notices_are_found_with_their_kind(text: str, kind: str) -> None:
    findings = DETECTOR.find(TextBatch.of(["", text]))
    assert kind in {finding.category for finding in findings}
    for finding in findings:
        assert finding.row == 1 and 0 <= finding.start < finding.end <= len(text)
        assert finding.effect is Effect.NOTE and finding.method is Method.PATTERN
        assert finding.risk == ("A.3.c" if finding.category == "confidential" else "A.3.a")


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_talk_about_rights_is_no_notice(text: str) -> None:
    assert [(text[f.start : f.end], f.category) for f in DETECTOR.find(TextBatch.of([text]))] == []


def test_spans_are_exact_in_the_original() -> None:
    text = "前言 ＣＯＰＹＲＩＧＨＴ ２０１８ 某某"
    (finding,) = DETECTOR.find(TextBatch.of([text]))
    assert text[finding.start : finding.end] == "ＣＯＰＹＲＩＧＨＴ ２０１８"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([text for text, _ in FOUND] + LEFT_ALONE), st.text(max_size=30)), max_size=6))
def test_near_the_gates_the_same_is_found_as_in_the_whole_text(parts: list[str]) -> None:
    text = "。\n".join(parts)
    batch = TextBatch.of([text])
    expected = set()
    for notice in NOTICES:
        for match in list(notice.pattern.finditer(batch.folded[0]))[:MOST]:
            expected.add((match.start(), match.end(), notice.kind))
    assert {(f.start, f.end, f.category) for f in DETECTOR.find(batch)} == expected


HOSTILE = ["copyright " * 5_000, "train " * 8_000, "may not be " * 5_000, "isbn 1" * 5_000, "未经" * 20_000, "©a" * 9_000]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:6]))
def test_hostile_texts_take_linear_time(text: str) -> None:
    started = time.process_time()
    DETECTOR.find(TextBatch.of([text]))
    once = time.process_time() - started
    started = time.process_time()
    DETECTOR.find(TextBatch.of([text * 2]))
    assert time.process_time() - started < 4 * once + 0.5
