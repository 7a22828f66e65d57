"""What the library costs in benign text (B.1): entries ranked by the benign texts they hit.

A text that is held for review counts as blocked, as it leaves the corpus until a person has looked at it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from dataset_safety.keywords.entries import Entry, EntryEffect
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.preprocessing.folding import TextBatch

TEXTS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class EntryImpact:
    """Benign texts that one entry hits; ``alone`` counts those that no other entry hits."""

    entry: Entry
    texts: int
    alone: int


@dataclass(frozen=True, slots=True)
class Impact:
    """Over-blocking on one set of benign texts; bundled and operator entries apart."""

    name: str
    texts: int
    rejected: int
    held: int
    blocked_by_bundled: int
    blocked_by_operator: int
    entries: tuple[EntryImpact, ...]

    @property
    def blocked(self) -> int:
        """Texts rejected or held for review."""
        return self.rejected + self.held

    def is_within(self, most_held_per_mille: int = 5) -> bool:
        """Whether nothing is rejected and at most 0.5 % (five of a thousand) is held."""
        return is_within(self.texts, self.rejected, self.held, most_held_per_mille)


def is_within(texts: int, rejected: int, held: int, most_held_per_mille: int = 5) -> bool:
    """Whether nothing is rejected and at most 0.5 % (five of a thousand) is held."""
    return rejected == 0 and 1000 * held <= most_held_per_mille * texts


def gold_sets() -> Iterator[tuple[str, list[str]]]:
    """Name (topic and language) and texts of each benign gold set that the package carries."""
    folder = files("dataset_safety.keywords").joinpath("gold")
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".txt"):
            yield path.name.removesuffix(".txt"), [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def measure_impact(detector: KeywordDetector, name: str, texts: Sequence[str]) -> Impact:
    """Scan benign ``texts`` and rank the entries that hit them."""
    hit: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    entries: dict[str, Entry] = {}
    outcomes: defaultdict[str, int] = defaultdict(int)
    for first in range(0, len(texts), TEXTS_AT_ONCE):
        for hits in detector.hits(TextBatch.of(texts[first : first + TEXTS_AT_ONCE])).values():
            found = {item.entry.id: item.entry for item in hits}
            entries |= found
            hit.update(found.keys())
            alone.update(found.keys() if len(found) == 1 else ())
            rejects = any(entry.effect is EntryEffect.REJECT for entry in found.values())
            outcomes["rejected" if rejects else "held"] += 1
            outcomes["bundled"] += any(entry.bundled for entry in found.values())
            outcomes["operator"] += any(not entry.bundled for entry in found.values())
    ranked = tuple(EntryImpact(entries[key], count, alone[key]) for key, count in hit.most_common())
    return Impact(name, len(texts), outcomes["rejected"], outcomes["held"], outcomes["bundled"], outcomes["operator"], ranked)
