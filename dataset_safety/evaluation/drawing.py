"""Freezing the draws of a release: what was drawn of a population before is used again, a changed population is topped up.

A draw belongs to its population and not to the release, so another release with the same samples rests on the same
draw. A second draw of one population needs a reason, and both stand in the report (clauses 1.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from dataset_safety.evaluation.draws import Frame, bottom_k, make_draw, seed_of, share_of
from dataset_safety.evaluation.errors import NothingToJudge, RedrawRefused
from dataset_safety.evaluation.guideline import guideline
from dataset_safety.evaluation.populations import Populations
from dataset_safety.evaluation.reasons import stated
from dataset_safety.evaluation.reviewing import (
    GENERATED,
    HELD,
    MANUAL,
    METADATA,
    RIGHTS_RECORDS,
    RISK_RECORDS,
    TECHNICAL,
    WITHDRAWN,
    holds,
    questions_of,
)
from dataset_safety.evaluation.shown import METADATA_COLUMNS, RECORDED, frozen_items, frozen_records
from dataset_safety.records import Decision, SourceKind
from dataset_safety.standard import Edition, Stage
from dataset_safety.store import corpora
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.draws import Draw, draws, judgements_of, load_draw, save_draw, stage_draws, use_draw
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

FIRST, AGAIN, APART = "first draw", "drawn again: ", "held rows, outside all counts"


def draw_release(store: Store, release: Release, populations: Populations, edition: Edition) -> list[Draw]:
    """Freeze every draw of the release's present populations that was not made before, and note which ones it rests on."""
    with store.database.read() as connection:
        made = stage_draws(connection, release.stage)
    frames = [(frame, size) for frame, size in population_frames(release, populations, edition) if frame.ids]
    held = held_frame(populations)
    frames += [(held, len(held.ids))] if held.ids else []
    served = [(frame, size, serving(made, frame, size)) for frame, size in frames]
    maker = _Maker(store, release, populations, made)
    fresh = maker.make([(frame, size) for frame, size, found in served if found is None])
    used = [found or fresh[frame.purpose] for frame, _, found in served]
    with store.database.write() as connection:
        for drawn in used:
            if drawn.draw_id in maker.known:
                use_draw(connection, release.release_id, drawn)
            else:
                save_draw(connection, drawn)
    with store.database.read() as connection:
        return draws(connection, release.release_id)


def population_frames(release: Release, populations: Populations, edition: Edition) -> list[tuple[Frame, int]]:
    """Every population that section 8 draws from for this release, and how many are drawn of it.

    Where metadata or records are judged, the hash of the population covers what they are made from as well.
    """
    limits = edition.thresholds
    everything = populations.draw_frame(RISK_RECORDS, populations.p1)
    recorded = digest_of([everything.population, populations.base_recipe])
    licensed = digest_of([recorded, populations.metadata_version])
    kinds = sorted(kind.value for kind in SourceKind)
    described = [
        populations.draw_frame(f"{METADATA}.{kind}", populations.p1.filter(pl.col("origin_kind") == kind)) for kind in kinds
    ]
    frames = [(_with(frame, frame.purpose, _version(frame, populations)), limits.metadata_min) for frame in described]
    frames.append((_with(everything, RISK_RECORDS, recorded), limits.risk_record_min))
    frames.append((_with(everything, RIGHTS_RECORDS, licensed), limits.ipr_record_min))
    if release.stage is Stage.FINE_TUNING:
        made_by_model = populations.draw_frame(GENERATED, populations.p1.filter("generated"))
        frames.append((_with(made_by_model, GENERATED, _version(made_by_model, populations)), limits.genai_min))
    for_use = populations.draw_frame(MANUAL, populations.drawn, populations.corpus.drawn_population)
    frames.append((for_use, limits.manual_min))
    frames.append((_with(for_use, TECHNICAL, for_use.population), share_of(len(for_use.ids), limits.technical_min_pct)))
    return frames


def held_frame(populations: Populations) -> Frame:
    """Every held row: the second queue, outside all counts of section 8."""
    return populations.draw_frame(HELD, populations.excluded_rows(pl.col("decision") == Decision.HELD.value))


def serving(made: Sequence[Draw], frame: Frame, size: int) -> Draw | None:
    """The newest draw of exactly this population that is large enough."""
    fitting = [found for found in made if (found.purpose, found.population) == (frame.purpose, frame.population) and found.rules]
    return next((found for found in reversed(fitting) if found.size >= min(size, len(frame.ids))), None)


def redraw(store: Store, release: Release, purpose: str, reason: str, edition: Edition) -> Draw:
    """Draw a population a second time under another key; the reason is logged and shown with the draw (clauses 1.5)."""
    told = stated(reason)
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
        made = stage_draws(connection, release.stage)
    if corpus is None:
        raise NothingToJudge(f"release {release.short} was not filtered yet", hint="`dataset-safety run` takes it there.")
    populations = Populations(store, corpus)
    found = {frame.purpose: (frame, size) for frame, size in population_frames(release, populations, edition) if frame.ids}
    if not told or purpose not in found:
        why = "a second draw needs a reason" if not told else f"release {release.short} has no draw {purpose!r}"
        raise RedrawRefused(why, hint=f"state why; purposes here: {', '.join(sorted(found))}.", purpose=purpose)
    frame, size = found[purpose]
    if serving(made, frame, size) is None:
        raise RedrawRefused(f"{purpose} was not drawn yet", hint="`dataset-safety run` makes the first draw.", purpose=purpose)
    nonce = str(1 + len({one.seed for one in made if one.purpose == purpose}))
    again = _Maker(store, release, populations, made).make(
        [found[purpose]], seed_of(frame.population, nonce, purpose), AGAIN + told
    )
    with store.database.write() as connection:
        save_draw(connection, again[purpose])
        stored = load_draw(connection, again[purpose].draw_id)
    assert stored is not None  # saved above
    return stored


class _Maker:
    """Makes the draws of one release, each with the key of the draw before it and with frozen items."""

    def __init__(self, store: Store, release: Release, populations: Populations, made: Sequence[Draw]) -> None:
        self.store, self.release, self.populations, self.made = store, release, populations, made
        self.known = frozenset(found.draw_id for found in made)

    def make(self, frames: Sequence[tuple[Frame, int]], seed: str = "", reason: str = "") -> dict[str, Draw]:
        """The new draws by purpose; a seed and reason of their own where stated."""
        if not frames:
            return {}
        before = {frame.purpose: self._before(frame.purpose) for frame, _ in frames}
        keys = {purpose: seed or (found.seed if found else "") for purpose, found in before.items()}
        chosen = {
            frame.purpose: bottom_k(frame.ids, size, keys[frame.purpose] or seed_of(frame.population, "1", frame.purpose))
            for frame, size in frames
        }
        rows, records = self._frozen(chosen.values())
        made = {}
        for frame, size in frames:
            purpose, ids = frame.purpose, pl.DataFrame({"sample_id": chosen[frame.purpose]}, schema={"sample_id": pl.String})
            items = frozen_items(purpose, rows.join(ids, on="sample_id", how="semi"), records)
            told = reason or (APART if purpose == HELD else self._reason(before[purpose], items))
            made[purpose] = make_draw(
                self.store, self.release.release_id, self.release.stage, frame, size,
                seed=keys[purpose], reason=told, rules=guideline().version, items=items,
            )  # fmt: skip
        return made

    def _before(self, purpose: str) -> Draw | None:
        return next((found for found in reversed(self.made) if found.purpose == purpose), None)

    def _frozen(self, chosen: Iterable[Sequence[str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Content hash and metadata of all chosen samples, and their records before people had a part in them."""
        names = sorted({name for names in chosen for name in names})
        ids = pl.DataFrame({"sample_id": names}, schema={"sample_id": pl.String})
        found = self.populations.samples_of(ids, ["sample_id", "content_sha256", *METADATA_COLUMNS])
        return found, frozen_records(self.populations.base_labels_of(ids, RECORDED).lazy(), ids)

    def _reason(self, before: Draw | None, items: pl.DataFrame) -> str:
        """How much of the work on earlier draws holds for a new one."""
        if before is None:
            return FIRST
        main, rules = questions_of(before.purpose)[0], guideline().rules
        shown = dict(items.select("sample_id", "shown_sha256").iter_rows())
        with self.store.database.read() as connection:
            given = judgements_of(connection, [found.draw_id for found in self.made if found.purpose == before.purpose])
        said = (answer for answer in given if answer.question == main and holds(answer, shown, rules))
        last = {(answer.sample_id, answer.reviewer): answer.answer for answer in said}
        carried = len({name for (name, _), value in last.items() if value != WITHDRAWN})
        return f"topped up from {before.draw_id[:12]}: {carried} of {items.height} answers carried over"


def _with(frame: Frame, purpose: str, population: str) -> Frame:
    return Frame(purpose, population, frame.ids, frame.shown)


def _version(frame: Frame, populations: Populations) -> str:
    """The population of a metadata draw: its rows and what their metadata are made from."""
    return digest_of([frame.population, populations.metadata_version])
