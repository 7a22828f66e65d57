"""Phone numbers (6.3 a): Chinese mobiles by their shape, international ones by the plan of their country, others by context.

Numbers of hotlines and toll-free lines belong to no person and are left alone.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberType

from dataset_safety.privacy.context import Words, in_address_or_code, is_date
from dataset_safety.privacy.recognisers import LEFT, RIGHT, SEPARATOR, Passage, Place, Recogniser, digits_of, shape

__all__ = ["RECOGNISERS"]

PHONE_WORDS = Words(
    "电话|手机|座机|传真|联系方式|联系我|致电|拨打|来电|热线|短信|手机号|电话号码|tel|phone",
    "phones?|telephone|tel|mobiles?|cell|cellphone|call|calls|fax|dial|text me|whatsapp|contact|reach|sms|ring|desk|"
    "answering|messages|registered",
)
PLACE_WORDS = Words("(?:办公|住宅|家庭)电话", "office|fax|mobile|cell|desk")
MOBILE_WORDS = Words("手机|短信", "mobiles?|cell|cellphone|whatsapp|sms|text me")

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_PERSONAL = (*_MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.PAGER)
_LINE_OF_FICTION = re.compile("[2-9][0-9]{2}55501[0-9]{2}$")  # North American numbers kept for films and manuals
_HOTLINE = re.compile("(?:1?(?:800|833|844|855|866|877|888)|400)[0-9]{7}$")
_FILLED = re.compile("1?(?:[0-9]{3})?555[0-9]{4}$|.*(?:1234567|7654321)")  # numbers of films, forms and manuals
_GROUP_END = re.compile(r"[0-9](?![0-9])")
_GAP = "[ .()\\-‐‑–]"


def _chinese_mobile(passage: Passage, start: int, end: int) -> Place | None:
    named = PHONE_WORDS.near(passage, start, end)
    if not named and (in_address_or_code(passage, start, end) or len(set(digits_of(passage.folded[start:end])[-8:])) < 2):
        return None
    return Place(start, end, "mobile_phone", 0.95 if named else 0.8, "Chinese mobile number" + _context(named))


def _context(named: bool) -> str:
    return ", named by its context" if named else ""


def _kind(number: str, region: str | None = None) -> str | None:
    """Class of a number that its country's plan knows and that a person may hold; None otherwise."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    kind = phonenumbers.number_type(parsed)
    if kind not in _PERSONAL or (parsed.country_code == 1 and _LINE_OF_FICTION.match(str(parsed.national_number))):
        return None
    return "mobile_phone" if kind in _MOBILE else "landline"


def _international(passage: Passage, start: int, end: int) -> Place | None:
    """The longest row of whole groups that the numbering plan accepts."""
    written = passage.folded[start:end]
    for stop in reversed([found.end() for found in _GROUP_END.finditer(written)]):
        digits = digits_of(written[:stop].replace("(0)", ""))
        if len(digits) < 8:
            break
        kind = _kind("+" + digits.removeprefix("00"))
        if kind is not None:
            return Place(start, start + stop, kind, 0.95, "international number valid in its country's plan")
    return None


def _north_american(passage: Passage, start: int, end: int) -> Place | None:
    digits = digits_of(passage.folded[start:end].partition("x")[0])
    kind = _kind(digits, "US")
    if kind is None or in_address_or_code(passage, start, end):
        return None
    return Place(start, end, kind, 0.85, "North American number, written as a phone number and valid in the plan")


def _chinese_landline(passage: Passage, start: int, end: int) -> Place | None:
    if not PHONE_WORDS.near(passage, start, end):
        return None
    return Place(start, end, "landline", 0.85, "Chinese area code and number, named by its context")


def _named_phone(passage: Passage, start: int, end: int) -> Place | None:
    """A number in any national notation right behind a word that names it."""
    written = passage.folded[start:end]
    digits = digits_of(written.partition("x")[0])
    if is_date(written) or len(set(digits)) < 3 or _HOTLINE.match(digits) or _FILLED.match(digits):
        return None
    if not PHONE_WORDS.labels(passage, start) and not (len(digits) > 7 and PLACE_WORDS.follow(passage, end)):
        return None
    kind = "mobile_phone" if MOBILE_WORDS.labels(passage, start) else "landline"
    return Place(start, end, kind, 0.7, "phone number named by its label")


RECOGNISERS = (
    Recogniser(
        "Chinese mobile",
        shape(
            f"(?:(?:\\+|00)?86{SEPARATOR}{{0,2}})?1(?:3[0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8[0-9]|9[0-35-9])"
            f"{SEPARATOR}{{0,2}}[0-9]{{4}}{SEPARATOR}{{0,2}}[0-9]{{4}}"
        ),
        _chinese_mobile,
    ),
    Recogniser(
        "international",
        shape(
            f"\\+[1-9](?:{_GAP}{{0,3}}[0-9]){{6,14}}|00[1-9](?:{_GAP}{{0,2}}[0-9]){{0,2}}{_GAP}(?:{_GAP}{{0,3}}[0-9]){{6,12}}",
            right="(?![0-9a-wyz])",
        ),
        _international,
    ),
    Recogniser(
        "North American",
        shape(
            "(?:1[ .-])?(?:\\([2-9][0-9]{2}\\) ?|[2-9][0-9]{2}[.-])[2-9][0-9]{2}[.-][0-9]{4}(?: ?x[0-9]{1,5})?",
            left=LEFT + r"(?<![0-9][ \-])",
            right=RIGHT + "(?!-[0-9])",
        ),
        _north_american,
    ),
    Recogniser(
        "Chinese landline",
        shape(
            f"(?:\\(0(?:10|2[0-9]|[3-9][0-9]{{2}})\\) ?|0(?:10|2[0-9]|[3-9][0-9]{{2}}){SEPARATOR}{{0,2}})"
            "[2-8][0-9]{6,7}(?:-[0-9]{1,5})?"
        ),
        _chinese_landline,
    ),
    Recogniser(
        "phone by its label",
        shape(f"\\+?\\(?[0-9](?:{_GAP}{{0,2}}[0-9]){{6,12}}(?: ?x[0-9]{{1,5}})?", right=RIGHT + f"(?!{_GAP}{{0,2}}[0-9])"),
        _named_phone,
    ),
)
