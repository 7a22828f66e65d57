"""8.1 b 1: categorisation and grading of data.

A missing grade is a missing answer of a person, so an ungraded source is INCOMPLETE and not a deviation (clauses 1.2),
also where other sources are graded. A grade under another scale, or one that nobody confirmed within its time, is STALE.
NON_COMPLIANT is what the records show to be wrong: a scheme past its own review, a grade lowered by nobody's approval,
sensitive personal information graded too low, data in use that legal refused. Important and core data are INCOMPLETE
until legal has decided: having them is no deviation, going on with them unasked would be one (clauses 2.1: stop, ask
legal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.rules.shapes import combined, named
from dataset_safety.records import Verdict
from dataset_safety.safeguards.grading import CLAUSE, DerivedGrade, GradingRegister, Population, highest, register
from dataset_safety.safeguards.schemes import GradingScheme
from dataset_safety.standard.verdicts import VerdictValue, worst

REQUIRED = "category, grade, grader and basis for every source and shard, under an approved scheme"
GRADE = "data owner: `dataset-safety ledger grade {} --category … --grade … --grader … --basis …`"


@dataclass(frozen=True)
class Graded:
    """The data of one release beside the records about their grades."""

    evidence: ReleaseEvidence
    register: GradingRegister
    scheme: GradingScheme

    @property
    def longest_days(self) -> int:
        """How long a grade or a decision holds, in days."""
        return self.evidence.edition.thresholds.ttl_document_days

    @cached_property
    def rows_by_source(self) -> dict[Population, list[str]]:
        """Sources that have rows in P1, and in P2."""
        frames = {Population.P1: self.evidence.populations.p1, Population.P2: self.evidence.populations.p2}
        return {name: sorted(frame.select("source_id").unique().collect()["source_id"]) for name, frame in frames.items()}

    @cached_property
    def sources(self) -> list[str]:
        """Sources of the ledger, and of rows that it does not know."""
        return sorted({*self.evidence.sources, *self.rows_by_source[Population.P1]})

    @cached_property
    def current(self) -> dict[str, str]:
        """Grades of the sources that stand under the scheme in force."""
        found = {source: self.register.standing.get(source) for source in self.sources}
        return {source: one.grade for source, one in found.items() if one is not None and one.scale == self.scheme.scale}

    @cached_property
    def derived(self) -> dict[Population, DerivedGrade]:
        """Grades of the populations; of none that holds rows of a source without a grade."""
        found = {}
        for name, sources in self.rows_by_source.items():
            inherited = highest((self.current[source] for source in sources if source in self.current), self.scheme)
            if inherited is not None and all(source in self.current for source in sources):
                subject = name.of(self.evidence.stage)
                found[name] = self.register.derived(subject, self.state(name), inherited, self.scheme)
        return found

    def state(self, name: Population) -> str:
        """What a new grade of a population is bound to: the release for P1, the very rows for P2."""
        return self.evidence.release.release_id if name is Population.P1 else self.evidence.corpus.population

    @cached_property
    def sensitive_sources(self) -> list[str]:
        """Sources with rows in P2 whose record names sensitive personal information."""
        labels = self.evidence.populations.labels.filter(pl.col("sensitive_information").list.len() > 0).select("sample_id")
        rows = self.evidence.populations.p2.join(labels, on="sample_id", how="semi").select("source_id").unique().collect()
        return sorted(rows["source_id"])


def grading(evidence: ReleaseEvidence) -> Verdict:
    """8.1 b 1: data are categorised and graded."""
    found = register(evidence.stored(CLAUSE))
    if found.scheme is None:
        return combined(CLAUSE, [_no_scheme()], REQUIRED)
    graded = Graded(evidence, found, found.scheme)
    return combined(
        CLAUSE, [scheme(graded), census(graded), inheritance(graded), sensitivity(graded), important(graded)], REQUIRED
    )


def _no_scheme() -> Verdict:
    why, remedy = "no grading scheme is on record", "data owner: approve a scheme and `dataset-safety ledger scheme --set FILE`"
    return Verdict(f"{CLAUSE}.scheme", VerdictValue.INCOMPLETE, why, "an approved scheme", "none", remedy=remedy)


def scheme(graded: Graded) -> Verdict:
    """The scheme was approved and is not past its review."""
    held, today = graded.scheme, graded.evidence.today
    due = held.due(graded.longest_days)
    late = today > due
    value = VerdictValue.NON_COMPLIANT if late else VerdictValue.COMPLIANT
    observed = f"edition {held.edition} approved on {held.approved_on}, review due by {due}"
    why = f"the review of the scheme was due by {due}" if late else observed
    remedy = "data owner: review the scheme, give it a new edition and `dataset-safety ledger scheme --set FILE`" if late else ""
    return Verdict(f"{CLAUSE}.scheme", value, why, "an approved scheme, reviewed in time", observed, remedy=remedy)


def census(graded: Graded) -> Verdict:
    """Every source of the ledger has a grade that stands and is fresh; its shards have it with it."""
    clause, sources = f"{CLAUSE}.census", graded.sources
    held = graded.register.standing
    missing = [source for source in sources if source not in held]
    other = [source for source in sources if source in held and source not in graded.current]
    old = [source for source in graded.current if not held[source].fresh(graded.evidence.today, graded.longest_days)]
    problems = [
        (VerdictValue.INCOMPLETE, missing, "sources have no grade"),
        (VerdictValue.STALE, other, "sources were graded under another scale"),
        (VerdictValue.STALE, old, f"grades were not confirmed within {graded.longest_days} days"),
    ]
    wrong = [(value, which, what) for value, which, what in problems if which]
    bad = sorted({source for _, which, _ in wrong for source in which})
    shards = len(graded.evidence.release.shards)
    observed = f"{len(sources) - len(bad)} of {len(sources)} sources graded, {shards} files with them"
    value = worst([VerdictValue.COMPLIANT, *(value for value, _, _ in wrong)])
    why = "; ".join(f"{len(which)} {what}: {named(which)}" for _, which, what in wrong) or observed
    return _counted(clause, value, why, observed, len(sources), bad, GRADE.format(bad[0]) if bad else "")


def inheritance(graded: Graded) -> Verdict:
    """P1 and P2 have the highest grade of their sources; nothing was graded lower without a second person."""
    clause, stage = f"{CLAUSE}.inheritance", graded.evidence.stage
    void = [source for source in graded.sources if graded.register.void(source)]
    void += [name.of(stage) for name, one in graded.derived.items() if one.void]
    needed = [name for name, sources in graded.rows_by_source.items() if sources]
    observed = ", ".join(f"{name} {one.grade}" for name, one in graded.derived.items()) or "nothing derived"
    remedy = ""
    if void:
        value, why = VerdictValue.NON_COMPLIANT, f"graded lower without a reason and a second person: {named(void)}"
        remedy = f"data owner: grade {void[0]} again, lower only with `--reason … --approver …`"
    elif len(graded.derived) < len(needed):
        value, why = VerdictValue.INCOMPLETE, "P1 and P2 have no grade while a source in them has none"
        remedy = GRADE.format("--ungraded")
    else:
        value, why = VerdictValue.COMPLIANT, f"highest grade of the sources: {observed}"
    return _counted(clause, value, why, observed, len(graded.sources) + len(needed), void, remedy)


def sensitivity(graded: Graded) -> Verdict:
    """What holds sensitive personal information in P2 is graded at least as the scheme demands."""
    clause, least = f"{CLAUSE}.sensitivity", graded.scheme.sensitive_min
    floor = graded.scheme.rank(least)
    holders = graded.sensitive_sources
    grades = {source: graded.current[source] for source in holders if source in graded.current}
    if holders and Population.P2 in graded.derived:
        grades[Population.P2.of(graded.evidence.stage)] = graded.derived[Population.P2].grade
    low = [subject for subject, grade in grades.items() if graded.scheme.rank(grade) < floor]
    unknown = [source for source in holders if source not in graded.current]
    observed = f"{len(holders)} sources with sensitive personal information in P2, {len(low)} graded below {least}"
    if low:
        value, why = VerdictValue.NON_COMPLIANT, f"sensitive personal information is graded below {least}: {named(low)}"
    elif unknown:
        value, why = VerdictValue.INCOMPLETE, f"sources with sensitive personal information have no grade: {named(unknown)}"
    else:
        value, why = (
            VerdictValue.COMPLIANT,
            observed if holders else "the detectors found no sensitive personal information in P2",
        )
    bad = low or unknown
    return _counted(clause, value, why, observed, len(holders), bad, GRADE.format(bad[0]) if bad else "")


def important(graded: Graded) -> Verdict:
    """Important and core data (GB/T 43697): nothing goes on before legal has decided."""
    clause = f"{CLAUSE}.important"
    subjects = {source: graded.scheme.level(grade) for source, grade in graded.current.items()}
    for name, one in graded.derived.items():
        if graded.scheme.level(one.grade) is not graded.scheme.level(one.inherited):
            subjects[name.of(graded.evidence.stage)] = graded.scheme.level(one.grade)
    high = {subject: level for subject, level in subjects.items() if level.needs_legal}
    decided = {subject: graded.register.decisions.get(subject) for subject in high}
    refused = [subject for subject, one in decided.items() if one and one.level is high[subject] and not one.permitted]
    today, days = graded.evidence.today, graded.longest_days
    waiting = [
        subject for subject, one in decided.items() if one is None or one.level is not high[subject] or not one.fresh(today, days)
    ]
    observed = f"{len(high)} with important or core data, {len(high) - len(waiting)} decided by legal"
    remedy = ""
    if refused:
        value, why = VerdictValue.NON_COMPLIANT, f"legal has refused important or core data: {named(refused)}"
        remedy = "data owner: take these sources out of the inbox and run again"
    elif waiting:
        value, why = VerdictValue.INCOMPLETE, f"stop, ask legal: important or core data in {named(waiting)}"
        remedy = f"legal: decide, then `dataset-safety ledger legal {waiting[0]} --decision … --by … --document FILE`"
    else:
        value, why = VerdictValue.COMPLIANT, observed if high else "no important or core data by the grades on record"
    return _counted(clause, value, why, observed, len(subjects), refused or waiting, remedy)


def _counted(clause: str, value: VerdictValue, why: str, observed: str, n: int, bad: Sequence[str], remedy: str) -> Verdict:
    required = REQUIRED_OF[clause.rpartition(".")[2]]
    return Verdict(clause, value, why, required, observed, n, len(bad), offenders=tuple(bad[:OFFENDERS]), remedy=remedy)


REQUIRED_OF = {
    "census": "a grade, fresh and of the scheme in force, for every source",
    "inheritance": "what is derived is graded at least as high as its inputs, unless two persons graded it anew",
    "sensitivity": "the scheme's least grade, or more, for sensitive personal information",
    "important": "a decision of legal for every source with important or core data",
}
