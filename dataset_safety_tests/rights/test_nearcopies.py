"""Near-copies of protected works."""

from __future__ import annotations

import random

import pytest

from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.records import Effect
from dataset_safety.rights.errors import UnusableReference
from dataset_safety.rights.nearcopies import NearCopyDetector, ProtectedWork

SIGNS = "山川湖海风雨云雪春夏秋冬花草树木金石火土天地日月星辰东西南北高低远近长短新旧大小多少来去上下左右前后里外"


def writing(seed: int, length: int) -> str:
    choice = random.Random(seed)
    return "".join(choice.choice(SIGNS) for _ in range(length))


WORK = writing(1, 3000)
DETECTOR = NearCopyDetector([ProtectedWork("novel", WORK), ProtectedWork("poem", writing(2, 500))])


def test_a_copied_chapter_is_found_inside_a_longer_text() -> None:
    text = writing(3, 900) + "。" + WORK[800:1700] + "。" + writing(4, 900)
    (finding,) = DETECTOR.find(TextBatch.of([writing(5, 800), text]))
    assert finding.row == 1 and finding.category == "near_copy" and finding.effect is Effect.REVIEW and finding.risk == "A.3.a"
    assert 900 <= (finding.start + finding.end) / 2 <= 1800
    assert "novel" in finding.explanation and WORK[1000:1010] not in finding.explanation


def test_changed_signs_spaces_and_traditional_writing_do_not_hide_a_copy() -> None:
    copied = list(WORK[:600])
    for place in range(0, 600, 60):
        copied[place] = "某"
    text = " ".join(copied).replace("风", "風").replace("云", "雲")
    assert [finding.row for finding in DETECTOR.find(TextBatch.of([text]))] == [0]


def test_other_texts_and_short_quotations_are_left_alone() -> None:
    assert DETECTOR.find(TextBatch.of([writing(6, 5000), writing(7, 700) + WORK[:50] + writing(8, 700), "", "短"])) == []


def test_a_work_too_short_to_compare_is_refused() -> None:
    with pytest.raises(UnusableReference, match="Hint:"):
        NearCopyDetector([ProtectedWork("line", "短句")])


def test_the_version_names_the_works() -> None:
    again = NearCopyDetector([ProtectedWork("poem", writing(2, 500)), ProtectedWork("novel", WORK)])
    assert again.version == DETECTOR.version != NearCopyDetector([ProtectedWork("novel", WORK)]).version
