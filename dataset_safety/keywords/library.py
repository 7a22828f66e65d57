"""The keyword library (Appendix B.1): one frozen generation of entries."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dataset_safety.keywords.entries import JOIN, Entry
from dataset_safety.keywords.groups import is_group

GROUP_TOPIC = "about_groups"


def idea(entry: Entry) -> str:
    """What an entry counts as: its text, or, where one word list is applied to each kind of group, the word alone."""
    if entry.topic != GROUP_TOPIC:
        return entry.text
    return JOIN.join("%" if is_group(part) else part for part in entry.parts)


@dataclass(frozen=True)
class Library:
    """Entries under one ``generation``, the SHA-256 of their canonical form; ``entries`` are ordered by id."""

    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Library:
        """A library of ``entries``; of two with one id the later one holds (an operator's over a bundled one)."""
        by_id = {entry.id: entry for entry in entries}
        return cls(tuple(by_id[key] for key in sorted(by_id)))

    @cached_property
    def generation(self) -> str:
        """SHA-256 over all entries, active and retired."""
        return hashlib.sha256("\n".join(entry.canonical for entry in self.entries).encode()).hexdigest()

    @cached_property
    def active(self) -> tuple[Entry, ...]:
        """Entries that match and count."""
        return tuple(entry for entry in self.entries if entry.active)

    @property
    def updated_at(self) -> str:
        """Newest day on which an entry was added or changed (B.1 c); empty for an empty library."""
        return max((entry.added for entry in self.entries), default="")

    def of_risk(self, risk: str) -> tuple[Entry, ...]:
        """Active entries of one risk."""
        return tuple(entry for entry in self.active if risk in entry.risks)

    def stats(self) -> dict[str, Any]:
        """Counts of B.1: a keyword in two risks, or about several groups, counts once in the total and once in each risk."""
        active = self.active
        texts = {idea(entry): entry for entry in active}
        by_risk = Counter(risk for risk, _ in {(risk, idea(entry)) for entry in active for risk in entry.risks})
        return {
            "generation": self.generation,
            "updated_at": self.updated_at,
            "total": len(texts),
            "bundled": sum(entry.bundled for entry in texts.values()),
            "operator": sum(not entry.bundled for entry in texts.values()),
            "by_risk": dict(sorted(by_risk.items())),
            "by_language": dict(sorted(Counter(entry.language for entry in texts.values()).items())),
            "by_effect": dict(sorted(Counter(entry.effect.value for entry in texts.values()).items())),
            "by_match_mode": dict(sorted(Counter(entry.match.value for entry in texts.values()).items())),
        }
