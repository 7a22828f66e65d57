"""The drawn samples of one draw, laid out once so that each is at hand in a millisecond.

Records are those that the draw froze, never what people have said since. The parts of P1 are read one after another and
drawn rows are written to a file that has no name and that only this process can read, so it ends with the process and
memory stays small at 40,000 items. A part that is lost is noted: its samples stay open, never replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dataset_safety.evaluation.draws import RECORD, read_items
from dataset_safety.evaluation.guideline import rules_in_force
from dataset_safety.evaluation.reviewing import HELD, asked_about
from dataset_safety.evaluation.shown import METADATA_COLUMNS, shown_hash
from dataset_safety.review.errors import NotDrawn, UnknownDraw
from dataset_safety.store import corpora
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import Draw
from dataset_safety.store.errors import StoreError
from dataset_safety.store.facade import Store
from dataset_safety.store.scratch import Place as Position
from dataset_safety.store.scratch import Scratch

SHOWN = ("sample_id", "content_sha256", "text", "turns", *METADATA_COLUMNS)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one drawn sample lies in the desk's file, and what the queue must know of it."""

    row: Position
    content: Position | None
    language: str | None


class Desk:
    """Random access to the samples of one draw that people are asked about, each with the record that the draw froze."""

    def __init__(self, store: Store, drawn: Draw) -> None:
        self.draw, self.rules = drawn, rules_in_force(store)
        self._store = store
        items = {item["sample_id"]: item for item in read_items(store, drawn).iter_rows(named=True)}
        self.ids: list[str] = asked_about(store, drawn, list(items))
        self.shown: dict[str, str] = {name: items[name]["shown_sha256"] for name in self.ids}
        self.records: dict[str, dict[str, Any]] = {name: {key: items[name][key] for key in RECORD} for name in self.ids}
        self.places: dict[str, Place] = {}
        self._scratch = Scratch(store.home.staging)
        self._lay_out()

    @cached_property
    def lost(self) -> frozenset[str]:
        """Drawn samples whose stored content cannot be read any more or has changed."""
        return frozenset(self.ids) - self.places.keys()

    def row(self, sample_id: str) -> dict[str, Any]:
        """One drawn sample with its metadata and record."""
        found: dict[str, Any] = json.loads(self._scratch.read(self._place(sample_id).row))
        return found

    def content(self, sample_id: str) -> bytes:
        """The bytes of a drawn picture, sound or film."""
        place = self._place(sample_id)
        if place.content is None:
            raise NotDrawn("this sample is text", hint="only pictures, sound and film have content of their own.")
        return self._scratch.read(place.content)

    def close(self) -> None:
        """Let the file go."""
        self._scratch.close()

    def _place(self, sample_id: str) -> Place:
        place = self.places.get(sample_id)
        if place is None:
            raise NotDrawn("no such sample at hand in this draw", hint="it was not drawn, or its stored content is lost.")
        return place

    def _lay_out(self) -> None:
        with self._store.database.read() as connection:
            found = corpora.latest(connection, self.draw.release_id)
        if found is None:
            raise UnknownDraw("the release of this draw has no filtered corpus", hint="`dataset-safety run` makes it.")
        for row in self._drawn_rows(found):
            content: bytes | None = row.pop("content")
            if self.shown[row["sample_id"]] not in (row["content_sha256"], shown_hash(self.draw.purpose, row, row["record"])):
                continue  # not what was drawn: it counts as lost
            written = self._scratch.append(json.dumps(row, ensure_ascii=True).encode())
            self.places[row["sample_id"]] = Place(written, self._scratch.append(content) if content else None, row["language"])

    def _drawn_rows(self, corpus: Corpus) -> Iterator[dict[str, Any]]:
        wanted = pl.Series("sample_id", self.ids, pl.String).to_frame()
        objects = self._store.objects
        for part in corpus.parts:
            try:
                samples = objects.read_frame(part.part, [*SHOWN, "content"]).join(wanted, on="sample_id", how="semi")
                if samples.is_empty():
                    continue
                held = self.draw.purpose == HELD
                reasons = objects.read_frame(part.excluded_object, ["sample_id", "reasons"]) if held else None
            except (StoreError, OSError):
                continue
            why = dict(zip(reasons["sample_id"], reasons["reasons"].to_list(), strict=True)) if reasons is not None else {}
            for row in samples.iter_rows(named=True):
                yield {**row, "record": self.records[row["sample_id"]], "reasons": why.get(row["sample_id"], [])}
