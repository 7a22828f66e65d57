"""Errors of the report.

ReportError
├── NothingToReport   the release has no filtered corpus yet
├── PdfUnavailable    WeasyPrint, or a library that it needs, is not installed
└── NoChineseFont     no installed font has glyphs for Chinese text
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.errors import DatasetSafetyError


class ReportError(DatasetSafetyError):
    """Base of the errors of the report."""


class NothingToReport(ReportError):
    """The release was frozen and never filtered, so there is nothing to tell about it."""

    exit_code: ClassVar[int] = 3


class PdfUnavailable(ReportError):
    """What writes PDFs is not installed; the HTML report needs none of it."""

    exit_code: ClassVar[int] = 2


class NoChineseFont(ReportError):
    """A PDF would show boxes instead of Chinese characters (``lacking``)."""

    exit_code: ClassVar[int] = 2
