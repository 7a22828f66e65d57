"""Persons of the records of section 5 in a bundle: graders, approvers, the emergency team, whoever handles alerts and incidents.

They are numbers there, the same wherever one of them is named, so that rules which tell one person from another work on
the bundle as they do at home. What they wrote about incidents and drills, and why they graded data as they did, stays behind;
that they wrote it shows. Roles on the team and the titles of a scheme travel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dataset_safety.safeguards import alerts, grading, team
from dataset_safety.safeguards.probes import inventory
from dataset_safety.safeguards.stated import PEOPLE, WORDS, name_key
from dataset_safety.store.canonical import canonical_json

CLAUSES = frozenset({grading.CLAUSE, alerts.CLAUSE, inventory.CLAUSE, team.CLAUSE})
LEFT_OUT = "left out"


@dataclass(slots=True)
class Responders:
    """Numbers of persons, in the order in which they are met."""

    numbers: dict[str, str] = field(default_factory=dict)

    def numbered(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of evidence whose content names nobody, and with :data:`LEFT_OUT` for what somebody wrote."""
        if row["clause"] not in CLAUSES:
            return dict(row)
        return {**row, "content": canonical_json(self._without_names(json.loads(row["content"])))}

    def _without_names(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._part(name, inner) for name, inner in value.items()}
        return [self._without_names(inner) for inner in value] if isinstance(value, list) else value

    def _part(self, name: str, value: Any) -> Any:
        if name in PEOPLE and isinstance(value, str) and value:
            return self.numbers.setdefault(name_key(value), f"person-{len(self.numbers) + 1}")
        if name in WORDS and isinstance(value, str) and value:
            return LEFT_OUT
        return self._without_names(value)
