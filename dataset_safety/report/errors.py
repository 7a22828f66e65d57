"""Errors of the report.

ReportError
└── NothingToReport   the release has no filtered corpus yet
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.errors import DatasetSafetyError


class ReportError(DatasetSafetyError):
    """Base of the errors of the report."""


class NothingToReport(ReportError):
    """The release was frozen and never filtered, so there is nothing to tell about it."""

    exit_code: ClassVar[int] = 3
