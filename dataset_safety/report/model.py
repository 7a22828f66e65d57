"""What a report says, as plain data: tables T1 to T5, accounting, risk by source; T6 to T13 stand in ``tables``.

Everything in it comes from stored rows and files; there is no sample text in it, only names, counts, hashes and reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataset_safety.evaluation.pinning import Pin, Relabelling
from dataset_safety.report.plotted import DrawProgress, HistoryColumn, PersonRow, Plan
from dataset_safety.report.tables import (
    AnnotationRow,
    BasisRow,
    DeviationRow,
    GeneratedRow,
    LibraryTable,
    ModelCard,
    OverBlocking,
    PersonalRow,
    RightsRow,
    SafeguardRow,
    ShareOf,
)
from dataset_safety.standard import Edition, Stage, VerdictValue
from dataset_safety.store.corpora import ShardCount
from dataset_safety.store.draws import Draw


@dataclass(frozen=True, slots=True)
class ResultRow:
    """T1: one expected result of section 8, or below it (``depth`` > 0) one of its sub-checks."""

    check: str
    depth: int
    title_en: str
    title_zh: str
    severity: str
    value: VerdictValue
    why: str
    required: str
    observed: str
    n: int | None
    k: int | None
    remedy: str
    offenders: Sequence[str]


@dataclass(frozen=True, slots=True)
class SectionResult:
    """T1: one section of chapter 8 with the worst value of its expected results (8.x c)."""

    id: str
    title_en: str
    title_zh: str
    value: VerdictValue
    rows: Sequence[ResultRow]


@dataclass(frozen=True, slots=True)
class Volume:
    """Samples and bytes of a population."""

    samples: int = 0
    size_bytes: int = 0

    def __add__(self, other: Volume) -> Volume:
        return Volume(self.samples + other.samples, self.size_bytes + other.size_bytes)


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """T2: one type of data from one kind of source, pre-processed (P1) and for use (P2)."""

    data_type: str
    kind: str
    preprocessed: Volume
    for_use: Volume


@dataclass(frozen=True, slots=True)
class SourceRow:
    """T3: one source of the ledger. ``missing`` counts samples of P1 that lack a fact of 6.2 a or 7.2 b."""

    source_id: str
    title: str
    kind: str
    origin: Sequence[str]
    agreement: Sequence[str]
    reviews: Sequence[str]
    collected: Volume
    files: int
    preprocessed: int
    kept: int
    removed: int
    held: int
    quarantined: int
    missing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DrawRow:
    """T4: one frozen draw, and how many of its samples have at least one answer."""

    draw: Draw
    judged: int


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """T5: what people answered to one question about one draw; the last answer of each reviewed sample counts."""

    purpose: str
    draw_id: str
    question: str
    drawn: int
    answered: int
    answers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OutdatedRow:
    """T5: samples of a draw that people judged under ``rules``, which count no longer, because ``now`` is in force."""

    purpose: str
    draw_id: str
    rules: str
    now: str
    samples: int


@dataclass(frozen=True, slots=True)
class ShareRow:
    """T5: a share that a check of section 8 measures; ``interval`` (95 %, exact) is there once a random draw is judged."""

    check: str
    value: VerdictValue
    n: int
    k: int
    settled: bool
    interval: tuple[float, float] | None
    required: str
    observed: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """T4 and T5 of a release; ``judged_risks`` counts drawn samples that people assigned to a risk."""

    draws: Sequence[DrawRow]
    answers: Sequence[AnswerRow]
    judged_risks: Mapping[str, int]
    shares: Sequence[ShareRow]
    plans: Sequence[Plan]
    progress: Sequence[DrawProgress]
    people: Sequence[PersonRow]
    outdated: Sequence[OutdatedRow] = ()
    pin: Pin | None = None
    relabellings: Sequence[Relabelling] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """T6 and T7: the library and the models that labelled a release; ``without_card`` are models with no card on record."""

    library: LibraryTable
    blocking: OverBlocking
    cards: Sequence[ModelCard]
    without_card: Sequence[str]


@dataclass(frozen=True, slots=True)
class Registers:
    """T8 to T11 of a release; ``annotation_checks`` are the verdict on labelled data and its sub-checks."""

    personal: Sequence[PersonalRow]
    bases: Sequence[BasisRow]
    rights: Sequence[RightsRow]
    annotation: Sequence[AnnotationRow]
    annotation_checks: Sequence[ResultRow]
    generated: Sequence[GeneratedRow]
    safeguards: Sequence[SafeguardRow]


@dataclass(frozen=True, slots=True)
class Limits:
    """T13: shares of P1 that nobody looked at, and the risks by measured coverage."""

    unverified: str
    shares: Sequence[ShareOf]
    coverage: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Assessed:
    """Which assessment the verdicts are, and what it was about."""

    assessment: str
    at: str
    edition: str
    population: str


@dataclass(frozen=True, slots=True)
class RiskCounts:
    """Samples of P1 by source and risk, counting only findings that shape an outcome."""

    samples: Mapping[str, int]
    found: Mapping[str, Mapping[str, int]]

    def risks(self) -> list[str]:
        """Risks found anywhere, in the order of Appendix A."""
        return sorted({risk for counts in self.found.values() for risk in counts})


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that a report shows about one release."""

    release_id: str
    short: str
    stage: Stage
    frozen_at: str
    ledger_digest: str
    corpus_id: str
    population: str
    recipe: str
    policy: Mapping[str, str]
    detectors: Mapping[str, str]
    edition: Edition
    assessed: Assessed | None
    made_at: str
    overall: VerdictValue
    sections: Sequence[SectionResult]
    inventory: Sequence[InventoryRow]
    sources: Sequence[SourceRow]
    sampling: Sampling
    shards: Sequence[ShardCount]
    totals: Mapping[str, int]
    reasons: Mapping[str, int]
    risks: RiskCounts
    detection: Detection
    registers: Registers
    deviations: Sequence[DeviationRow]
    limits: Limits
    history: Sequence[HistoryColumn]

    @property
    def results(self) -> list[ResultRow]:
        """The expected results without their sub-checks."""
        return [row for section in self.sections for row in section.rows if row.depth == 0]

    @property
    def stated(self) -> dict[str, str]:
        """What the page states for machines as well, which ``verify`` holds against what it computes."""
        counts = {name: str(self.totals[name]) for name in ("units", "kept", "removed", "held", "quarantined")}
        named = {"stage": self.stage.value, "release": self.release_id, "population": self.population}
        return {**named, "overall": self.overall.value, "verdicts": str(len(self.results)), **counts}

    @property
    def closed(self) -> list[ResultRow]:
        """Expected results that stand in the way of the export."""
        return [row for row in self.results if not row.value.passed]

    @property
    def outdated(self) -> bool:
        """Whether the verdicts were computed for another population or another edition than the ones shown."""
        if self.assessed is None:
            return False
        return self.assessed.population != self.population or self.assessed.edition != self.edition.digest

    @property
    def censuses(self) -> list[Draw]:
        """Draws that took the whole population because it is smaller than the size asked for."""
        return [row.draw for row in self.sampling.draws if row.draw.census]
