"""How much of labelled harmful text the library finds, and how much of what it finds is harmful (B.1)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset_safety.keywords.errors import KeywordError
from dataset_safety.keywords.impact import TEXTS_AT_ONCE
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.preprocessing.folding import TextBatch


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with the judgement of people; ``group`` is a class or topic to count apart."""

    text: str
    is_harmful: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """Counts of one evaluation; reject and review count alike."""

    texts: int
    harmful: int
    flagged: int
    found: int
    found_by_group: dict[str, tuple[int, int]]
    flagged_by_risk: dict[str, tuple[int, int]]

    @property
    def recall(self) -> float:
        """Share of harmful texts that are flagged."""
        return self.found / self.harmful if self.harmful else 0.0

    @property
    def precision(self) -> float:
        """Share of flagged texts that are harmful."""
        return self.found / self.flagged if self.flagged else 0.0


def read_labelled(path: Path, *, text: str, label: str, harmful: Iterable[str], group: str = "") -> Iterator[Labelled]:
    """Labelled texts of a CSV file; ``text``, ``label`` and ``group`` name its columns."""
    positive = frozenset(harmful)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in (text, label, group) if name and name not in (reader.fieldnames or ())]
        if missing:
            hint = f"the file has {', '.join(reader.fieldnames or ())}."
            raise KeywordError(f"{path.name} has no column {missing[0]!r}.", hint=hint, file=path.name, field=missing[0])
        for row in reader:
            yield Labelled(row[text] or "", row[label] in positive, row[group] if group else "")


def evaluate(detector: KeywordDetector, labelled: Sequence[Labelled]) -> Measured:
    """Recall and precision of ``detector``; by group of the harmful texts, and by risk of the flagged ones."""
    groups = Counter(item.group for item in labelled if item.is_harmful)
    found_groups: Counter[str] = Counter()
    risks: Counter[str] = Counter()
    right: Counter[str] = Counter()
    flagged = 0
    for first in range(0, len(labelled), TEXTS_AT_ONCE):
        part = labelled[first : first + TEXTS_AT_ONCE]
        for row, hits in detector.hits(TextBatch.of([item.text for item in part])).items():
            named = {risk for hit in hits for risk in hit.entry.risks}
            flagged += 1
            risks.update(named)
            if part[row].is_harmful:
                right.update(named)
                found_groups[part[row].group] += 1
    return Measured(
        len(labelled), groups.total(), flagged, found_groups.total(),
        {name: (found_groups[name], count) for name, count in sorted(groups.items())},
        {risk: (right[risk], count) for risk, count in sorted(risks.items())},
    )  # fmt: skip
