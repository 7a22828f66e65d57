"""The grading scheme (R.5.a, 8.1 b 1): categories, and grades in rising order on the three levels of GB/T 43697-2024.

A scheme is data that a named person approved: a TOML file, kept as it was read. The levels are general, important and
core; an operator may divide each into finer grades. ::

    edition = "2026-1"
    title = "Grading of training data"
    approved_by = "Li Wei"
    approved_on = 2026-10-01
    review_days = 365
    sensitive_min = "general-2"      # what holds sensitive personal information is graded at least so

    [[categories]]
    id = "news"
    title = "News and web pages"

    [[grades]]                       # from the lowest to the highest
    id = "general-1"
    level = "general"
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from dataset_safety import clock
from dataset_safety.safeguards.errors import SchemeUnreadable
from dataset_safety.store.canonical import digest_of

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
SIZE_MAX = 1 << 20


class Level(StrEnum):
    """The three levels of GB/T 43697-2024, from the lowest to the highest."""

    GENERAL = "general"
    IMPORTANT = "important"
    CORE = "core"

    @property
    def needs_legal(self) -> bool:
        """Whether law binds the data beyond this standard: nothing goes on before legal has decided."""
        return self is not Level.GENERAL


LEVELS = tuple(Level)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(_Part):
    """One category of data."""

    id: Identifier
    title: str = Field("", max_length=200)


class SchemeGrade(_Part):
    """One grade and the level that it belongs to."""

    id: Identifier
    level: Level
    title: str = Field("", max_length=200)


class GradingScheme(_Part):
    """One edition of a scheme; ``scale`` is the hash of what grades refer to, and outlives a renewed approval."""

    edition: Identifier
    title: Title
    approved_by: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    approved_on: date
    review_days: int = Field(ge=1, le=3650)
    sensitive_min: Identifier
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    grades: Annotated[tuple[SchemeGrade, ...], Field(min_length=len(LEVELS))]

    @model_validator(mode="after")
    def _holds_together(self) -> GradingScheme:
        for what, ids in (("category", self.category_ids), ("grade", self.grade_ids)):
            if len(set(ids)) < len(ids):
                raise ValueError(f"a {what} stands twice")
        levels = [LEVELS.index(grade.level) for grade in self.grades]
        if levels != sorted(levels):
            raise ValueError("grades do not rise: general first, then important, then core")
        if set(levels) != set(range(len(LEVELS))):
            raise ValueError("every level needs a grade: general, important, core")
        if self.sensitive_min not in self.grade_ids:
            raise ValueError("sensitive_min is no grade of this scheme")
        return self

    @cached_property
    def category_ids(self) -> tuple[str, ...]:
        """Ids of the categories."""
        return tuple(category.id for category in self.categories)

    @cached_property
    def grade_ids(self) -> tuple[str, ...]:
        """Ids of the grades, from the lowest to the highest."""
        return tuple(grade.id for grade in self.grades)

    @cached_property
    def scale(self) -> str:
        """What a grade means: the hash of categories, grades in order, and their levels."""
        return digest_of([sorted(self.category_ids), [[grade.id, grade.level.value] for grade in self.grades]])

    def rank(self, grade: str) -> int:
        """Place of a grade of this scheme in its order, from 0."""
        return self.grade_ids.index(grade)

    def level(self, grade: str) -> Level:
        """Level of a grade of this scheme."""
        return self.grades[self.rank(grade)].level

    def due(self, longest_days: int) -> date:
        """Last day on which the scheme counts as reviewed: its own interval, or the edition's if that is shorter."""
        return self.approved_on + timedelta(days=min(self.review_days, longest_days))


def read_scheme(path: Path) -> tuple[GradingScheme, bytes]:
    """A scheme and the bytes it was read from; :class:`SchemeUnreadable` says what is wrong and where."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(SIZE_MAX + 1)
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error.strerror})", "name a TOML file.") from None
    if len(raw) > SIZE_MAX:
        raise _unreadable(path, f"is larger than {SIZE_MAX} bytes", "a scheme is a short list.")
    try:
        scheme = GradingScheme.model_validate(tomllib.loads(raw.decode("utf-8")))
    except ValidationError as invalid:
        raise _invalid(path, invalid) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        raise _unreadable(path, "is no TOML in UTF-8", "see https://toml.io") from None
    if scheme.approved_on > clock.today():
        raise _unreadable(path, f"was approved on {scheme.approved_on}, which lies ahead", "record it when it is approved.")
    return scheme, raw


def _invalid(path: Path, invalid: ValidationError) -> SchemeUnreadable:
    found = invalid.errors(include_input=False, include_url=False, include_context=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    steps = [str(step) for step in first["loc"]]
    key = ".".join(steps)
    if first["type"] == "extra_forbidden":
        return _unreadable(path, f"has an unknown key {key!r}", _near(steps[-1], _known(steps)))
    return _unreadable(path, f"{key}: {first['msg']}" if key else str(first["msg"]), "the keys stand in `ledger scheme --help`.")


def _known(steps: Sequence[str]) -> list[str]:
    parts: dict[str, type[_Part]] = {"categories": Category, "grades": SchemeGrade}
    return list(parts.get(steps[0], GradingScheme).model_fields)


def _near(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}."


def _unreadable(path: Path, what: str, hint: str) -> SchemeUnreadable:
    return SchemeUnreadable(f"grading scheme {path.name}: {what}.", hint=hint, path=path)
