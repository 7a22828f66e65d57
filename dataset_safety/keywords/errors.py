"""Errors of the keyword library (Appendix B.1).

KeywordError
├── InvalidEntry     one line of a library or draft file cannot be followed (file, line, field)
├── StoreNotFound    a folder that should hold a library does not
├── GenerationDamaged   a stored generation cannot be read
├── InvalidSettings  the file keywords.toml of the home cannot be followed
├── SourceRefused    a file or URL of changes cannot be taken
├── CandidateRefused the gate refuses a candidate generation (lint, floors, gold sets, canary)
├── BundleRefused    signatures, version, parent, expiry or content of a bundle do not hold
└── UnknownApprover  nobody of this name may sign
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


class GenerationDamaged(KeywordError):
    """A stored generation cannot be read."""


class InvalidSettings(KeywordError):
    """``keywords.toml`` cannot be followed; ``key`` says where."""


class SourceRefused(KeywordError):
    """A file or URL with changes cannot be taken; ``source`` names it."""


class CandidateRefused(KeywordError):
    """The gate refuses a candidate; ``reasons`` lists every limit that it breaks. The active generation is untouched."""

    exit_code = 1
    reasons: tuple[str, ...]


class BundleRefused(KeywordError):
    """A bundle must not be activated; ``reason`` is one word for programs. The active generation is untouched."""

    exit_code = 1


class UnknownApprover(KeywordError):
    """Nobody of this name is registered to sign."""
