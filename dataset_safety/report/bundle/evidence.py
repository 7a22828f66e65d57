"""The evidence of one release as members of a bundle: rows, frames without text, settled answers, people as numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from dataset_safety.evaluation.guideline import Rules, rules_in_force
from dataset_safety.preprocessing.releases import IDENTITY_KEY
from dataset_safety.report.bundle.leaving_out import COLUMNS, Excerpts
from dataset_safety.report.bundle.people import add_people
from dataset_safety.report.bundle.responders import Responders
from dataset_safety.report.bundle.staging import Staging
from dataset_safety.report.sampling import counting, last_answers
from dataset_safety.store import draws
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import Draw
from dataset_safety.store.excerpts import excerpt
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

ROWS, OBJECTS = "rows/", "objects/"
SETTLED, ORIGINALS = "settled.jsonl", "originals.jsonl"
NAMED = {"annotation_part": {"object": "part"}, "labelling": {"part": "part", "object": "labels"}}
"""What the objects of a row are, where its columns do not say it."""


def add_evidence(staging: Staging, store: Store, connection: Connection, release: Release, corpus: Corpus) -> None:
    """Everything that the verdicts are recomputed from."""
    users = add_people(staging, release, store.home.key(IDENTITY_KEY))
    excerpts, responders = Excerpts(store.objects, staging.folder, users), Responders()
    for name, rows in excerpt(connection, release.release_id, corpus.corpus_id):
        if name == "evidence":
            rows = map(responders.numbered, rows)
        staging.add_lines(f"{ROWS}{name}.jsonl", (_travelling(name, row, staging, excerpts) for row in rows))
    originals = [{"original": one, "kind": kind, "bundled": made} for (one, kind), made in sorted(excerpts.made.items())]
    staging.add_lines(ORIGINALS, originals)
    for made in set(excerpts.made.values()):
        staging.add_file(f"{OBJECTS}{made}.parquet", excerpts.path(made))
    staging.add_lines(SETTLED, settled_rows(connection, draws.draws(connection, release.release_id), rules_in_force(store)))


def settled_rows(connection: Connection, made: Sequence[Draw], rules: Rules) -> Iterator[dict[str, str]]:
    """What the answers about each draw come to that were given under these rules, in one fixed order."""
    for draw in sorted(made, key=lambda one: one.draw_id):
        last = last_answers(counting(draws.judgements(connection, draw.draw_id), rules))
        for (question, sample), answer in sorted(last.items(), key=lambda found: found[0]):
            yield {"draw": draw.draw_id, "question": question, "sample": sample, "answer": answer.answer}


def _travelling(name: str, row: dict[str, Any], staging: Staging, excerpts: Excerpts) -> dict[str, Any]:
    """A row whose objects are those of the bundle."""
    if name == "artifact":
        scanned = row["object"] and "draw" in json.loads(row["facts"])
        if scanned:
            staging.add(f"{OBJECTS}{row['object']}.json", excerpts.objects.read_bytes(row["object"]))
        return row if scanned else {**row, "object": None}
    kinds = NAMED.get(name) or {column: column for column in COLUMNS if column in row}
    return row | {column: excerpts.of(row[column], kind) for column, kind in kinds.items()}
