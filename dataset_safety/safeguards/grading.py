"""Categories and grades of data (R.5.a, 8.1 b 1), as pure functions of the records on file.

A source is graded by a person under a scheme, and its shards with it. P1 and P2 have the highest grade of the sources
that they hold rows of, unless a person graded a population anew in exactly its present state. Whoever lowers a grade needs
a reason and a second person; a lowering without both is void: it stays on record and the grade before it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from dataset_safety.safeguards.schemes import LEVELS, GradingScheme, Level
from dataset_safety.safeguards.stated import same_person
from dataset_safety.standard.stages import Stage
from dataset_safety.store.artifacts import Evidence

CLAUSE = "8.1.b.1"
SCHEME, GRADE, DECISION = "grading_scheme", "grade", "legal_decision"


class Population(StrEnum):
    """Populations that are derived from the sources of a stage."""

    P1 = "P1"
    P2 = "P2"

    def of(self, stage: Stage) -> str:
        """The name under which its grade is recorded."""
        return f"{stage.value}/{self.value}"


@dataclass(frozen=True, slots=True)
class Grading:
    """One person's grade for one source or population; ``population`` is the state of the data that was graded anew.

    ``rank`` is the grade's place in its scale, from 0.
    """

    subject: str
    category: str
    grade: str
    level: Level
    rank: int
    grader: str
    basis: str
    graded_on: date
    scale: str
    edition: str
    population: str = ""
    reason: str = ""
    approver: str = ""

    @property
    def seconded(self) -> bool:
        """Whether it may lower a grade: it has a reason and was approved by somebody else."""
        return bool(self.reason and self.approver) and not same_person(self.grader, self.approver)

    def fresh(self, today: date, longest_days: int) -> bool:
        """Whether the grade was given or confirmed within its time."""
        return today <= self.graded_on + timedelta(days=longest_days)


@dataclass(frozen=True, slots=True)
class LegalDecision:
    """What legal decided about important or core data; ``document`` is the SHA-256 of the decision."""

    subject: str
    permitted: bool
    level: Level
    document: str
    decided_on: date

    def fresh(self, today: date, longest_days: int) -> bool:
        """Whether it is recent enough to rest on."""
        return today <= self.decided_on + timedelta(days=longest_days)


@dataclass(frozen=True, slots=True)
class DerivedGrade:
    """The grade that a population inherits, the one that holds, and whether the last word about it is a void lowering."""

    inherited: str
    grade: str
    void: bool


@dataclass(frozen=True)
class GradingRegister:
    """Everything on record about grading."""

    schemes: Sequence[GradingScheme] = ()
    gradings: Mapping[str, Sequence[Grading]] = field(default_factory=dict)
    decisions: Mapping[str, LegalDecision] = field(default_factory=dict)

    @property
    def scheme(self) -> GradingScheme | None:
        """The scheme in force: the one recorded last."""
        return self.schemes[-1] if self.schemes else None

    @cached_property
    def standing(self) -> Mapping[str, Grading]:
        """The grade of every source that holds now."""
        found = {subject: standing(history) for subject, history in self.gradings.items()}
        return {subject: one for subject, one in found.items() if one is not None}

    def void(self, subject: str) -> bool:
        """Whether the last word about a source is a lowering that nobody approved."""
        history = self.gradings.get(subject, ())
        return bool(history) and standing(history) is not history[-1]

    def derived(self, subject: str, state: str, inherited: str, scheme: GradingScheme) -> DerivedGrade:
        """Grade of a population in this state whose inputs' highest grade is ``inherited``."""
        grade, void = inherited, False
        for one in self.gradings.get(subject, ()):
            if one.population == state and one.scale == scheme.scale:
                void = not one.seconded and one.rank < scheme.rank(grade)
                grade = grade if void else one.grade
        return DerivedGrade(inherited, grade, void)


def register(rows: Iterable[Evidence]) -> GradingRegister:
    """The records of 8.1 b 1 among stored evidence, oldest first; a grade that its scheme does not know is none."""
    schemes: list[GradingScheme] = []
    scales: dict[str, GradingScheme] = {}
    gradings: dict[str, list[Grading]] = {}
    decisions: dict[str, LegalDecision] = {}
    for row in rows:
        if row.kind == SCHEME:
            schemes.append(GradingScheme.model_validate(row.content["scheme"]))
            scales[schemes[-1].scale] = schemes[-1]
        elif row.kind == GRADE:
            scheme = scales.get(str(row.content["scale"]))
            if scheme is not None and row.content["grade"] in scheme.grade_ids:
                gradings.setdefault(row.subject, []).append(_grading(row, scheme))
        elif row.kind == DECISION:
            decisions[row.subject] = _decision(row)
    return GradingRegister(schemes, gradings, decisions)


def standing(history: Sequence[Grading]) -> Grading | None:
    """The grade that holds after a history, oldest first: a lowering without second person has no effect."""
    found: Grading | None = None
    for one in history:
        if found is None or one.seconded or not lowers(found, one):
            found = one
    return found


def lowers(before: Grading, after: Grading) -> bool:
    """Whether a grade is below another; grades of other scales compare by their level."""
    if before.scale == after.scale:
        return after.rank < before.rank
    return LEVELS.index(after.level) < LEVELS.index(before.level)


def highest(grades: Iterable[str], scheme: GradingScheme) -> str | None:
    """What is derived from objects of these grades is graded as the highest of them; None for no object."""
    return max(grades, key=scheme.rank, default=None)


def _grading(row: Evidence, scheme: GradingScheme) -> Grading:
    said = row.content
    grade = str(said["grade"])
    return Grading(
        row.subject, str(said["category"]), grade, scheme.level(grade), scheme.rank(grade), str(said["grader"]),
        str(said["basis"]), date.fromisoformat(said["graded_on"]), str(said["scale"]), str(said["edition"]),
        str(said.get("population", "")), str(said.get("reason", "")), str(said.get("approver", "")),
    )  # fmt: skip


def _decision(row: Evidence) -> LegalDecision:
    said = row.content
    return LegalDecision(
        row.subject,
        said["decision"] == "permitted",
        Level(said["level"]),
        str(said["document"]),
        date.fromisoformat(said["decided_on"]),
    )
