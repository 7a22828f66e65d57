"""Clauses of sections 5 to 8 and of Appendix B, each with its text, its severity and what it hangs together with."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from dataset_safety.standard.stages import Stage


class ClauseKind(StrEnum):
    """What a clause is: section 5 to 7, 8 a, 8 b, B.1, B.2."""

    REQUIREMENT = "requirement"
    METHOD = "method"
    EXPECTED_RESULT = "expected_result"
    KEYWORD = "keyword"
    MODEL = "model"


class Severity(StrEnum):
    """What a deviation does: S1 closes the gate of the export, S2 blocks the release, S3 (a "should") warns."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"


class Modality(StrEnum):
    """The verb of a clause: "shall" binds, "should" recommends."""

    SHALL = "shall"
    SHOULD = "should"


class Clause(BaseModel):
    """One clause. ``text`` quotes the translation; ``title_zh`` is ours, unofficial.

    ``requirements`` and ``methods`` are what an expected result evaluates and how; ``checks`` are its sub-checks, the
    worst of which is its verdict; ``reruns`` are the expected results of 8.2 that it evaluates again on fine-tuning
    data. ``na_when`` is the branch on which it may be not applicable, if proved. ``risk`` is set on clauses of
    Appendix B that stand for one risk. ``human`` is what only a person can answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: ClauseKind
    title_en: str
    title_zh: str
    text: str
    severity: Severity
    modality: Modality = Modality.SHALL
    stages: tuple[Stage, ...]
    requirements: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    reruns: tuple[str, ...] = ()
    na_when: str = ""
    human: str = ""
    risk: str | None = None

    @property
    def na_allowed(self) -> bool:
        """Whether NOT_APPLICABLE is possible at all; it still has to be proved."""
        return bool(self.na_when)


class Section(BaseModel):
    """A section of chapter 8: its expected results together make one result (8.x c)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title_en: str
    title_zh: str
    stages: tuple[Stage, ...]
