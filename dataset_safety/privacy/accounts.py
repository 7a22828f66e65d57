"""Accounts: bank cards, IBANs, messenger accounts (6.3 a, 6.3 b)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban, luhn

from dataset_safety.privacy.context import Words, in_address_or_code
from dataset_safety.privacy.recognisers import Passage, Place, Recogniser, digits_of, shape

__all__ = ["RECOGNISERS", "WECHAT", "WECHAT_GATE"]

CARD_WORDS = Words(
    "银行|储蓄卡|信用卡|借记卡|卡号|账号|账户|帐号|帐户|开户|转账|汇款|打款|收款",
    "credit|debit|cards?|visa|master ?card|amex|american express|union ?pay|jcb|maestro|diners|discover|bank|account|cc",
)
QQ_WORDS = Words("扣扣|企鹅号", "qq号码?|qq")

# Issuer prefixes (ISO/IEC 7812; UnionPay and JBIN lists) with the lengths that they issue.
_ISSUERS: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = tuple(
    (re.compile(prefix), frozenset(lengths))
    for prefix, lengths in (
        ("62|81[0-7]", (16, 17, 18, 19)),
        ("4", (13, 16, 19)),
        ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
        ("3[47]", (15,)),
        ("35", (16, 17, 18, 19)),
        ("1800|2131", (15,)),
        ("3(?:0[0-5]|[689])", (14, 16)),
        ("6(?:011|5|4[4-9])", (16, 19)),
        ("5[06-9]|6[0-9]", (12, 13, 14, 15, 16, 17, 18, 19)),
        ("955[89]", (16, 19)),
    )
)
_SEPARATED = re.compile("[ -]")


def _is_card_number(number: str) -> bool:
    """Luhn digit, an issuer's prefix with its length, and no filling pattern such as zeros throughout."""
    known = any(prefix.match(number) and len(number) in lengths for prefix, lengths in _ISSUERS)
    return known and len(set(number)) > 2 and bool(luhn.is_valid(number))


def _bank_card(passage: Passage, start: int, end: int) -> Place | None:
    number = digits_of(passage.folded[start:end])
    if not _is_card_number(number):
        return None
    if CARD_WORDS.near(passage, start, end, before=48, after=24):
        return Place(start, end, "bank_card", 0.95, "bank card: issuer, length and Luhn digit agree, named by its context")
    stands_alone = not in_address_or_code(passage, start, end)
    if stands_alone and _SEPARATED.search(passage.folded[start:end]):
        return Place(start, end, "bank_card", 0.85, "bank card: issuer, grouping and Luhn digit agree")
    if stands_alone and number.startswith("62"):
        return Place(start, end, "bank_card", 0.8, "UnionPay card: length and Luhn digit agree")
    return None


def _iban_ends(folded: str, start: int, end: int) -> Iterator[int]:
    """Where an IBAN that starts here may end: 15 to 34 signs, at the border of a word."""
    signs = 0
    for position in range(start, end):
        signs += folded[position] != " "
        border = position + 1 >= len(folded) or not (folded[position + 1].isascii() and folded[position + 1].isalnum())
        if signs >= 15 and border and folded[position] != " ":
            yield position + 1


_SEVEN_DIGITS = re.compile("[0-9](?: ?[0-9]){6}")


def _iban(passage: Passage, start: int, end: int) -> Place | None:
    """ISO 13616: country's structure and check digits agree; every account in use has seven digits in a row."""
    if _SEVEN_DIGITS.search(passage.folded, start, end) is None:
        return None
    for stop in _iban_ends(passage.folded, start, end):
        written = passage.folded[start:stop]
        if _SEVEN_DIGITS.search(written) and iban.is_valid(written):
            return Place(start, stop, "iban", 1.0, "IBAN: country's structure and check digits agree")
    return None


def _qq(passage: Passage, start: int, end: int) -> Place | None:
    if not QQ_WORDS.labels(passage, start):
        return None
    return Place(start, end, "social_account", 0.8, "QQ account named by its label")


def _wechat(passage: Passage, start: int, end: int) -> Place | None:
    name = passage.folded[start:end]
    if not any(sign.isdecimal() or sign in "_-" for sign in name) or passage.after(end, 1) in (".", "@", "/"):
        return None
    return Place(start, end, "social_account", 0.8, "WeChat account named by its label")


RECOGNISERS = (
    Recogniser("bank card", shape("[1-9][0-9]{11,18}"), _bank_card),
    Recogniser("grouped bank card", shape("[1-9][0-9]{3}([ -])(?:[0-9]{4}\\2){2}[0-9]{4}(?:\\2[0-9]{1,3})?"), _bank_card),
    Recogniser("grouped bank card of 16", shape("[1-9][0-9]{3}([ -])(?:[0-9]{4}\\2){2}[0-9]{4}"), _bank_card),
    Recogniser("grouped bank card of 14 or 15", shape("3[0-9]{3}([ -])[0-9]{6}\\2[0-9]{4,5}"), _bank_card),
    Recogniser("IBAN", shape("[a-z]{2}[0-9]{2}(?: ?[a-z0-9]){11,30}", right=""), _iban),
    Recogniser("QQ account", shape("[1-9][0-9]{6,10}"), _qq),
)

WECHAT_GATE = "(?:微信号?|weixin|wechat) ?(?:id|号|是|为)? ?[:是为] ?[a-z][a-z0-9_\\-]{5}"
WECHAT = Recogniser(
    "WeChat account",
    re.compile("(?=(?:微信号?|weixin|wechat) ?(?:id|号|是|为)? ?[:是为] ?([a-z][a-z0-9_\\-]{5,19})(?![a-z0-9_\\-]))"),
    _wechat,
)
