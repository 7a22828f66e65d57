"""An entry of the keyword library (Appendix B.1): what it says, how it is matched, what it may do.

``Entry`` is the light record that 10,000 lines are read into; ``EntryRecord`` is the same as a published
schema, for people and programs that write library files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from dataset_safety.keywords.groups import is_group
from dataset_safety.keywords.scripts import count_unspaced, is_spaced_letter
from dataset_safety.preprocessing.folding import fold

JOIN = " + "
CONTEXT_DISTANCE = 30


class MatchMode(StrEnum):
    """How a hit is checked against the text around it."""

    WORD = "word"
    SUBSTRING = "substring"
    SEGMENT_CHECKED = "segment_checked"


class EntryEffect(StrEnum):
    """What a hit may do; ``context`` counts as review, and only near another entry of the same risk."""

    REJECT = "reject"
    REVIEW = "review"
    CONTEXT = "context"


class Status(StrEnum):
    """``reviewed`` needs a named person who did it; ``retired`` entries stay in the file and never match."""

    AUTHORED = "authored"
    REVIEWED = "reviewed"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Entry:
    """One keyword, or a combination of two or three parts that stand within ``within`` characters of each other.

    ``parts`` are normalised (folded, single spaces); ``within`` counts the characters between the outer ends of a
    combination that belong to none of its parts. ``exceptions`` are longer innocent phrases that win.
    """

    id: str
    parts: tuple[str, ...]
    risks: tuple[str, ...]
    language: str
    match: MatchMode
    effect: EntryEffect
    within: int = 0
    exceptions: tuple[str, ...] = ()
    topic: str = ""
    provenance: str = ""
    author: str = ""
    added: str = ""
    status: Status = Status.AUTHORED
    bundled: bool = True

    @property
    def text(self) -> str:
        """The entry as it is written in a file."""
        return JOIN.join(self.parts)

    @property
    def active(self) -> bool:
        """Whether the entry takes part in matching and counts."""
        return self.status is not Status.RETIRED

    @property
    def canonical(self) -> str:
        """One line that holds every fact of the entry, the same on every machine."""
        facts = (
            self.id, self.text, ",".join(self.risks), self.language, self.match, self.effect, str(self.within),
            " | ".join(self.exceptions), self.topic, self.provenance, self.author, self.added, self.status, str(self.bundled),
        )  # fmt: skip
        return "\t".join(facts)


class EntryRecord(BaseModel):
    """Published schema of one entry of a library file."""

    model_config = ConfigDict(extra="forbid", title="Keyword entry")

    id: str = Field(pattern=r"^[0-9a-f]{12}$", description="first 12 hex digits of SHA-256 over risk, language, normalised text")
    text: str = Field(min_length=2, max_length=200, description="the keyword, or two or three parts joined by ' + '")
    match: MatchMode = Field(description="whole words, any position, or checked against segmentation")
    effect: EntryEffect
    within: int = Field(default=0, ge=0, le=500, description="for a combination: characters between its parts")
    exceptions: list[str] = Field(default_factory=list, description="longer innocent phrases that win; in files joined by ' | '")
    topic: str = ""
    risks: list[str] = Field(min_length=1, description="ids of Appendix A, such as A.2.e")
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    author: str = Field(min_length=1)
    added: date
    provenance: str = Field(min_length=1)
    status: Status = Status.AUTHORED


def entry_schema() -> dict[str, Any]:
    """JSON Schema of an entry."""
    return EntryRecord.model_json_schema()


def normalised(text: str) -> str:
    """Folded text with single spaces: the form in which keywords are compared, counted and matched."""
    return " ".join(fold(text).split())


def entry_id(risk: str, language: str, parts: Sequence[str]) -> str:
    """Stable id: the same keyword of the same risk and language has the same id everywhere."""
    return hashlib.sha256("\x1f".join((risk, language, JOIN.join(parts))).encode()).hexdigest()[:12]


def usual_match(parts: Sequence[str]) -> MatchMode:
    """Whole words for scripts with spaces, segmentation for two Chinese characters, otherwise any position."""
    if any(is_spaced_letter(part[0]) or is_spaced_letter(part[-1]) for part in parts if not is_group(part)):
        return MatchMode.WORD
    short = len(parts) == 1 and len(parts[0]) == count_unspaced(parts[0]) <= 2
    return MatchMode.SEGMENT_CHECKED if short else MatchMode.SUBSTRING
