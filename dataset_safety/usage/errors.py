"""Errors of use.

UsageError
├── ExportRefused   a gate of the stage is not met, or the population differs from the assessed one
└── IdTwice         a population holds one id twice, so nothing can be drawn from it
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.errors import DatasetSafetyError


class UsageError(DatasetSafetyError):
    """Base of the errors of use."""


class ExportRefused(UsageError):
    """The training export is refused; ``gates`` lists what stands in the way."""

    exit_code: ClassVar[int] = 1


class IdTwice(UsageError):
    """A population holds one id twice: it has no hash, and nothing can be drawn from it."""
