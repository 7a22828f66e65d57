"""A reason that somebody states for what the log and the report show: one line, nothing hidden in it, not for pages."""

from __future__ import annotations

import unicodedata

LONGEST_REASON = 500


def stated(reason: str) -> str:
    """The reason as it is kept; empty when nothing is stated."""
    line = " ".join(reason.split())
    return "".join(one for one in line if unicodedata.category(one)[0] != "C")[:LONGEST_REASON].strip()
