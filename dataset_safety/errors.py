"""The one root of all errors.

DatasetSafetyError
├── ConfigurationError      the operator wrote something that cannot be followed (exit code 2)
└── <room>.errors           each room has its own family below the root

An error keeps its facts as attributes, says what happened and where, and ends with ``Hint:``.
Sample text and personal data never appear in an error.
"""

from __future__ import annotations

from typing import ClassVar


class DatasetSafetyError(Exception):
    """Base of every error that this package raises on purpose.

    ``facts`` are kept as attributes, so that a caller never parses a message::

        raise UnknownKey("unknown key 'titel'", hint="did you mean 'title'?", path=path, key="titel")
    """

    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, hint: str = "", **facts: object) -> None:
        self.message = message
        self.hint = hint
        self.facts = facts
        for name, value in facts.items():
            setattr(self, name, value)
        super().__init__(f"{message} Hint: {hint}" if hint else message)


class ConfigurationError(DatasetSafetyError):
    """The command, a setting or a file written by the operator cannot be followed."""

    exit_code: ClassVar[int] = 2
