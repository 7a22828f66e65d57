"""Errors of the standard.

StandardError
├── MalformedEdition        a profile of the package does not hold together
├── UnknownClause           an edition has no clause of that id
├── UnknownRisk             an edition has no risk of that id
├── MalformedName           an id of a clause, or the name of a check, breaks the one rule of names
├── UnknownEdition          (also a ConfigurationError) no profile of that id
├── UnknownThreshold        (also a ConfigurationError) an overlay names a threshold that does not exist
└── LoosenedThreshold       (also a ConfigurationError) an overlay would loosen the standard
"""

from __future__ import annotations

from dataset_safety.errors import ConfigurationError, DatasetSafetyError


class StandardError(DatasetSafetyError):
    """Base of the errors of this room."""


class MalformedEdition(StandardError):
    """A profile lacks a key, has one too many, or refers to a clause that it does not contain."""


class UnknownClause(StandardError):
    """The edition has no clause of that id."""


class UnknownRisk(StandardError):
    """The edition has no risk of that id."""


class MalformedName(StandardError):
    """Neither the dotted id of a clause or check, nor the name made from one."""


class UnknownEdition(ConfigurationError, StandardError):
    """No profile of that id is part of the package."""


class UnknownThreshold(ConfigurationError, StandardError):
    """An overlay names a threshold that the edition does not have, or gives it a value of another type."""


class LoosenedThreshold(ConfigurationError, StandardError):
    """An overlay would make the edition easier to meet; an operator may only ask for more."""
