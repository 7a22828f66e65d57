"""The shared nouns: finding, outcome, decision, verdict.

One record shape per noun, defined once; the frames in which samples travel stand in ``frames``. Spans
(``start``, ``end``) count code points of the original text, end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from dataset_safety.standard.stages import Stage
from dataset_safety.standard.verdicts import VerdictValue

if TYPE_CHECKING:
    from dataset_safety.preprocessing.folding import TextBatch

__all__ = [
    "Decision",
    "Detector",
    "Effect",
    "Finding",
    "Method",
    "Outcome",
    "RightsStatus",
    "Settled",
    "SourceKind",
    "Stage",
    "Verdict",
    "VerdictValue",
    "strongest",
]


class SourceKind(StrEnum):
    """Kinds of origin of 6.1 a; ``self_produced`` is the stratum of data that nobody delivered."""

    WEBSITE = "website"
    ORGANISATION = "organisation"
    SERVICE_USER = "service_user"
    SELF_PRODUCED = "self_produced"


class Method(StrEnum):
    """How a risk was looked for (6.2 b: keyword searches, classification models, manual sampling checks)."""

    KEYWORD = "keyword"
    MODEL = "model"
    PATTERN = "pattern"
    MANUAL = "manual"


class Effect(StrEnum):
    """What one finding may do to the outcome of its sample.

    ``note`` is recorded and shown, and leaves the outcome alone: unproven model outputs, personal
    information (decided by the basis gate of 6.3 a/b) and licence notices.
    """

    REJECT = "reject"
    REVIEW = "review"
    NOTE = "note"


class Outcome(StrEnum):
    """The one outcome of an identification record; ``reject`` is the strongest."""

    CLEAR = "clear"
    NOT_IDENTIFIED = "not_identified"
    REVIEW = "review"
    REJECT = "reject"


class RightsStatus(StrEnum):
    """State of one sample's record on intellectual property (6.2 c)."""

    NONE = "none"
    IDENTIFIED = "identified"
    CLEARED = "cleared"
    INFRINGING = "infringing"
    UNDETERMINED = "undetermined"


class Decision(StrEnum):
    """Where a pre-processed sample goes: P2 (``kept``) or PX (``removed``; ``held`` until a person decides)."""

    KEPT = "kept"
    REMOVED = "removed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Finding:
    """One risk found in one text by one method; it explains itself.

    ``row`` is the index of the text in the batch that was scanned, ``span`` positions are code points of
    the original text, ``score`` lies in 0..1, ``explanation`` names the entry, pattern or output, never
    the text around it. ``category`` refines the risk: the class of personal information, the kind of
    notice, the sub-topic of a keyword.
    """

    row: int
    risk: str
    method: Method
    version: str
    start: int
    end: int
    score: float
    effect: Effect
    explanation: str
    category: str = ""


class Detector(Protocol):
    """A pure object: built once from a versioned artifact, given a batch of texts, returns findings."""

    @property
    def name(self) -> str:
        """``keyword``, ``model``, ``pattern`` or ``rights``."""

    @property
    def version(self) -> str:
        """Version of the artifact it was built from; part of the recipe."""

    def find(self, batch: TextBatch) -> list[Finding]:
        """Findings of all texts of the batch, ordered by row."""


JUDGED = "judged:"
CONDEMNS = {"risk": "yes", "rights": "infringing", "personal_information": "yes", "sensitive_information": "yes"}
"""The answer about a drawn sample that takes it out of use, by question (6.3)."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What people settled about one sample (clauses 1.6), as the filter and the record of method ``manual`` need it.

    ``answers`` maps questions to settled answers: those of :data:`CONDEMNS` from draws that are closed, ``held`` from the
    queue of held rows. ``risks`` are the risks that people named, ``rules`` the guideline they judged by.
    """

    content_sha256: str
    answers: Mapping[str, str]
    risks: tuple[str, ...] = ()
    rules: str = ""

    @property
    def condemned(self) -> list[str]:
        """Reasons why a drawn sample may not be used."""
        return [
            reason for question, bad in CONDEMNS.items() if self.answers.get(question) == bad for reason in self._named(question)
        ]

    @property
    def confirmed(self) -> list[str]:
        """Reasons why a sample that was held may not be used."""
        return list(self._named("held")) if self.answers.get("held") == "confirm" else []

    @property
    def lifts_holds(self) -> bool:
        """Whether a person decided what the sample was held for."""
        return self.answers.get("held") == "clear" or self.answers.get("risk") == "no"

    @property
    def outcome(self) -> Outcome | None:
        """What people made of its risk; None when they were not asked."""
        if self.answers.get("risk") == "yes" or self.answers.get("held") == "confirm":
            return Outcome.REJECT
        return Outcome.CLEAR if self.lifts_holds else None

    def _named(self, question: str) -> Iterator[str]:
        """A risk by its ids where people named them, everything else by the question."""
        return (f"{JUDGED}{name}" for name in (self.risks if question in ("risk", "held") and self.risks else (question,)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict (section 8, one expected result) or one of its sub-checks.

    ``clause`` is the dotted id, such as ``8.2.3.b.4`` or ``8.2.3.b.4.manual``. ``required`` and ``observed``
    are for people; ``n`` counts what was looked at and ``k`` what was not as expected. ``offenders``
    holds ids (at most 20), never text. ``remedy`` says what to do next and who can do it. ``interval`` is the 95 %
    interval of the share behind ``k`` of ``n``, where a draw estimates one. ``note`` is what a reader of a verdict that
    passed has to know beside it: a census, a pass that is not statistically clear, unverified parameters.
    """

    clause: str
    value: VerdictValue
    why: str
    required: str = ""
    observed: str = ""
    n: int | None = None
    k: int | None = None
    population: str = ""
    seed: str = ""
    offenders: Sequence[str] = ()
    remedy: str = ""
    parts: Sequence[Verdict] = field(default=())
    interval: tuple[float, float] | None = None
    note: str = ""


def strongest(effects: Iterable[Effect]) -> Outcome:
    """The outcome that a set of effects makes for a sample that a detector could look at."""
    present = set(effects)
    if Effect.REJECT in present:
        return Outcome.REJECT
    return Outcome.REVIEW if Effect.REVIEW in present else Outcome.CLEAR
