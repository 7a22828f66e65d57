"""Computing a bundle's verdicts again from its evidence, by the rules of section 8 themselves, and comparing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_safety import clock
from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.evaluation.drawing import population_frames
from dataset_safety.evaluation.draws import Frame, bottom_k
from dataset_safety.evaluation.guideline import rules_in_force
from dataset_safety.evaluation.populations import Populations
from dataset_safety.records import Verdict
from dataset_safety.report.bundle.evidence import SETTLED, settled_rows
from dataset_safety.report.bundle.manifest import Manifest
from dataset_safety.report.bundle.opening import Opened
from dataset_safety.report.bundle.page import PAGE, Facts, about_page
from dataset_safety.report.bundle.rebuilding import rebuilt
from dataset_safety.report.bundle.tables import CSV, JSON, tables_of
from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.standard import Edition, load_edition, worst
from dataset_safety.store import draws, verdicts
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import Draw
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.usage.accounting import recount

VERDICTS = "verdicts.json"
COMPARED = ("value", "n", "k", "seed", "population")
EVENTS = frozenset({"8.1.b.5", "8.1.b.5.chain"})
"""Checks that count logged events: the log grew while the verdicts were computed, so their n is no smaller than stated."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the bundle states and that its evidence does not give: a clause or a member, and both values."""

    where: str
    what: str
    stated: str
    found: str


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came out: the verdicts, everything that differs from what the bundle states, and how much was done."""

    verdicts: Sequence[Verdict]
    differences: Sequence[Difference]
    samples: int = 0
    redrawn: int = 0
    not_redrawn: int = 0
    settled: int = 0


def recompute(bundle: Opened, folder: Path) -> Recomputed:
    """All verdicts of a full bundle, in a store rebuilt below ``folder``, at the moment for which they were computed."""
    edition = load_edition()
    stated = bundle.json(VERDICTS)
    bundled = [verdicts.restored(dict(one)) for one in stated["verdicts"]]
    with rebuilt(bundle, folder) as (store, release, corpus), clock.fixed(bundle.manifest.evaluated_at):
        rules = rules_in_force(store)
        with store.database.read() as connection:
            made = draws.draws(connection, release.release_id)
            chain = verify_chain(connection)
            settled = list(settled_rows(connection, made, rules))
        redrawn, differences = _drawn_again(store, release, corpus, made, edition)
        drawn_alike = not differences
        differences += _about_counts(store, release, corpus)
        if not chain.intact:
            differences.append(Difference("rows/audit_event.jsonl", "chain of events", "intact", chain.problem))
        # draws that are not those of the populations say nothing about them: no verdict rests on these
        found = assess_release(store, release).verdicts if drawn_alike else []
    differences += _about_settled(bundle.lines(SETTLED), settled)
    if drawn_alike:
        differences += _about_manifest(bundle.manifest, stated, release, corpus, edition, found)
        differences += [*_about_verdicts(bundled, found), *_about_tables(bundle, found)]
        facts = Facts(release.stage, release.release_id, release.short, corpus.population, corpus.totals(), found, EVENTS)
        differences += [Difference(*told) for told in about_page(bundle.read(PAGE), facts)]
    return Recomputed(found, differences, corpus.kept, redrawn, len(made) - redrawn, len(settled))


def _drawn_again(
    store: Store, release: Release, corpus: Corpus, made: Sequence[Draw], edition: Edition
) -> tuple[int, list[Difference]]:
    """Every draw of a population that the bundle holds, drawn again; a population without a draw was exchanged."""
    redrawn, differences = 0, []
    for frame, size in population_frames(release, Populations(store, corpus), edition):
        fitting = [draw for draw in made if (draw.purpose, draw.population) == (frame.purpose, frame.population)]
        redrawn += len(fitting)
        if frame.ids and not fitting:
            differences.append(Difference(f"draw {frame.purpose}", "population", "drawn from", "no draw was made from it"))
        for draw in fitting:
            differences += _about_draw(store, draw, frame, min(size, len(frame.ids)))
    return redrawn, differences


def _about_draw(store: Store, draw: Draw, frame: Frame, least: int) -> Iterator[Difference]:
    items = store.objects.read_frame(draw.items_object, columns=["sample_id"])
    chosen = bottom_k(frame.ids, draw.size, draw.seed)
    facts = {
        "size of the population": (draw.population_size, len(frame.ids)),
        "census": (draw.census, len(chosen) == len(frame.ids)),
        "size": (draw.size, max(least, len(chosen))),
        "drawn ids": (items["sample_id"].to_list(), chosen),
    }
    for what, (stated, found) in facts.items():
        if stated != found:
            told = ("listed", "others are drawn") if isinstance(stated, list) else (str(stated), str(found))
            yield Difference(f"draw {draw.purpose}", what, *told)


def _about_counts(store: Store, release: Release, corpus: Corpus) -> Iterator[Difference]:
    """The accounting law, counted again from the bundled frames."""
    for wrong in recount(store, release, corpus):
        yield Difference("accounting", f"{wrong.source_id}/{wrong.name}".strip("/") or "P2", "balanced", wrong.what)


def _about_manifest(
    manifest: Manifest, stated: Mapping[str, Any], release: Release, corpus: Corpus, edition: Edition, found: Sequence[Verdict]
) -> Iterator[Difference]:
    overall = worst(verdict.value for verdict in found)
    facts = {
        "stage": (manifest.stage, release.stage),
        "release": (manifest.release, release.release_id),
        "population": (manifest.population, corpus.population),
        "edition": (manifest.edition_digest, edition.digest),
        "assessment": (manifest.assessment, stated["assessment"]),
        "overall": (manifest.overall, overall),
    }
    for what, (said, is_so) in facts.items():
        if said != is_so:
            yield Difference("manifest.json", what, str(said), str(is_so))


def _about_verdicts(bundled: Iterable[Verdict], found: Iterable[Verdict]) -> Iterator[Difference]:
    stated, computed = dict(_flat(bundled)), dict(_flat(found))
    for clause in sorted(stated.keys() | computed.keys()):
        if clause not in stated or clause not in computed:
            there = ("stated", "not computed") if clause in stated else ("not stated", computed[clause].value.value)
            yield Difference(clause, "verdict", *there)
            continue
        for what in COMPARED:
            said, is_so = getattr(stated[clause], what), getattr(computed[clause], what)
            grown = clause in EVENTS and what == "n" and (said or 0) <= (is_so or 0)
            if said != is_so and not grown:
                yield Difference(clause, what, str(said), str(is_so))


def _flat(found: Iterable[Verdict]) -> Iterator[tuple[str, Verdict]]:
    for verdict in found:
        yield verdict.clause, verdict
        yield from _flat(verdict.parts)


def _about_settled(stated: Iterable[Any], found: Sequence[dict[str, str]]) -> Iterator[Difference]:
    names = ("draw", "question", "sample", "answer")
    said, is_so = ({tuple(str(row[name]) for name in names) for row in rows} for rows in (stated, found))
    if said != is_so:
        yield Difference(SETTLED, "settled answers", f"{len(said)}", f"{len(said ^ is_so)} differ")


def _about_tables(bundle: Opened, found: Sequence[Verdict]) -> Iterator[Difference]:
    """Tables and the report's JSON say the same, and its verdicts are those that were computed."""
    shown = bundle.json(JSON)
    expected = tables_of(shown)
    present = {name for name in bundle.manifest.members if name.startswith(CSV)}
    for name in sorted(present | expected.keys()):
        if name not in present or name not in expected or bundle.read(name) != expected[name]:
            yield Difference(name, "table", "as in the report", "differs")
    values = {verdict.clause: verdict.value.value for verdict in found}
    rows = [row for section in shown["sections"] for row in section["rows"] if row["depth"] == 0]
    for row in rows:
        if values.get(row["check"]) != row["value"]:
            yield Difference(f"{JSON} {row['check']}", "verdict", str(row["value"]), values.get(row["check"], "none"))
    if len(rows) != len(values):
        yield Difference(JSON, "number of verdicts", str(len(rows)), str(len(values)))
