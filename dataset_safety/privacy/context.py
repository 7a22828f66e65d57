"""Words around a number that say what it is (6.3 a, 6.3 b), and signs that it is none, in folded text."""

from __future__ import annotations

import re

from dataset_safety.privacy.recognisers import Passage

__all__ = ["Words", "in_address_or_code", "is_date"]

_GLUE = r"(?:号码|号|码|no|number|num|nr|id|is|was|为|是|卡|me|us|him|her|them|on|at|to|my|[\s:.#=\"'()\[\]<>|,-]){0,10}$"
_DATE = re.compile(r"(?:19|20)[0-9]{2}([-. ]?)(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?:$|[ .(])")
_YEARS = re.compile(r"(?:1[5-9]|20)[0-9]{2} ?[-‐‑–] ?(?:1[5-9]|20)[0-9]{2}(?![0-9])")
_CODE_BEFORE, _CODE_AFTER = frozenset("/=_#&%@\\$+-.~"), frozenset("_/=%\\@-")


class Words:
    """Context words of one class.

    ``near`` looks in a window before and behind the place; ``labels`` wants them right in front of it, with
    nothing between but words such as "number is" and punctuation.
    """

    def __init__(self, chinese: str, english: str) -> None:
        words = f"(?:{chinese}|(?<![a-z])(?:{english})(?![a-z]))"
        self._anywhere = re.compile(words)
        self._label = re.compile(words + _GLUE)

    def near(self, passage: Passage, start: int, end: int, *, before: int = 32, after: int = 0) -> bool:
        """Whether one of the words stands near the place, in the same paragraph."""
        ahead = passage.before(start, before).rpartition("\n\n")[2]
        if self._anywhere.search(ahead):
            return True
        return bool(after) and self._anywhere.search(passage.after(end, after).partition("\n")[0]) is not None

    def labels(self, passage: Passage, start: int) -> bool:
        """Whether one of the words names the place."""
        return self._label.search(passage.before(start, 40)) is not None

    def follow(self, passage: Passage, end: int) -> bool:
        """Whether one of the words stands right behind the place, as in "555 0100 (office)"."""
        return self._anywhere.match(passage.after(end, 24).lstrip(" -\\(")) is not None


def in_address_or_code(passage: Passage, start: int, end: int) -> bool:
    """Whether the place is glued to signs of web addresses, identifiers or formulas."""
    return passage.before(start, 1) in _CODE_BEFORE or (
        passage.after(end, 1) in _CODE_AFTER and passage.after(end, 2)[1:2].isalnum()
    )


def is_date(text: str) -> bool:
    """Whether folded text starts with a year, month and day in one notation, or with two years."""
    return _DATE.match(text) is not None or _YEARS.match(text) is not None
