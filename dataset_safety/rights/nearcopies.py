"""Near-copies of protected works (6.2 c, 6.3 c): MinHash over shingles of the folded text.

The operator gives the works as reference texts. Works and samples are cut into passages of the same size, so that a
chapter copied into a long page is found, and a sample that quotes one sentence is not taken for a copy. A near-copy
is a suspicion for a person, never a verdict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rensa import RMinHash, RMinHashLSH

from dataset_safety.preprocessing.folding import INVISIBLE, TextBatch, fold
from dataset_safety.records import Effect, Finding, Method
from dataset_safety.rights.errors import UnusableReference

__all__ = ["NearCopyDetector", "ProtectedWork"]

NEAR_COPY_VERSION = "near-copy-1"
SHINGLE = 6  # characters that count; works for scripts with and without spaces
PASSAGE = 400  # characters that count
STEP = 200
PERMUTATIONS, BANDS, SEED = 128, 32, 20240328
LEAST = 60  # a shorter text is not compared: chance and quotation reach any similarity


@dataclass(frozen=True, slots=True)
class ProtectedWork:
    """A work under protection; ``name`` is a label for reports, ``holder`` who holds the rights."""

    name: str
    text: str
    holder: str = ""


@dataclass(frozen=True, slots=True)
class _Passage:
    """Letters and digits of a stretch of text, with where it stands in the text as written."""

    letters: str
    start: int
    end: int


class NearCopyDetector:
    """Compares samples with protected works; a pure object, built once from the works."""

    name = "rights"

    def __init__(self, works: Sequence[ProtectedWork], *, similarity: float = 0.5) -> None:
        self.similarity = similarity
        self._owners: list[str] = []
        self._marks: list[RMinHash] = []
        self._index = RMinHashLSH(threshold=similarity, num_perm=PERMUTATIONS, num_bands=BANDS)
        digest = hashlib.sha256(f"{NEAR_COPY_VERSION}/{similarity}".encode())
        for work in sorted(works, key=lambda one: (one.name, one.text)):
            digest.update(hashlib.sha256(f"{work.name}\0{work.text}".encode("utf-8", "surrogatepass")).digest())
            self._add(work)
        self.version = f"{NEAR_COPY_VERSION}/{digest.hexdigest()[:16]}"

    def _add(self, work: ProtectedWork) -> None:
        passages = list(_passages(fold(work.text)))
        if not passages:
            raise UnusableReference(
                f"the protected work {work.name[:80]!r} is too short to be compared.",
                hint=f"give at least {LEAST} letters of it.",
                name=work.name,
                needed=LEAST,
            )
        for passage in passages:
            mark = _mark(passage.letters)
            self._index.insert(len(self._marks), mark)
            self._marks.append(mark)
            self._owners.append(work.name)

    def find(self, batch: TextBatch) -> list[Finding]:
        """At most one finding a text and work: its most similar passage."""
        return [self._finding(row, found) for row, text in enumerate(batch.folded) for found in self._copies(text)]

    def _copies(self, folded: str) -> list[tuple[float, str, int, int]]:
        """(similarity, work, start, end) of the best passage of each work, ordered by position."""
        best: dict[str, tuple[float, str, int, int]] = {}
        for passage in _passages(folded):
            mark = _mark(passage.letters)
            for candidate in self._index.query(mark):
                score, owner = float(mark.jaccard(self._marks[candidate])), self._owners[candidate]
                if score >= self.similarity and (owner not in best or score > best[owner][0]):
                    best[owner] = (score, owner, passage.start, passage.end)
        return sorted(best.values(), key=lambda found: (found[2], found[1]))

    def _finding(self, row: int, found: tuple[float, str, int, int]) -> Finding:
        score, owner, start, end = found
        explanation = f"near-copy of the protected work {owner[:120]!r}, similarity {score:.2f}"
        return Finding(
            row=row,
            risk="A.3.a",
            method=Method.PATTERN,
            version=self.version,
            start=start,
            end=end,
            score=min(score, 1.0),
            effect=Effect.REVIEW,
            explanation=explanation,
            category="near_copy",
        )


def _passages(folded: str) -> Iterator[_Passage]:
    """Overlapping stretches of equal size in characters that count; what is too short has none."""
    places = [place for place, sign in enumerate(folded) if sign.isalnum() and sign != INVISIBLE]
    if len(places) < LEAST:
        return
    last = max(len(places) - PASSAGE, 0)
    for first in [*range(0, last, STEP), last]:
        chosen = places[first : first + PASSAGE]
        yield _Passage("".join(folded[place] for place in chosen), chosen[0], chosen[-1] + 1)


def _mark(letters: str) -> RMinHash:
    mark = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    mark.update([letters[first : first + SHINGLE] for first in range(max(1, len(letters) - SHINGLE + 1))])
    return mark
