"""The formats that a report can be exported as."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """One form of a report for readers outside of this program."""

    OSCAL = "oscal"
    CROISSANT = "croissant"
    CARD = "card"
    EU_SUMMARY = "eu-summary"
