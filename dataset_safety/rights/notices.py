"""The kinds of notices of rights and how they are written, Chinese and English, in folded text (6.2 c).

All patterns run in linear time: repetitions are bounded. ``gate`` holds plain words; every match of the pattern has
one of them in it, and is looked for in ``REACH`` characters around them only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["GATE", "NOTICES", "REACH", "Notice"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of notice. Marks of secrecy speak of trade secrets (A.3.c), all others of intellectual property (A.3.a)."""

    kind: str
    gate: tuple[str, ...]
    pattern: re.Pattern[str]
    score: float
    explanation: str
    risk: str = "A.3.a"


REACH = 240

_YEAR = r"(?:1[5-9]|20)[0-9]{2}"
_AI = "(?:(?:人工智能|大模型|语言模型|机器学习|ai)[^。;\\n]{0,12}?训练|训练[^。;\\n]{0,10}?(?:人工智能|模型|ai)|数据挖掘)"
_REFUSES = (
    r"\b(?:may not|must not|shall not|can ?not|not be|do not|don't|without|prohibit\w*|forbid\w*|reserv\w+|no permission)\b"
    r"[^.;\n]{0,80}?\b(?:us(?:e|ed|ing)|for|crawl\w*|scrap\w+|cop(?:y|ied|ying)|reproduc\w+|collect\w*|text (?:and|or))\b"
    r"[^.;\n]{0,60}?"
)
_AI_EN = (
    r"(?:(?:ai|machine learning|machine-learning|ml|llm|language model|generative ai|artificial intelligence)[ \-]"
    r"(?:model |models |systems? |purposes? |and )?(?:training|development)|train(?:ing)?,? (?:\w+[ \-]){0,5}(?:ai|llms?|models?|"
    r"artificial intelligence|machine learning)\b|(?:text (?:and|or) )?data mining)"
)
_ISBN = r"(?<![a-z0-9])isbn(?:-1[03])?:? ?(?:97[89][ \-]?)?[0-9](?:[ \-]?[0-9]){8}[ \-]?[0-9x](?![0-9])"
_IMPRINT = (
    r"(?:定价[:： ]|印张|印次|版次[:： ]|开本[:： ]|copyright|©|all rights reserved|library of congress|cataloging"
    r"|first published)"
)
_SPDX = r"(?<![a-z0-9\-])spdx-license-identifier: ?[(a-z0-9][a-z0-9.+()\- ]{0,160}"

NOTICES: tuple[Notice, ...] = (
    Notice(
        "copyright",
        (
            "©",
            "(c)",
            "copyright",
        ),
        re.compile(
            rf"(?:©|(?<![a-z0-9])copyright(?: ?\(c\)| ?©)?) ?[,:]? ?(?:by |held by )?{_YEAR}"
            rf"|(?<![a-z0-9])\(c\) ?(?:copyright )?{_YEAR}|© ?[\w&][^\n©]{{2,60}}?{_YEAR}"
            r"|(?<![a-z0-9])copyright(?: ?\(c\)| ?©)[ :]{1,2}[a-z]"
            rf"|(?<![a-z0-9])copyright (?:held |owned )?by (?:the )?[a-z]|{_YEAR} ?(?:copyright|©)"
        ),
        0.9,
        "copyright notice with a year or a holder",
    ),
    Notice(
        "copyright",
        (
            "版权",
            "著作权",
        ),
        re.compile(
            "版权所有(?![者人的])|版权归[^。\\n]{1,20}所有|著作权归[^。\\n]{1,20}所有|著作权人[:为]|版权声明[:。\\n]"
            "|(?:保留|享有)(?:所有|一切|全部)版权"
            "|版权所有[,. ]?(?:翻印必究|侵权必究|违者必究)"
        ),
        0.9,
        "Chinese copyright notice",
    ),
    Notice(
        "rights_reserved",
        (
            "rights reserved",
            "rights are reserved",
            "必究",
            "保留所有权利",
            "保留一切权利",
            "保留全部权利",
        ),
        re.compile(r"(?:all )?rights (?:are )?reserved\b|(?:翻印|侵权|盗版|违者|翻版|仿冒)必究|保留(?:所有|一切|全部)权利"),
        0.9,
        "reservation of all rights",
    ),
    Notice(
        "no_reproduction",
        (
            "转载",
            "复制",
            "摘编",
            "reproduc",
            "redistribut",
            "republish",
            "may not be",
            "must not be",
            "no part of",
        ),
        re.compile(
            "(?:未经|未获|未得)[^。\\n]{0,20}?(?:许可|授权|同意|允许)[^。\\n]{0,12}?(?:不得|禁止|严禁"
            "|谢绝)[^。\\n]{0,12}?(?:转载|复制|摘编|使用)"
            "|(?:禁止|严禁|谢绝|不得)(?:任何形式的?|擅自|商业)?(?:转载|复制|摘编)|如需转载[^。\\n]{0,16}(?:联系|授权|许可)"
            "|转载请(?:注明|联系|标明|保留)"
            r"|(?:may not be|must not be|not to be|no part of (?:\w+ ){1,6}may be) (?:\w+[, ]{1,2}){0,6}?(?:reproduced"
            r"|copied|redistributed|"
            r"republished|distributed|transmitted)\b[^.\n]{0,120}?(?:without|except|in any form)"
            r"|(?:reproduction|redistribution|republication)[^.\n]{0,60}?(?:is |are )?(?:strictly )?(?:prohibited|forbidden)"
        ),
        0.9,
        "reproduction is forbidden or bound to a condition",
    ),
    Notice(
        "training_refused",
        (
            "训练",
            "人工智能",
            "大模型",
            "机器学习",
            "数据挖掘",
            "train",
            "data mining",
            "machine learning",
            "machine-learning",
            "ai development",
            "noai",
            "tdm-reservation",
        ),
        re.compile(
            f"(?:不得|禁止|严禁|不允许|谢绝|拒绝)[^。;\\n]{{0,24}}?{_AI}|{_AI}[^。;\\n]{{0,12}}?(?:除外|均被禁止)"
            rf"|{_REFUSES}{_AI_EN}"
            rf"|{_AI_EN}[^.;\n]{{0,60}}?\b(?:prohibited|forbidden|not (?:permitted|allowed)|is reserved|are reserved)\b"
            r"|<meta[^>\n]{0,80}?\bnoai\b|\btdm-reservation\b ?[:=] ?[\"']?1"
        ),
        0.9,
        "the holder refuses training or data mining",
    ),
    Notice(
        "licence",
        (
            "spdx-license",
            "licensed under",
            "creativecommons.org/licenses",
            "general public license",
            "知识共享",
            "许可协议",
            "permission is hereby granted",
            "redistribution and use in source",
        ),
        re.compile(
            _SPDX + r"|licensed under (?:the |a )?(?:[\w.\-]+ ){0,6}?(?:licen[cs]e|gpl|lgpl|agpl|mit|bsd|apache|cc[ \-]by|mpl)\b"
            r"|creativecommons\.org/licenses/[a-z\-]{2,10}/[0-9.]{1,3}"
            r"|gnu (?:lesser |affero |library )?general public license|permission is hereby granted, free of charge"
            r"|redistribution and use in source and binary forms|知识共享[^。\n]{0,24}?(?:许可|协议)|(?:采用|遵循|基于"
            r"|使用)[^。\n]{0,24}?许可协议"
        ),
        0.85,
        "statement of a licence",
    ),
    Notice(
        "confidential",
        (
            "confidential",
            "proprietary",
            "trade secret",
            "机密",
            "秘密",
            "绝密",
            "保密",
            "内部资料",
            "内部文件",
            "商业秘密",
        ),
        re.compile(
            r"\b(?:strictly|company|commercial in|business|proprietary and|private and) confidential\b(?! relationship)"
            r"|\bconfidential and proprietary\b|\bproprietary information of\b|\bcontains? (?:\w+ ){0,3}?trade secrets?\b"
            r"|\bconfidential(?:ity notice:| ?[-–—:] ?(?:do not|not for)|, do not)|\bfor internal use only\b"
            r"|\binternal use only\b"
            r"|\bdo not (?:distribute|disclose) without (?:\w+ ){0,3}permission"
            "|(?:密级|保密级别)[:为 ]{1,2}(?:绝密|机密|秘密|内部)|(?:机密|秘密|绝密)★|(?:商业秘密|内部资料|内部文件"
            "|公司机密|保密文件)[,, ]{0,2}"
            "(?:不得|严禁|禁止|请勿|注意保密|外泄)|内部资料[,, ]{0,2}(?:仅供|请勿|注意|严禁)|(?:请勿|严禁|不得)外传"
        ),
        0.8,
        "mark of confidentiality",
        "A.3.c",
    ),
    Notice(
        "trial_reading",
        (
            "试读",
            "样章",
            "试看",
            "free sample",
            "preview copy",
            "review copy",
            "advance reader",
            "for evaluation only",
            "sample chapter",
            "watermark",
            "shutterstock",
            "getty images",
            "alamy",
            "istock",
            "正版",
            "盗版",
            "evaluation copy",
            "advanced reader",
        ),
        re.compile(
            "(?:免费|在线)?试读(?:版|本|章节|结束|已结束|到此)|样章试读|购买(?:正版|全本"
            "|完整版)后?[^。\\n]{0,12}?(?:阅读|观看|继续)"
            "|请(?:支持|购买|订阅)正版|正版(?:阅读|首发)|(?:谨防|拒绝|打击)盗版"
            r"|\bfree sample chapter\b|\badvance(?:d)? reader(?:'?s)? (?:copy|edition)\b|\b(?:preview|review"
            r"|evaluation) copy\b[^.\n]{0,40}?\bnot for"
            r"|\bfor evaluation only\b|\b(?:shutterstock|getty images|alamy|istock) ?(?:\.com)?[ \-|/]{1,3}[0-9]{6,}"
        ),
        0.75,
        "mark of a publisher's trial reading, sample or picture library",
    ),
    Notice(
        "book_page",
        (
            "isbn",
            "图书在版编目",
        ),
        re.compile(rf"{_ISBN}[\s\S]{{0,160}}?{_IMPRINT}|{_IMPRINT}[\s\S]{{0,160}}?{_ISBN}|图书在版编目 ?\(?cip\)?"),
        0.7,
        "imprint of a book: ISBN beside price, edition or copyright",
    ),
)

GATE = tuple(dict.fromkeys(word for notice in NOTICES for word in notice.gate))
"""Words of which every text with a notice holds one."""
