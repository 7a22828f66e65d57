"""The guideline that reviewers judge by: for each of the 29 risks what violates and what only looks like it."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field


class Example(BaseModel):
    """One risk in a sentence, and a contrast that is no risk, each in English and Chinese."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    zh: str
    pass_en: str
    pass_zh: str


class General(BaseModel):
    """What holds for all risks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    zh: str


class Guideline(BaseModel):
    """One version of the guideline; ``version`` is the beginning of the hash of its file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    general: General
    risks: dict[str, Example] = Field(min_length=29)


@cache
def guideline() -> Guideline:
    """The guideline of this version of the program."""
    content = (resources.files("dataset_safety.evaluation") / "guideline.toml").read_bytes()
    return Guideline(version=hashlib.sha256(content).hexdigest()[:16], **tomllib.loads(content.decode()))
