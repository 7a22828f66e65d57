"""Sixty hostile texts, one list for the page, the report, the exchanged files and the bundle.

Whatever shows or writes a text of others must show and write exactly this, as text: nothing runs, nothing is rendered,
nothing hides, nothing breaks the file around it. Lone surrogates are not here: the readers refuse them.
"""

from __future__ import annotations

SCRIPT = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "<iframe src=javascript:alert(1)></iframe>",
    '<a href="javascript:alert(1)">here</a>',
    "</td></tr></table><h1>owned</h1>",
    "</textarea></title></style><body onload=alert(1)>",
    "<!-- --><b>bold</b>",
    "<![CDATA[<i>x</i>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example>",
    "<template><script>1</script></template>",
    "<math><mi//xlink:href='data:x,<script>1</script>'>",
]
TEMPLATES = ["{{ 7*7 }}", "{% raw %}{% endraw %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{config.__class__.__mro__}}", "%s %n {0}"]
BIDI = [
    "\u202etxt.exe\u202c",
    "\u2067right\u2066left\u2069\u2069",
    "a\u200fb\u200ec\u061cd",
    "safe \u202a\u202b\u202d nested",
]
HIDDEN = [
    "zero\u200bwidth\u200c\u200d\u2060",
    "\ufeffmark at the start",
    "tag\U000e0041\U000e0042\U000e007f",
    "soft\xadhyphen",
    "filler\u3164\u115f\uffa0",
    "private \ue000\U000f0000",
    "variation \ufe0f\U000e0100",
    "Z\u0351\u0352\u0353" * 40,
]
CONTROLS = [
    "\x00nul",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "bell\x07 back\x08space \x7f",
    "line\r\nbreak\rcarriage\nfeed",
    "form\x0cfeed \x0bvertical",
    "\u2028line\u2029paragraph\x85next",
    "\ufffe\uffff not characters",
]
MARKDOWN = [
    "[a](javascript:alert(1))",
    "![x](//evil.example/pixel.png)",
    "# heading\n\n- list\n\n---\n```\ncode",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "**bold** <ins>html</ins> ~~gone~~",
    "[ref]: javascript:alert(1) 'x'",
]
FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "'=already quoted",
    '=HYPERLINK("//evil.example","click")',
    'quote " and , comma ; semicolon',
]
SHAPES = [
    "x" * 60_000,
    "字" * 30_000,
    "a\n" * 20_000,
    "",
    "../../etc/passwd",
    "'; DROP TABLE judgement; --",
]

TEXTS = [*SCRIPT, *TEMPLATES, *BIDI, *HIDDEN, *CONTROLS, *MARKDOWN, *FORMULAS, *SHAPES]
