"""Errors of the demo.

DemoError
└── NothingToCheck   the demo's corpus was not processed yet
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.errors import DatasetSafetyError


class DemoError(DatasetSafetyError):
    """Base of the errors of the demo."""


class NothingToCheck(DemoError):
    """No filtered corpus is stored that the key could be compared with."""

    exit_code: ClassVar[int] = 3
