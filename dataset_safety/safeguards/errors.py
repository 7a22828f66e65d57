"""Errors of the safeguards.

SafeguardError
├── SchemeUnreadable   the file of a grading scheme cannot be followed
├── GradeRefused       a grade that the scheme does not know, or one lowered without reason and second person
├── UnknownRecord      no source, person, drill or incident of that id
├── StepRefused        a step that does not fit the record as it stands
└── StatementRefused   a name, a time or a text that cannot be recorded
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.errors import DatasetSafetyError


class SafeguardError(DatasetSafetyError):
    """Base of the errors of the records of section 5; what was asked for was not recorded."""

    exit_code: ClassVar[int] = 2


class SchemeUnreadable(SafeguardError):
    """The file of a grading scheme is no TOML, lacks something, or contradicts itself."""


class GradeRefused(SafeguardError):
    """A grade cannot be given as asked."""


class UnknownRecord(SafeguardError):
    """Nothing of that id is on record."""


class StepRefused(SafeguardError):
    """A drill, an incident or a member of the team is not in the state that the step needs."""


class StatementRefused(SafeguardError):
    """A name is empty, a time lies ahead, a text is missing."""
