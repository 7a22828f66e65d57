"""One edition of the standard: its risks, its clauses, its thresholds, and the questions that evaluation asks of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from dataset_safety.standard.clauses import Clause, ClauseKind, Section
from dataset_safety.standard.errors import UnknownClause, UnknownRisk
from dataset_safety.standard.names import nearest, section_of
from dataset_safety.standard.risks import Risk, RiskGroup
from dataset_safety.standard.stages import Stage
from dataset_safety.standard.thresholds import Thresholds


class Edition(BaseModel):
    """A profile. ``verified`` says that its values were read in the standard's own text.

    ``determination`` is the rule of 8.x c; ``chinese_note`` has to stand wherever a Chinese title is shown.
    ``overrides`` are the tightened values of an operator, as they were asked for; they are part of the digest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title_en: str
    title_zh: str
    status: Literal["draft", "final", "guidance"]
    verified: bool
    source: str
    language: str
    completed: str
    effective_from: str | None = None
    supersedes: str | None = None
    determination: str
    chinese_note: str
    scope_note: str
    risk_groups: tuple[RiskGroup, ...]
    risks: tuple[Risk, ...]
    sections: tuple[Section, ...]
    clauses: tuple[Clause, ...]
    thresholds: Thresholds
    overrides: Mapping[str, object] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> Edition:
        broken = list(_broken_references(self))
        if broken:
            raise ValueError("; ".join(broken))
        return self

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical profile; it stands in every report and verdict."""
        canonical = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def risk_ids(self) -> tuple[str, ...]:
        """Ids of the risks in the order of Appendix A."""
        return tuple(risk.id for risk in self.risks)

    @cached_property
    def _risk_by_id(self) -> dict[str, Risk]:
        return {risk.id: risk for risk in self.risks}

    @cached_property
    def _clause_by_id(self) -> dict[str, Clause]:
        return {clause.id: clause for clause in self.clauses}

    @property
    def keyword_risks(self) -> tuple[Risk, ...]:
        """Risks with a floor of keywords (B.1 b): A.1 and A.2."""
        return tuple(risk for risk in self.risks if risk.keyword_min)

    def risk(self, risk_id: str) -> Risk:
        """The risk of that id."""
        found = self._risk_by_id.get(risk_id)
        if found is None:
            message = f"Edition {self.id} has no risk {risk_id!r}."
            raise UnknownRisk(message, hint=nearest(risk_id, self.risk_ids), id=risk_id, edition=self.id)
        return found

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id: ``8.2.3.b.4``, ``R.6.2.a``, ``M.8.2.3.a.4``, ``K.B.1.b.A.1.d``."""
        found = self._clause_by_id.get(clause_id)
        if found is None:
            message = f"Edition {self.id} has no clause {clause_id!r}."
            raise UnknownClause(message, hint=nearest(clause_id, tuple(self._clause_by_id)), id=clause_id, edition=self.id)
        return found

    def clause_of(self, check_id: str) -> Clause:
        """The clause that a sub-check or a re-run belongs to: ``8.2.3.b.4.manual`` -> ``8.2.3.b.4``."""
        wanted = check_id.partition("/")[0]
        while wanted:
            if wanted in self._clause_by_id:
                return self._clause_by_id[wanted]
            wanted = wanted.rpartition(".")[0]
        return self.clause(check_id)

    def of_kind(self, kind: ClauseKind) -> tuple[Clause, ...]:
        """All clauses of one kind, in the order of the standard."""
        return tuple(clause for clause in self.clauses if clause.kind is kind)

    def expected_results(self, stage: Stage | None = None) -> tuple[Clause, ...]:
        """The verdicts of a stage: 16 for pre-training, 13 for fine-tuning (8.1 in both), 24 together."""
        results = self.of_kind(ClauseKind.EXPECTED_RESULT)
        return tuple(clause for clause in results if stage is None or stage in clause.stages)

    def reruns(self, result_id: str) -> tuple[Clause, ...]:
        """Expected results of 8.2 that ``8.3.x.b.1`` evaluates on fine-tuning data; empty for every other result."""
        return tuple(self.clause(rerun) for rerun in self.clause(result_id).reruns)

    def results_for(self, requirement_id: str) -> tuple[Clause, ...]:
        """Expected results that evaluate a requirement of 5 to 7, directly or as a re-run.

        Those of ``R.6.1.a`` evaluate its items ``R.6.1.a.1`` to ``R.6.1.a.3`` too.
        """
        item = f"{self.clause(requirement_id).id}."
        results = self.expected_results()
        direct = {result.id for result in results if any(item.startswith(f"{covered}.") for covered in result.requirements)}
        return tuple(result for result in results if result.id in direct or direct.intersection(result.reruns))

    def section(self, clause_id: str) -> Section:
        """The section of chapter 8 whose result a clause or check decides."""
        wanted = section_of(clause_id)
        for section in self.sections:
            if section.id == wanted:
                return section
        raise UnknownClause(f"{clause_id!r} is in no section of chapter 8.", hint="sections are 8.1 to 8.3.3", id=clause_id)


def _broken_references(edition: Edition) -> Iterator[str]:
    """What in a profile points nowhere, or stands twice."""
    clauses = [clause.id for clause in edition.clauses]
    for name, ids in {"clause": clauses, "risk": [risk.id for risk in edition.risks]}.items():
        yield from (f"{name} {twice} stands twice" for twice, count in Counter(ids).items() if count > 1)
    known = set(clauses)
    groups = {group.id for group in edition.risk_groups}
    yield from (f"risk {risk.id} is in no known chapter" for risk in edition.risks if risk.group not in groups)
    sections = {section.id: section.stages for section in edition.sections}
    for clause in edition.clauses:
        for pointed in (*clause.requirements, *clause.methods, *clause.reruns):
            if pointed not in known:
                yield f"{clause.id} points at {pointed}, which is not there"
        if clause.kind is ClauseKind.EXPECTED_RESULT and sections.get(section_of(clause.id)) != clause.stages:
            yield f"{clause.id} does not have the stages of its section"
