"""Fifty hard texts of the golden file: what must never change without a new version of the features."""

from __future__ import annotations

HARD_TEXTS = (
    "", " ", "a", "的", "。", "\n\n", "\u200b", "'", "don't", "don’t stop", "naïve café",
    "ＡＢＣ　１２３", "Ａｐｐｌｅ", "ﬁnance ㎏ ½", "繁體中文與简体中文", "我 要 发 票",
    "我\u200b要\u200b发\u200b票", "2024年11月23日", "h3r0in", "AAAAAAAAAAAAAAAA", "x" * 9000, "字" * 9000,
    "😀", "👨‍👩‍👧‍👦 family", "🇨🇳🇺🇸", "e\u0301 é", "مرحبا بالعالم",
    "नमस्ते दुनिया", "สวัสดีชาวโลก", "བོད་ཡིག",
    "ئۇيغۇرچە", "한국어 문장입니다", "日本語のテキスト", "Привет, мир!",
    "Ελληνικά", "https://example.org/a?b=c#d", "user@example.org", "def f(x):\n    return x",
    "<b>bold</b> &amp; more", "\ufeffstart", "tab\tand\rreturn", "—–-−", "“quoted” ‘single’",
    "…………", "１２３４５６７８９０１２３４５６７", "Straße STRASSE", "İstanbul ılık",
    "a\u202eb\u202cc", "\ud800lone", "mixed 中文 and English 文本 together",
)  # fmt: skip
