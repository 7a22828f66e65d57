"""Personal numbers that look valid and belong to nobody (6.3 a, 6.3 b): the checksums are right, the numbers are invented.

Identity numbers carry region code 710000, under which no card was ever issued; mobile numbers lie in block 1349, which
was set apart for a satellite service; cards have an account of zeros; addresses lie in a domain kept for examples.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MAILBOXES = ("lin.qiao", "m.harrow", "zhou_yan", "t.okafor", "reading-room", "ana.belmonte", "wu.ke", "s.lindqvist")


def identity_number(choice: random.Random) -> str:
    """An 18-digit identity number of an adult (GB 11643 check digit)."""
    born = date(1931, 1, 1) + timedelta(days=choice.randrange(365 * 60))
    body = f"710000{born:%Y%m%d}{choice.randrange(1, 1000):03d}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return body + "10X98765432"[total % 11]


def mobile_phone(choice: random.Random) -> str:
    """An 11-digit mobile number."""
    return f"1349{choice.randrange(1_000_000, 10_000_000)}"


def bank_card(choice: random.Random) -> str:
    """A 19-digit card number with a right Luhn digit."""
    body = f"6222020000{choice.randrange(10_000_000, 100_000_000)}"
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return f"{body}{-sum(value - 9 if value > 9 else value for value in doubled) % 10}"


def email(choice: random.Random) -> str:
    """A mail address."""
    return f"{choice.choice(_MAILBOXES)}{choice.randrange(10, 100)}@mail.example.org"


MAKERS: Mapping[str, Callable[[random.Random], str]] = {
    "identity_number": identity_number,
    "mobile_phone": mobile_phone,
    "bank_card": bank_card,
    "email": email,
}
"""By class of personal information."""

_CONTEXTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "identity_number": {
        "zh": ("登记表上写着居民身份证号{0}，核对后请归档。", "办理借书证的读者身份证号码：{0}。"),
        "en": ("The form gives the Chinese ID card number {0} of the applicant.", "Identity card number: {0}, as checked."),
    },
    "mobile_phone": {
        "zh": ("有事请打我的手机{0}，晚上八点以后都在。", "联系电话：{0}，送货前请提前说一声。"),
        "en": ("Please call my mobile, +86 {0}, after eight in the evening.", "Contact phone: +86 {0}, ask for the workshop."),
    },
    "bank_card": {
        "zh": ("书款请转到我的银行卡，卡号{0}。", "退款银行卡号：{0}，开户名同上。"),
        "en": ("Please refund the deposit to my bank card, number {0}.", "Bank card number: {0}, account holder as above."),
    },
    "email": {
        "zh": ("照片请发到我的邮箱{0}，谢谢。", "电子邮件：{0}，每周查看一次。"),
        "en": ("Send the photographs to {0}, please.", "My e-mail address is {0} and I read it once a week."),
    },
}


def statement(category: str, language: str, choice: random.Random) -> str:
    """A sentence that gives away one invented number of a class."""
    return choice.choice(_CONTEXTS[category][language]).format(MAKERS[category](choice))
