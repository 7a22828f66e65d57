"""Text in CSV files that people open in a spreadsheet: no cell is taken for a formula, and every cell can be read back."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings that a spreadsheet, in some country, takes for a formula; spaces before them do not help."""
QUOTE = "'"


def neutral(text: str) -> str:
    """The text as a cell: one that begins as a formula, or as a quoted one, gets a quote in front."""
    return f"{QUOTE}{text}" if _quoted(text) else text


def restored(cell: str) -> str:
    """The text that :func:`neutral` made a cell of."""
    return cell[1:] if cell.startswith(QUOTE) and _quoted(cell[1:]) else cell


def _quoted(text: str) -> bool:
    return text.startswith(QUOTE) or text.lstrip(" ").startswith(FORMULA)
