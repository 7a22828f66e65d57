"""The stored form of a generation of the library, and what differs between two generations (B.1 c)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from dataset_safety.keywords.entries import Entry, EntryEffect, MatchMode, Status
from dataset_safety.keywords.errors import GenerationDamaged
from dataset_safety.keywords.library import Library

FORMAT = "dataset-safety keyword generation 1"
_NAMES = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from one generation to another: entries that match from now on, and those that match no longer.

    An entry whose facts changed stands in both.
    """

    added: tuple[Entry, ...]
    withdrawn: tuple[Entry, ...]

    @property
    def changes(self) -> int:
        """How many entries are concerned."""
        return len({entry.id for entry in (*self.added, *self.withdrawn)})

    def authors(self) -> set[str]:
        """Who wrote the entries that are new or changed."""
        return {entry.author.casefold() for entry in self.added}


def difference(old: Library, new: Library) -> Difference:
    """Active entries of ``new`` that ``old`` does not hold exactly so, and the other way round."""
    before, after = set(old.active), set(new.active)
    return Difference(
        tuple(entry for entry in new.active if entry not in before), tuple(entry for entry in old.active if entry not in after)
    )


def generation_bytes(library: Library) -> bytes:
    """A library as it is stored: a line that names the format, then one JSON array an entry, ordered by id."""
    rows = (json.dumps([getattr(entry, name) for name in _NAMES], ensure_ascii=False) for entry in library.entries)
    return "\n".join((FORMAT, *rows, "")).encode()


def read_generation(content: bytes, name: str = "generation") -> Library:
    """The library that :func:`generation_bytes` wrote."""
    try:
        first, *lines = content.decode("utf-8").splitlines()
        if first != FORMAT:
            raise ValueError(first[:40])
        return Library.of(_entry(line) for line in lines)
    except (ValueError, TypeError, KeyError) as error:
        hint = "restore it from a backup, or export it again where it was made."
        raise GenerationDamaged(f"{name} is no stored generation of a keyword library", hint=hint, name=name) from error


def _entry(line: str) -> Entry:
    facts = dict(zip(_NAMES, json.loads(line), strict=True))
    facts["match"], facts["effect"] = MatchMode(facts["match"]), EntryEffect(facts["effect"])
    facts["status"] = Status(facts["status"])
    for name in ("parts", "risks", "exceptions"):
        facts[name] = tuple(facts[name])
    return Entry(**facts)


def with_changes(parent: Library, changes: Iterable[Entry]) -> Library:
    """``parent`` with entries added, changed or retired; an entry that was bundled stays bundled when it is retired."""
    by_id = {entry.id: entry for entry in parent.entries}
    for entry in changes:
        before = by_id.get(entry.id)
        if before is None and not entry.active:
            continue
        if before is None or not matches_alike(before, entry):
            bundled = entry.bundled or (before is not None and before.bundled and not entry.active)
            by_id[entry.id] = replace(entry, bundled=bundled)
    return Library.of(by_id.values())


def matches_alike(one: Entry, other: Entry) -> bool:
    """Whether two states of one entry match and count alike."""
    facts = ("match", "effect", "within", "exceptions", "risks", "active")
    return all(getattr(one, name) == getattr(other, name) for name in facts)
