"""Errors of the room where people judge.

ReviewError
├── UnknownReviewer, NameTaken, InvalidReviewer    people and their tokens
├── UnknownDraw, NotDrawn                          what may be judged
├── RefusedAnswer                                  an answer that no question allows, or about changed content
└── RefusedImport                                  a file of answers, refused as a whole, with line numbers
"""

from __future__ import annotations

from dataset_safety.errors import ConfigurationError, DatasetSafetyError


class ReviewError(DatasetSafetyError):
    """Base of everything that goes wrong while people judge."""


class UnknownReviewer(ReviewError, ConfigurationError):
    """Nobody of that name is registered, or the registration has ended."""


class InvalidReviewer(ReviewError, ConfigurationError):
    """A name, role, language or time that cannot be registered."""


class NameTaken(ReviewError, ConfigurationError):
    """A reviewer of that name is active already."""


class UnknownDraw(ReviewError, ConfigurationError):
    """No draw of that id, purpose or stage waits for people."""


class NotDrawn(ReviewError):
    """A sample does not belong to the draw, or its stored content is lost."""


class RefusedAnswer(ReviewError):
    """An answer that does not fit its question, or a sample that somebody else has judged meanwhile."""


class RefusedImport(ReviewError, ConfigurationError):
    """A file of answers was refused as a whole; ``problems`` names each line."""
