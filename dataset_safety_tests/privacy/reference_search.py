"""The slow way to find personal information: every shape searched for in the whole text, in turn, with plain ``re``."""

from __future__ import annotations

import re
from dataclasses import replace

from dataset_safety.preprocessing.folding import fold
from dataset_safety.privacy import networks
from dataset_safety.privacy.detection import NUMBERS, RANK, SIGNS
from dataset_safety.privacy.recognisers import Passage, Place, without_overlaps

_EMAIL = re.compile(networks._LOCAL.pattern + "@" + networks._DOMAIN.pattern)


def reference_places(text: str) -> list[Place]:
    """What the detector must find in one text."""
    passage, positions = Passage(fold(text), text).visible()
    found = list(networks.emails(passage)) if _EMAIL.search(passage.folded) else []
    for recogniser in (*NUMBERS, *SIGNS):
        for match in recogniser.pattern.finditer(passage.folded):
            place = recogniser.judge(passage, *match.span(1))
            if place is not None:
                found.append(place)
    moved = [replace(place, start=positions[place.start], end=positions[place.end - 1] + 1) for place in found]
    return without_overlaps(moved, RANK)
