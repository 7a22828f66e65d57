"""Languages as types of data: Chinese in both scripts is one language, short or doubtful text has none."""

from __future__ import annotations

import pytest

from dataset_safety.preprocessing.language import languages

LONG_ENGLISH = "The committee met on Tuesday to discuss the budget for the new library building and its opening hours."
SPANISH = "El comité se reunió el martes para hablar del presupuesto de la nueva biblioteca y de sus horarios de apertura."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("春眠不觉晓，处处闻啼鸟。", "zh"),
        ("春眠不覺曉，處處聞啼鳥。", "zh"),
        ("使用 pip install 安装这个软件包，然后运行程序就可以看到结果了", "zh"),
        (LONG_ENGLISH, "en"),
        (SPANISH, "es"),
        ("ok thanks", "und"),
        ("", "und"),
        ("12345 67890 !!!", "und"),
        (
            "これは日本語の文章です。図書館の新しい建物と開館時間について、火曜日に委員会が話し合いました。予算も議題でした。",
            "ja",
        ),
    ],
)
def test_language(text, expected):
    assert languages([text]) == [expected]


def test_order_is_kept():
    assert languages([SPANISH, "春眠不觉晓", LONG_ENGLISH]) == ["es", "zh", "en"]
