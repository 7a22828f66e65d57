"""Matching the library against texts (6.2 b, keyword searches): which entries stand where.

A text is searched for single entries and for the rarest part of each combination; what is found is checked
against its borders, its exceptions and, for a combination, against the other parts around it. Words that were
spelled apart or in disguise are looked for by ``evasion``, in the few places where a text looks like it, and those
that are written by their sound by ``homophones`` where that is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dataset_safety.keywords.automaton import WordFinder
from dataset_safety.keywords.boundaries import arrangements, is_excepted, placements, stands_well
from dataset_safety.keywords.entries import CONTEXT_DISTANCE, Entry, EntryEffect, MatchMode
from dataset_safety.keywords.evasion import EvasionFinder
from dataset_safety.keywords.groups import groups_version, is_group, longest
from dataset_safety.keywords.homophones import DISGUISE as HOMOPHONE
from dataset_safety.keywords.homophones import HomophoneFinder
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.quotation import is_mentioned, reassembled
from dataset_safety.keywords.rarity import rarest
from dataset_safety.keywords.requests import ASKS, is_no_request
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.records import Effect, Finding, Method

MATCHING_VERSION = f"match-3.{groups_version()}"
_EFFECTS = {EntryEffect.REJECT: Effect.REJECT, EntryEffect.REVIEW: Effect.REVIEW, EntryEffect.CONTEXT: Effect.REVIEW}


def version_of(library: Library, *, homophones: bool = False) -> str:
    """What a detector of this library calls itself; known before the detector is made."""
    return f"{library.generation[:16]}/{MATCHING_VERSION}" + ("+homophones" if homophones else "")


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where an entry stands in one text; ``disguise`` says how it was hidden, if it was."""

    start: int
    end: int
    entry: Entry
    disguise: str = ""


class KeywordDetector:
    """Appendix B.1 at work: a pure object, built once from one generation of the library.

    ``homophones`` looks for keywords written by their sound too, which costs 6 to 10 % of a scan of Chinese text.
    """

    name = "keyword"

    def __init__(self, library: Library, *, evasion: bool = True, homophones: bool = False) -> None:
        self.library = library
        self.version = version_of(library, homophones=homophones)
        self._combinations: dict[str, Combination] = {}
        self._searched: defaultdict[str, list[tuple[Entry, int]]] = defaultdict(list)
        for entry in library.active:
            anchor = rarest(entry.parts) if len(entry.parts) > 1 else 0
            self._searched[entry.parts[anchor]].append((entry, anchor))
            if len(entry.parts) > 1:
                self._combinations[entry.id] = Combination.of(entry, anchor)
        whole = (word for word, users in self._searched.items() if all(entry.match is MatchMode.WORD for entry, _ in users))
        self._finder = WordFinder(self._searched, frozenset(whole))
        self._evasion = EvasionFinder(self._searched) if evasion else None
        self._homophones = HomophoneFinder(library.active) if homophones else None

    @property
    def searched_words(self) -> tuple[str, ...]:
        """Single keywords, and the rarest part of each combination."""
        return self._finder.words

    def find(self, batch: TextBatch) -> list[Finding]:
        """Findings of all texts of the batch, ordered by row and position."""
        hits = self.hits(batch)
        return [finding for row in sorted(hits) for hit in hits[row] for finding in self._findings(row, hit)]

    def hits(self, batch: TextBatch) -> dict[int, list[Hit]]:
        """Hits that count, by row; each list is ordered by position."""
        return {row: kept for row, hits in self.all_hits(batch).items() if (kept := counting(hits))}

    def all_hits(self, batch: TextBatch) -> dict[int, list[Hit]]:
        """Hits by row, those of context entries without company too."""
        found: dict[int, list[Hit]] = self.plain_hits(batch)
        for finder in (self._evasion, self._homophones):
            for row, start, end, entry, disguise in finder.find(batch) if finder is not None else ():
                known, hidden = found.setdefault(row, []), Hit(start, end, entry, disguise)
                is_new = not any(hit.entry.id == entry.id and hit.start < end and start < hit.end for hit in known)
                if is_new and not is_excused(batch.folded[row], hidden):
                    known.append(hidden)
        return {row: hits for row, hits in found.items() if hits}

    def plain_hits(self, batch: TextBatch) -> dict[int, list[Hit]]:
        """Hits in folded text as it stands, line breaks as spaces, before context is looked at."""
        words = self._finder.words
        found: dict[int, list[Hit]] = {}
        for row, text, positions in self._finder.found_rows(batch):
            hits = [hit for index, start, end in positions for hit in self._hits_at(text, words[index], start, end)]
            if hits and (used := _used(text, hits)):
                found[row] = used
        return found

    def _hits_at(self, text: str, word: str, start: int, end: int) -> Iterable[Hit]:
        for entry, _ in self._searched[word]:
            if entry.match is not MatchMode.SUBSTRING and not stands_well(text, start, end, entry.match):
                continue
            if entry.exceptions and is_excepted(text, start, end, entry.exceptions):
                continue
            combination = self._combinations.get(entry.id)
            if combination is None:
                yield Hit(start, end, entry)
            elif (span := combination.around(text, start, end)) is not None:
                yield Hit(*span, entry)

    def _findings(self, row: int, hit: Hit) -> Iterable[Finding]:
        entry = hit.entry
        explanation = f"keyword {entry.id} '{entry.text}'" + (f" ({hit.disguise})" if hit.disguise else "")
        if hit.disguise == HOMOPHONE:
            explanation = f"keyword {entry.id} homophone of '{entry.text}'"
        for risk in entry.risks:
            yield Finding(
                row, risk, Method.KEYWORD, self.version, hit.start, hit.end, 1.0, _EFFECTS[entry.effect], explanation, entry.topic
            )


def is_excused(text: str, hit: Hit) -> bool:
    """Whether the text only mentions what it keeps its distance from, or hides no request; plain ones were looked at before."""
    if hit.entry.effect is EntryEffect.REJECT:
        return False
    if not hit.disguise:
        return is_mentioned(text, hit.start, hit.end)
    plain, start, end = reassembled(text, hit.start, hit.end)
    return is_no_request(plain, hit.entry, start, end) or is_mentioned(plain, start, end)


def _used(text: str, hits: Sequence[Hit]) -> list[Hit]:
    """Hits that the text says itself: without those of entries that it only mentions."""
    mentioned = {hit.entry.id for hit in hits if is_excused(text, hit)}
    return [hit for hit in dict.fromkeys(hits) if hit.entry.id not in mentioned]


@dataclass(frozen=True, slots=True)
class Combination:
    """An entry of several parts as it is looked for around its part ``anchor``: what fails soonest is looked for first."""

    entry: Entry
    reach: int
    others: tuple[str, ...]

    @classmethod
    def of(cls, entry: Entry, anchor: int) -> Combination:
        """Words before groups of words, and the words of a request last."""
        others = [part for index, part in enumerate(entry.parts) if index != anchor]
        others.sort(key=lambda part: (part == ASKS, is_group(part)))
        return cls(entry, entry.within + sum(map(longest, entry.parts)), tuple(others))

    def around(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """Span of the tightest arrangement of all parts around the anchor, if near enough and, where asked for, a request."""
        entry, first, last = self.entry, max(0, start - self.reach), end + self.reach
        spans: list[Sequence[tuple[int, int]]] = [[(start, end)]]
        for part in self.others:
            places = placements(text, part, first, last, entry.match)
            if entry.exceptions:
                places = [place for place in places if not is_excepted(text, *place, entry.exceptions)]
            if not places:
                return None
            spans.append(sorted(places, key=lambda place: abs(place[0] - start)))
        near = ((begin, finish) for gap, begin, finish in arrangements(spans) if gap <= entry.within)
        return next((span for span in near if not is_no_request(text, entry, *span)), None)


def counting(hits: Sequence[Hit]) -> list[Hit]:
    """Hits that count, ordered: a context entry needs another entry of its risk close by."""
    ordered = sorted(hits, key=lambda hit: (hit.start, hit.end, hit.entry.id))
    if all(hit.entry.effect is not EntryEffect.CONTEXT for hit in ordered):
        return ordered
    return [hit for hit in ordered if hit.entry.effect is not EntryEffect.CONTEXT or _has_company(hit, ordered)]


def _has_company(hit: Hit, hits: Sequence[Hit]) -> bool:
    for other in hits:
        apart = other.start >= hit.end or other.end <= hit.start
        near = other.start - hit.end <= CONTEXT_DISTANCE and hit.start - other.end <= CONTEXT_DISTANCE
        if apart and near and other.entry.id != hit.entry.id and set(other.entry.risks) & set(hit.entry.risks):
            return True
    return False
