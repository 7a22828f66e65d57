"""The words of the report: verdicts, decisions, reasons and sizes, said plainly; and names of others made safe to show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dataset_safety.standard import Edition, Stage, VerdictValue
from dataset_safety.standard.errors import UnknownRisk

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class VerdictWord:
    """How a verdict value is shown: never by colour alone."""

    word: str
    symbol: str
    meaning: str


VERDICTS: Mapping[VerdictValue, VerdictWord] = {
    VerdictValue.COMPLIANT: VerdictWord("Met", "✓", "computed from complete and fresh evidence; the expected result is met"),
    VerdictValue.NON_COMPLIANT: VerdictWord("Not met", "✗", "computed; at least one deviation was found"),
    VerdictValue.INCOMPLETE: VerdictWord("Incomplete", "…", "answers of people or documents are missing; not met so far"),
    VerdictValue.STALE: VerdictWord("Outdated", "↻", "the evidence is older than the data, the edition or its term; not met"),
    VerdictValue.ERROR: VerdictWord("Check failed", "!", "the check itself could not run; it says nothing about the data"),
    VerdictValue.NOT_APPLICABLE: VerdictWord("Not applicable", "–", "proved that there is nothing of this kind to check"),
}

STAGES: Mapping[Stage, str] = {Stage.PRE_TRAINING: "pre-training data", Stage.FINE_TUNING: "fine-tuning data"}
KINDS: Mapping[str, str] = {
    "website": "website",
    "organisation": "organisation or individual",
    "service_user": "service users",
    "self_produced": "self-produced",
}
REASONS: Mapping[str, str] = {
    "agreement:expired": "the agreement has run out",
    "agreement:scope_without_training": "the scope of the agreement does not contain training",
    "agreement:not_yet_valid": "the agreement is not valid yet",
    "agreement:not_valid_when_acquired": "the agreement was not valid when the data were acquired",
    "licence:forbids_training": "the licence or agreement does not permit training",
    "authorisation:revoked": "the user took the authorisation back",
    "authorisation:missing": "the user has given no authorisation",
    "rights:infringing": "it infringes intellectual property",
    "not_identified": "no detector can look at it (image, sound, film)",
}
FACTS: Mapping[str, str] = {
    "url": "address of the page",
    "dataset_name": "name of the data set",
    "organisation": "organisation",
    "service_name": "name of the service",
    "user_token": "user",
    "generator_model": "generating model",
    "generator_version": "version of the generating model",
    "acquired_at": "time of acquisition",
}


def reason(name: str, edition: Edition) -> str:
    """A reason of PX in words."""
    head, _, tail = name.partition(":")
    if head in ("risk", "review"):
        try:
            title = f"{tail} {edition.risk(tail).title_en}"
        except UnknownRisk:
            title = tail
        return f"risk found: {title}" if head == "risk" else f"waits for a person, possible risk: {title}"
    if head == "personal_information":
        return f"personal information without a legal basis on record: {tail.replace('_', ' ')}"
    return REASONS.get(name, name.replace("_", " ").replace(":", ": "))


LANGUAGES: Mapping[str, str] = {
    "zh": "Chinese", "en": "English", "fr": "French", "de": "German", "es": "Spanish", "ru": "Russian", "ar": "Arabic",
    "fi": "Finnish", "nl": "Dutch", "sv": "Swedish", "ro": "Romanian", "hi": "Hindi", "gu": "Gujarati", "vi": "Vietnamese",
    "ja": "Japanese", "ko": "Korean", "ug": "Uyghur", "bo": "Tibetan", "mn": "Mongolian", "pt": "Portuguese", "it": "Italian",
}  # fmt: skip
RIGHTS: Mapping[str, str] = {
    "none": "no risk found",
    "identified": "risk identified, such as a notice or a licence",
    "cleared": "risk identified and cleared",
    "infringing": "infringing",
    "undetermined": "undetermined: no detector could look, or nobody has decided",
}


def data_type(name: str) -> str:
    """``text:zh`` -> text in Chinese."""
    kind, _, language = name.partition(":")
    if not language:
        return kind
    return "text, language unknown" if language == "und" else f"{kind} in {LANGUAGES.get(language, language)}"


def purpose(name: str) -> str:
    """``metadata.service_user`` -> metadata: service user."""
    return name.replace("_", " ").replace(".", ": ")


def rate(number: float) -> str:
    """A share of probe texts, as people compare them."""
    return f"{100 * number:.0f} %" if number >= 0.1 or number == 0 else f"{100 * number:.1f} %"


def count(number: int) -> str:
    """12345 -> 12,345."""
    return f"{number:,}"


def size(number: int) -> str:
    """Bytes for people."""
    power = min((len(str(number)) - 1) // 3, 4)
    return f"{number / 1000**power:.1f} {('B', 'kB', 'MB', 'GB', 'TB')[power]}" if power else f"{number} B"


def percent(share: float) -> str:
    """A share with two decimals, rounded towards the worse side, so that 97.999 % never reads as 98 %."""
    return f"{int(share * 10000) / 100:.2f} %"


def at_most(share: float) -> str:
    """A share of what is unwanted, with two decimals, rounded up: towards the worse side as well."""
    return f"{math.ceil(share * 10000 - 1e-9) / 100:.2f} %"


def moment(text: str) -> str:
    """An ISO 8601 moment without fractions of a second."""
    return f"{text[:10]} {text[11:19]} UTC" if len(text) >= 19 else text


_HIDDEN = (
    *((0, 0x20), (0x7F, 0xA0), (0xAD, 0xAE), (0x61C, 0x61D), (0x200B, 0x2010), (0x2028, 0x202F), (0x2060, 0x2070)),
    *((0xD800, 0xE000), (0xFEFF, 0xFF00), (0xFFFE, 0x10000), (0xE0000, 0xE0080)),
)
_INVISIBLE = {point: f"[U+{point:04X}]" for span in _HIDDEN for point in range(*span)}
_INVISIBLE |= {ord("\n"): " ", ord("\r"): " ", ord("\t"): " "}


def visible(text: str) -> str:
    """A name given by others: nothing in it is hidden, turns the direction of writing or goes on for pages."""
    shown = text.translate(_INVISIBLE)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}… ({len(shown)} characters)"
