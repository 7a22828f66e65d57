"""Errors of the room on personal information (6.3 a, 6.3 b).

PrivacyError
├── UnknownClass   a legal basis names a class of personal information that does not exist
└── UnknownBasis   a legal basis is neither a consent nor a case of PIPL Art. 13(1), or its dates cannot be followed
"""

from __future__ import annotations

from dataset_safety.errors import ConfigurationError


class PrivacyError(ConfigurationError):
    """A fact about personal information cannot be followed."""


class UnknownClass(PrivacyError):
    """``names`` are no classes of personal information."""


class UnknownBasis(PrivacyError):
    """``value`` is no legal basis, or no date."""
