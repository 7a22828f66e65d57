"""The draws that section 8 asks for, and where people stand with them.

8.2.2 a 1: 100 from each type of source; a 2 and a 3: 100 each; 8.3.2 a 2 and a 4: 100 of the generated rows;
8.2.3 a 3 and a 4, 8.3.3 a 2: one draw of 4,000 from P2 that answers every question; 10 % of P2 for the technical audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from dataset_safety.evaluation.draws import Frame, make_draw, share_of
from dataset_safety.evaluation.populations import Populations
from dataset_safety.records import SourceKind
from dataset_safety.standard import Edition, Stage
from dataset_safety.store.draws import Draw, Judgement, draws, judgements, save_draw
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

METADATA = "metadata"
RISK_RECORDS = "risk_records"
RIGHTS_RECORDS = "rights_records"
GENERATED = "generated"
MANUAL = "manual"
TECHNICAL = "technical"
HELD = "held"  # rows held until a person decides; no rule ever counts them
OPEN_ANSWERS = frozenset({"unsure", "cannot_read"})
WITHDRAWN = "withdrawn"  # an undo: the answer it supersedes is taken back
ADJUDICATOR = "adjudicator"


@dataclass(frozen=True, slots=True)
class Answers:
    """Where one question of one draw stands: drawn, answered, and the ids answered badly."""

    drawn: int
    answered: int
    bad: tuple[str, ...]
    draw: Draw | None = None
    settled: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Every drawn sample has an answer."""
        return self.answered == self.drawn

    def counting_lost(self, lost: frozenset[str]) -> Answers:
        """The same with drawn samples that nobody can look at any more: not clean, and never replaced."""
        bad = tuple(sorted({*self.bad, *lost}))
        return replace(self, answered=self.answered + len(lost - self.settled), bad=bad)


def draw_release(store: Store, release: Release, populations: Populations, edition: Edition) -> list[Draw]:
    """Freeze every draw of the release's present populations that was not made before."""
    with store.database.read() as connection:
        known = {(found.purpose, found.population) for found in draws(connection, release.release_id)}
    made = []
    for frame, size in population_frames(release, populations, edition):
        if frame.ids and (frame.purpose, frame.population) not in known:
            made.append(make_draw(store, release.release_id, release.stage, frame, size))
    with store.database.write() as connection:
        for found in made:
            save_draw(connection, found)
    with store.database.read() as connection:
        return draws(connection, release.release_id)


def population_frames(release: Release, populations: Populations, edition: Edition) -> list[tuple[Frame, int]]:
    """Every population that the release draws from, and how many are drawn of it."""
    limits = edition.thresholds
    everything = populations.draw_frame(RISK_RECORDS, populations.p1)
    frames = [
        (populations.draw_frame(f"{METADATA}.{kind}", populations.p1.filter(pl.col("origin_kind") == kind)), limits.metadata_min)
        for kind in sorted(kind.value for kind in SourceKind)
    ]
    frames.append((everything, limits.risk_record_min))
    frames.append((Frame(RIGHTS_RECORDS, everything.population, everything.ids, everything.shown), limits.ipr_record_min))
    if release.stage is Stage.FINE_TUNING:
        frames.append((populations.draw_frame(GENERATED, populations.p1.filter("generated")), limits.genai_min))
    for_use = populations.draw_frame(MANUAL, populations.p2, populations.corpus.population)
    frames.append((for_use, limits.manual_min))
    audited = Frame(TECHNICAL, for_use.population, for_use.ids, for_use.shown)
    frames.append((audited, share_of(len(for_use.ids), limits.technical_min_pct)))
    return frames


def current(made: Sequence[Draw], purpose: str, population: str | None = None) -> Draw | None:
    """The newest draw of a purpose (and population)."""
    fitting = [found for found in made if found.purpose == purpose and population in (None, found.population)]
    return fitting[-1] if fitting else None


def answers(store: Store, drawn: Draw | None, question: str, bad: frozenset[str]) -> Answers:
    """The settled answer for each drawn sample; an answer about other content than drawn is void."""
    if drawn is None:
        return Answers(0, 0, ())
    items = store.objects.read_frame(drawn.items_object)
    shown = dict(zip(items["sample_id"].to_list(), items["shown_sha256"].to_list(), strict=True))
    with store.database.read() as connection:
        given = judgements(connection, drawn.draw_id)
    by_sample: dict[str, dict[str, Judgement]] = {}
    for answer in given:
        if answer.question == question and shown.get(answer.sample_id) == answer.shown_sha256:
            by_sample.setdefault(answer.sample_id, {})[answer.reviewer] = answer
    found = ((name, settled(list(last.values()))) for name, last in by_sample.items())
    final = {name: value for name, value in found if value is not None}
    worse = tuple(sorted(name for name, value in final.items() if value in bad))
    return Answers(drawn.size, len(final), worse, drawn, frozenset(final))


def settled(last: Sequence[Judgement]) -> str | None:
    """What the last answers of all people about one question come to; None while it is open.

    The adjudicator's answer wins; without one, people who differ, or one who is unsure, leave it open. Whoever
    cannot read a sample leaves it to others.
    """
    standing = [answer for answer in last if answer.answer != WITHDRAWN]
    final = [answer for answer in standing if answer.role == ADJUDICATOR and answer.answer not in OPEN_ANSWERS]
    if final:
        return max(final, key=lambda answer: answer.judgement_id or 0).answer
    said = {answer.answer for answer in standing if answer.answer != "cannot_read"}
    return said.pop() if len(said) == 1 and not said & OPEN_ANSWERS else None
