"""What tables T6 to T13 say, as plain data; counts, names, hashes and reasons, never sample text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataset_safety.standard import VerdictValue


@dataclass(frozen=True, slots=True)
class KeywordRow:
    """T6: keywords of one risk, each idea counted once (B.1 b), by language and by effect."""

    risk: str
    required: int
    total: int
    bundled: int
    operator: int
    languages: Mapping[str, int]
    effects: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """T6: one change of the library in force; ``gap_days`` since the content changed before, ``needed`` signatures."""

    generation: str
    at: str
    changed_on: str
    total: int
    bundled: int
    operator: int
    how: str
    needed: int | None
    signers: Sequence[str]
    gap_days: int | None


@dataclass(frozen=True, slots=True)
class LibraryTable:
    """T6: the library that labelled this release, the one in force now, and who has to approve a change of it.

    ``signed`` is the number of people who signed the generation in force; None before the first approved change.
    """

    labelled_with: str
    stored: bool
    in_force: str
    total: int
    bundled: int
    operator: int
    effects: Mapping[str, int]
    rows: Sequence[KeywordRow]
    generations: Sequence[GenerationRow]
    approvers_needed: int
    signed: int | None
    age_days: int | None
    most_days: int

    @property
    def languages(self) -> list[str]:
        """Languages of the entries, those with most entries first."""
        totals: dict[str, int] = {}
        for row in self.rows:
            for language, n in row.languages.items():
                totals[language] = totals.get(language, 0) + n
        return sorted(totals, key=lambda language: (-totals[language], language))

    @property
    def late(self) -> list[GenerationRow]:
        """Changes that came later than B.1 c recommends."""
        return [row for row in self.generations if row.gap_days is not None and row.gap_days > self.most_days]


@dataclass(frozen=True, slots=True)
class ControlRow:
    """Over-blocking on one set of benign texts; a text that is held counts as blocked."""

    name: str
    texts: int
    removed: int
    held: int
    by_bundled: int
    by_operator: int

    @property
    def blocked(self) -> int:
        """Texts removed or held."""
        return self.removed + self.held


@dataclass(frozen=True, slots=True)
class SourceBlocking:
    """Samples of one source that keywords remove or hold; ``cleared`` and ``confirmed`` are people's answers about them."""

    source_id: str
    samples: int
    removed: int
    held: int
    by_bundled: int
    by_operator: int
    cleared: int
    confirmed: int

    @property
    def blocked(self) -> int:
        """Samples removed or held."""
        return self.removed + self.held


@dataclass(frozen=True, slots=True)
class OverBlocking:
    """What the library costs in benign text: benign control sets as measured and stored, and every source of this release."""

    generation: str
    measured_at: str
    controls: Sequence[ControlRow]
    sources: Sequence[SourceBlocking]


@dataclass(frozen=True, slots=True)
class Rate:
    """``k`` flagged of ``n`` probe texts, with 95 % bounds."""

    k: int
    n: int
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """T7: what one model was measured to do for one risk; ``labels`` are the outputs that speak about it."""

    risk: str
    status: str
    recall: Rate | None
    contrasts: Rate | None
    clean: Rate | None
    review: float | None
    reject: float | None
    labels: Sequence[str]
    note: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """T7: one classification model, bundled with the package or an operator's."""

    version: str
    origin: str
    licence: str
    languages: Sequence[str]
    probe_texts: int
    any_clean: Rate | None
    rows: Sequence[CoverageRow]

    def counts(self) -> dict[str, int]:
        """How many risks have each status."""
        found: dict[str, int] = {}
        for row in self.rows:
            found[row.status] = found.get(row.status, 0) + 1
        return found


@dataclass(frozen=True, slots=True)
class PersonalRow:
    """T8: samples of P1 with one class of personal information, and where they went."""

    name: str
    sensitive: bool
    found: int
    kept: int
    removed: int
    held: int


@dataclass(frozen=True, slots=True)
class BasisRow:
    """T8: one legal basis on record."""

    source_id: str
    basis: str
    classes: Sequence[str]
    document: str
    valid_until: str
    withdrawn_on: str


@dataclass(frozen=True, slots=True)
class RightsRow:
    """T8: samples of P1 whose record on intellectual property has one status, and where they went."""

    status: str
    found: int
    kept: int
    removed: int
    held: int


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    """T9: one source with records of annotation (7.2 c); ``sha256`` is empty where the named file is not there."""

    source_id: str
    purpose: str
    records: str
    sha256: str


@dataclass(frozen=True, slots=True)
class GeneratedRow:
    """T10: content of one generating model or service: when it was acquired, and where its samples went."""

    model: str
    version: str
    first: str
    last: str
    samples: int
    kept: int
    removed: int
    held: int


@dataclass(frozen=True, slots=True)
class SafeguardRow:
    """T11: one check of 8.1 or one piece of evidence for it; ``age_days`` since it was collected."""

    check: str
    title_en: str
    title_zh: str
    value: VerdictValue | None
    kind: str
    scope: str
    result: str
    at: str
    age_days: int | None
    valid_until: str


@dataclass(frozen=True, slots=True)
class DeviationRow:
    """T12: one check that is not passed, why, and who can act; the day by which it is due is for people to fill in."""

    check: str
    title_en: str
    title_zh: str
    value: VerdictValue
    cause: str
    owner: str
    action: str


@dataclass(frozen=True, slots=True)
class Interpretation:
    """T13: a reading that this project chose where the draft leaves room."""

    clauses: str
    question: str
    reading: str


@dataclass(frozen=True, slots=True)
class ShareOf:
    """T13: a share of P1, in words."""

    what: str
    k: int
    n: int
