"""Errors of the room on intellectual property (6.2 c).

RightsError
└── UnusableReference   a protected work given for comparison is too short to tell a copy from chance
"""

from __future__ import annotations

from dataset_safety.errors import ConfigurationError


class RightsError(ConfigurationError):
    """A fact about intellectual property cannot be followed."""


class UnusableReference(RightsError):
    """``name`` has ``length`` characters that count; ``needed`` are the least."""
