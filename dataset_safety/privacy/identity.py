"""Numbers of identity: identity card, passport, driving licence, social security, medical record, plate (6.3 a, 6.3 b)."""

from __future__ import annotations

import re
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError
from stdnum.us import ssn

from dataset_safety.privacy.context import Words, is_date
from dataset_safety.privacy.recognisers import SEPARATOR, Passage, Place, Recogniser, digits_of, shape

__all__ = ["PLATE", "PLATE_GATE", "RECOGNISERS"]

# Region codes of cards; 71, 81, 82 and 83 stand for Taiwan, Hong Kong and Macao.
_REGIONS = frozenset(
    str(code) for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)  # fmt: skip
_PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

IDENTITY_WORDS = Words("身份证|身分证|公民身份|证件号", "identity card|id card|identity number|id number|id no|citizen id")
PASSPORT_WORDS = Words("护照|通行证", "passport|passport no|travel document")
LICENCE_WORDS = Words("驾驶证|驾照", "(?:driver'?s?|driver’s|driving|drivers) licen[cs]e")
SECURITY_WORDS = Words("社会安全号|社安号|社会保障号|社会保险号", "ssn|social security|social insurance|sin number")
CARD_OF_SECURITY_WORDS = Words("社保卡?|社会保障卡?号?|社会保险号?|医保卡?", "social security card")
RECORD_WORDS = Words(
    "病历号|病案号|住院号|门诊号|就诊卡号?|诊疗卡号?", "medical record|medical record number|mrn|patient id|patient number"
)
PLATE_WORDS = Words("车牌|号牌|牌照|车号|牌号", "plate|licen[cs]e plate|registration")

_MONTH_AND_DAY = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"


def _identity_card(passage: Passage, start: int, end: int) -> Place | None:
    """GB 11643: region, date of birth and check digit agree."""
    number = re.sub("[^0-9x]", "", passage.folded[start:end]).upper()
    if number[:2] not in _REGIONS or ric.calc_check_digit(number) != number[-1] or not _is_day(number[6:14]):
        return None
    return Place(start, end, "identity_number", 1.0, "identity card: region, date of birth and check digit agree")


def _old_identity_card(passage: Passage, start: int, end: int) -> Place | None:
    """The 15-digit number used until 2013 has no check digit: it needs a word that names it."""
    number = passage.folded[start:end]
    named = number[:2] in _REGIONS and _is_day(f"19{number[6:12]}") and IDENTITY_WORDS.near(passage, start, end)
    return Place(start, end, "identity_number", 0.85, "15-digit identity card named by its context") if named else None


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _passport(passage: Passage, start: int, end: int) -> Place | None:
    if is_date(passage.folded[start:end]) or not PASSPORT_WORDS.near(passage, start, end):
        return None
    return Place(start, end, "passport", 0.85, "passport or travel permit named by its context")


def _driver_licence(passage: Passage, start: int, end: int) -> Place | None:
    if is_date(passage.folded[start:end]) or not LICENCE_WORDS.near(passage, start, end):
        return None
    return Place(start, end, "driver_licence", 0.8, "driving licence named by its context")


def _social_security(passage: Passage, start: int, end: int) -> Place | None:
    number = digits_of(passage.folded[start:end])
    try:
        ssn.validate(number)
    except ValidationError:
        return None
    if not SECURITY_WORDS.near(passage, start, end, before=48, after=32):
        return None
    return Place(start, end, "social_security_number", 0.9, "social security number in a valid range, named by its context")


def _social_security_card(passage: Passage, start: int, end: int) -> Place | None:
    if is_date(passage.folded[start:end]) or not CARD_OF_SECURITY_WORDS.labels(passage, start):
        return None
    return Place(start, end, "social_security_number", 0.8, "social security card named by its label")


def _medical_record(passage: Passage, start: int, end: int) -> Place | None:
    if not RECORD_WORDS.labels(passage, start):
        return None
    return Place(start, end, "medical_record", 0.8, "medical record named by its label")


def _vehicle_plate(passage: Passage, start: int, end: int) -> Place | None:
    """GA 36: province, letter, five or six signs with at most two letters; lower case only where a word names it."""
    body = passage.folded[start + 2 : end]
    if sum(sign.isdecimal() for sign in body) < 3:
        return None
    named = PLATE_WORDS.near(passage, start, end, before=16, after=8)
    written = passage.original[start:end]
    if not named and (written != written.upper() or written[2] in " -."):
        return None
    explanation = "vehicle plate" + (" named by its context" if named else "")
    return Place(start, end, "vehicle_plate", 0.9 if named else 0.75, explanation)


RECOGNISERS = (
    Recogniser(
        "identity card",
        shape(
            f"[1-9][0-9]{{5}}{SEPARATOR}{{0,2}}(?:1[89]|20)[0-9]{{2}}{SEPARATOR}{{0,2}}{_MONTH_AND_DAY}"
            f"{SEPARATOR}{{0,2}}[0-9]{{3}}{SEPARATOR}?[0-9x]"
        ),
        _identity_card,
    ),
    Recogniser("old identity card", shape(f"[1-9][0-9]{{7}}{_MONTH_AND_DAY}[0-9]{{3}}"), _old_identity_card),
    Recogniser("passport", shape("[a-z]{0,2}[0-9]{7,9}"), _passport),
    Recogniser("driving licence", shape("[a-z][0-9]{7,14}|[0-9]{7,12}|[0-9]{4}-[0-9]{2}-[0-9]{4}"), _driver_licence),
    Recogniser("social security number", shape(f"[0-9]{{3}}({SEPARATOR}?)[0-9]{{2}}\\2[0-9]{{4}}"), _social_security),
    Recogniser("social security card", shape("[a-z]{0,2}[0-9]{8,18}x?"), _social_security_card),
    Recogniser("medical record", shape("[a-z]{0,3}[0-9]{7,14}"), _medical_record),
)

PLATE = Recogniser(
    "vehicle plate",
    shape(
        f"[{_PLATE_PROVINCES}][a-hj-np-z][·•. \\-]?[a-hj-np-z0-9]{{4}}[a-hj-np-z0-9挂学警港澳][0-9df]?",
        left="",
        right="(?![0-9a-z])",
    ),
    _vehicle_plate,
)
PLATE_GATE = f"[{_PLATE_PROVINCES}][a-z][·•. \\-]?[a-z0-9]{{4}}"
