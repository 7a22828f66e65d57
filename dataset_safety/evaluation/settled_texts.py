"""Texts about which people have settled whether they hold a risk: what keyword proposals are mined from (B.1 c).

By default only samples that a detector chose count: the queue of held rows, and the hits of the technical audit. The random
draws measure what is left over; terms taken from them would make the next measurement look better than it is, so they are
read only when that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from dataset_safety.evaluation.reviewing import HELD, MANUAL, TECHNICAL, ballots
from dataset_safety.store import corpora, releases
from dataset_safety.store.draws import Draw, draws
from dataset_safety.store.errors import StoreError
from dataset_safety.store.facade import Store

QUESTIONS = {HELD: ("held", "confirm"), TECHNICAL: ("risk", "yes"), MANUAL: ("risk", "yes")}
"""What is asked by purpose of the draw, and the answer that confirms a risk."""
COLUMNS = ["sample_id", "source_id", "language", "text"]


@dataclass(frozen=True, slots=True)
class SettledText:
    """One text with what people settled: the risks that they confirmed, none if they cleared it."""

    sample_id: str
    source_id: str
    language: str
    text: str
    risks: frozenset[str]
    purpose: str


def settled_texts(store: Store, *, include_draws: bool = False) -> list[SettledText]:
    """Every settled text of both stages, each sample once, by its newest draw; ordered by sample id."""
    purposes = (HELD, TECHNICAL, *((MANUAL,) if include_draws else ()))
    with store.database.read() as connection:
        named = [name for name, *_ in releases.listing(connection)]
        made = [drawn for name in named for drawn in draws(connection, name) if drawn.purpose in purposes]
    found: dict[str, SettledText] = {}
    for drawn in sorted(made, key=lambda one: one.created_at):
        found.update({one.sample_id: one for one in _of_draw(store, drawn)})
    return [found[name] for name in sorted(found)]


def _of_draw(store: Store, drawn: Draw) -> Iterator[SettledText]:
    settled = _settled(store, drawn)
    with store.database.read() as connection:
        corpus = corpora.latest(connection, drawn.release_id) if settled else None
    if corpus is None:
        return
    wanted = pl.Series("sample_id", list(settled), pl.String).to_frame()
    for part in corpus.parts:
        try:
            rows = store.objects.read_frame(part.part, COLUMNS).join(wanted, on="sample_id", how="semi")
        except (StoreError, OSError):
            continue  # a lost part is told elsewhere; its texts propose nothing
        for sample, source, language, text in rows.drop_nulls("text").iter_rows():
            yield SettledText(sample, source, language or "", text, settled[sample], drawn.purpose)


def _settled(store: Store, drawn: Draw) -> dict[str, frozenset[str]]:
    """Confirmed risks by settled sample; of a technical draw only what the audit flagged is asked about."""
    question, confirming = QUESTIONS[drawn.purpose]
    said = ballots(store, drawn)
    asked = frozenset(said.asked)
    found = {}
    for name, value in said.settled(question).items():
        standing = [one for one in said.said[question][name].values() if one.answer == value]
        risks = frozenset(risk for one in standing for risk in one.categories) if value == confirming else frozenset[str]()
        if name in asked and (risks or value != confirming):
            found[name] = risks
    return found
