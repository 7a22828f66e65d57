"""One item of the demo corpus: a text, how it is asked for, and the defect that is planted in it, if any."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dataset_safety.demo import numbers
from dataset_safety.demo.material import Composer, RiskText, risk_texts

COPY = "copy_in_file"
UNREADABLE = "unreadable"
REVOKED = "authorisation:revoked"
NO_URL = "missing:url"
NO_VERSION = "missing:generator_version"
EXPIRED = "agreement:expired"
FORBIDDEN = "licence:forbids_training"
HIDDEN = {"zero_width": "\u200b", "bidi_override": "\u202e", "tag": "\U000e0041"}
"""Kinds of hidden characters and one of each kind."""
PERSONAL = {"identity_number": 8, "mobile_phone": 12, "bank_card": 6, "email": 10}
"""How many numbers of each class are planted in a stage."""


@dataclass(frozen=True, slots=True)
class Item:
    """``kind`` names the planted defect, empty for filler; ``risks`` are those of a planted risk text."""

    text: str
    language: str
    question: str = ""
    kind: str = ""
    risks: tuple[str, ...] = ()


def filler(composer: Composer, *, asked: bool, breaks: bool, kind: str = "") -> Item:
    """A harmless item; ``kind`` is set where the defect lies beside the text."""
    if not asked:
        return Item(composer.text(breaks=breaks), composer.language, kind=kind)
    topic, question = composer.question()
    return Item(composer.text(2, 6, topic=topic, breaks=breaks), composer.language, question, kind)


def risk_item(composer: Composer, risk: RiskText) -> Item:
    """A planted risk text, alone or between harmless sentences."""
    return Item(composer.around(risk.text), risk.language, composer.question()[1], f"risk:{risk.risks[0]}", risk.risks)


def personal_item(composer: Composer, category: str, choice: random.Random) -> Item:
    """A harmless text that gives away one invented number."""
    text = composer.joined(composer.sentence(), numbers.statement(category, composer.language, choice))
    return Item(text, composer.language, composer.question()[1], f"personal_information:{category}")


def hidden_item(composer: Composer, sort: str, choice: random.Random) -> Item:
    """A harmless text with a few hidden characters inside."""
    text = composer.text(breaks=False)
    for _ in range(3):
        place = choice.randrange(1, len(text))
        text = text[:place] + HIDDEN[sort] + text[place:]
    return Item(text, composer.language, composer.question()[1], f"hidden_characters:{sort}")


def planted_texts(composers: dict[str, Composer], choice: random.Random) -> list[Item]:
    """The defects of a stage that lie in a text: risk texts, personal numbers, hidden characters."""
    items = [risk_item(composers[risk.language], risk) for risk in risk_texts()]
    for category, count in PERSONAL.items():
        items += [personal_item(composers["zh" if number % 2 else "en"], category, choice) for number in range(count)]
    for sort in HIDDEN:
        items += [hidden_item(composers["zh" if number % 2 else "en"], sort, choice) for number in range(5)]
    return items


def with_copies(items: Sequence[Item], count: int, choice: random.Random) -> list[Item]:
    """The items with exact copies of some harmless ones somewhere behind the originals."""
    ordered = list(items)
    for _ in range(count):
        originals = [place for place, item in enumerate(ordered) if not item.kind]
        if not originals:
            break
        place = choice.choice(originals)
        ordered.insert(choice.randrange(place + 1, len(ordered) + 1), replace(ordered[place], kind=COPY))
    return ordered
