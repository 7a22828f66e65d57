"""Errors of the keyword library (Appendix B.1).

KeywordError
├── InvalidEntry     one line of a library or draft file cannot be followed (file, line, field)
└── StoreNotFound    a folder that should hold a library does not
"""

from __future__ import annotations

from dataset_safety.errors import ConfigurationError


class KeywordError(ConfigurationError):
    """The keyword library or a file for it cannot be used."""


class InvalidEntry(KeywordError):
    """One line of a file is not an entry; ``file``, ``line`` and ``field`` say where."""

    def __init__(self, problem: str, *, file: str, line: int, field: str, hint: str) -> None:
        super().__init__(f"{file}, line {line}, {field}: {problem}.", hint=hint, file=file, line=line, field=field)


class StoreNotFound(KeywordError):
    """There is no library in the folder."""
