"""The guideline that reviewers judge by: for each of the 29 risks what violates and what only looks like it.

An answer holds for one version of the rules (clauses 1.6). The rules are what decides: the general words, for each risk the
sentence that says what violates, in both languages, and a revision number. Their version is the hash of exactly these, with
runs of white space taken as one space. Not hashed are the examples of what passes, comments, the order and the layout of the
file: whoever only words an example better voids no answer, and whoever changes by an example what is to be judged raises
the revision. The file may name earlier versions under which the rules were the same.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import Artifact
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.facade import Store

KIND = "guideline"
Version = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the rules, and the earlier versions that say the same."""

    version: str
    same: frozenset[str] = frozenset()

    def cover(self, version: str) -> bool:
        """Whether an answer given under ``version`` was given under these rules."""
        return version == self.version or version in self.same

    def agree(self, one: str, other: str) -> bool:
        """Whether two versions are the same rules."""
        return one == other or (self.cover(one) and self.cover(other))


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


class Revision(BaseModel):
    """``revision`` is raised by hand; ``same`` are earlier versions of the rules that say the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: int = Field(ge=1)
    same: tuple[Version, ...] = ()


class Guideline(BaseModel):
    """One version of the guideline as reviewers read it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stated: Revision = Field(alias="rules")
    general: General
    risks: dict[str, Example] = Field(min_length=29)

    @property
    def version(self) -> str:
        """Version of its rules, 16 hexadecimal digits, which every answer records."""
        decisive = {risk: [_plain(one.en), _plain(one.zh)] for risk, one in self.risks.items()}
        general = [_plain(self.general.en), _plain(self.general.zh)]
        return digest_of({"revision": self.stated.revision, "general": general, "risks": decisive})[:16]

    @property
    def rules(self) -> Rules:
        """Its rules as answers are held against them."""
        return Rules(self.version, frozenset(self.stated.same))


def read_guideline(content: bytes) -> Guideline:
    """The guideline in a file."""
    return Guideline.model_validate(tomllib.loads(content.decode()))


def guideline_file() -> bytes:
    """The file that ships with this version of the program."""
    return (resources.files("dataset_safety.evaluation") / "guideline.toml").read_bytes()


@cache
def guideline() -> Guideline:
    """The guideline of this version of the program."""
    return read_guideline(guideline_file())


def rules_in_force(store: Store) -> Rules:
    """The rules that answers have to be given under in order to count.

    In a store that was rebuilt from a bundle these are the rules in force when it was written, whatever this version of
    the program says.
    """
    if store.texts:
        return guideline().rules
    with store.database.read() as connection:
        return _recorded(connection) or guideline().rules


def record_rules(store: Store) -> None:
    """Keep on record, and in the audit log, under which rules answers count from now on."""
    if not store.texts:
        return
    rules = guideline().rules
    with store.database.write() as connection:
        if _recorded(connection) == rules:
            return
        facts = {"version": rules.version, "same": sorted(rules.same)}
        # a version of the rules has one record for each list of versions that it covers: the list may grow
        made = Artifact(KIND, f"{rules.version}-{digest_of(facts['same'])[:16]}", facts)
        artifacts.save(connection, made)
        artifacts.activate(connection, KIND, made.version, reason="the guideline of this version of the program")


def _recorded(connection: Connection) -> Rules | None:
    """The rules on record; records of earlier programs are named by the version of the rules alone."""
    known = artifacts.active(connection, KIND)
    return Rules(known.facts.get("version", known.version), frozenset(known.facts["same"])) if known else None


def _plain(words: str) -> str:
    return " ".join(words.split())
