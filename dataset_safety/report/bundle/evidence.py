"""The evidence of one release as members of a bundle: rows, frames without text, settled answers, authorisations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from dataset_safety.collection.authorisations import Authorisation, authorisations
from dataset_safety.collection.errors import CollectionError
from dataset_safety.records import SourceKind
from dataset_safety.report.bundle.leaving_out import COLUMNS, Excerpts
from dataset_safety.report.bundle.staging import Staging
from dataset_safety.report.sampling import last_answers
from dataset_safety.store import draws
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import Draw
from dataset_safety.store.excerpts import excerpt
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.usage.sources import recorded_source

ROWS, OBJECTS = "rows/", "objects/"
SETTLED, ORIGINALS, AUTHORISATIONS = "settled.jsonl", "originals.jsonl", "authorisations.json"
NAMED = {"annotation_part": {"object": "part"}, "labelling": {"part": "part", "object": "labels"}}
"""What the objects of a row are, where its columns do not say it."""


def add_evidence(staging: Staging, store: Store, connection: Connection, release: Release, corpus: Corpus) -> None:
    """Everything that the verdicts are recomputed from."""
    excerpts = Excerpts(store.objects, staging.folder)
    for name, rows in excerpt(connection, release.release_id, corpus.corpus_id):
        staging.add_lines(f"{ROWS}{name}.jsonl", (_travelling(name, row, staging, excerpts) for row in rows))
    originals = [{"original": one, "kind": kind, "bundled": made} for (one, kind), made in sorted(excerpts.made.items())]
    staging.add_lines(ORIGINALS, originals)
    for made in set(excerpts.made.values()):
        staging.add_file(f"{OBJECTS}{made}.parquet", excerpts.path(made))
    staging.add_lines(SETTLED, settled_rows(connection, draws.draws(connection, release.release_id)))


def settled_rows(connection: Connection, made: Sequence[Draw]) -> Iterator[dict[str, str]]:
    """What the answers about each draw come to, in one fixed order."""
    for draw in sorted(made, key=lambda one: one.draw_id):
        last = last_answers(draws.judgements(connection, draw.draw_id))
        for (question, sample), answer in sorted(last.items(), key=lambda found: found[0]):
            yield {"draw": draw.draw_id, "question": question, "sample": sample, "answer": answer.answer}


def numbered_authorisations(release: Release) -> dict[str, list[dict[str, Any]]]:
    """Authorisations by source, each user a number; a source whose records cannot be read is left out."""
    found = {}
    for source_id in sorted(release.sources):
        record = recorded_source(release, source_id)
        if record.kind is not SourceKind.SERVICE_USER or record.authorisation is None or not record.authorisation.records:
            continue
        try:
            given = authorisations(record, release.inbox / release.stage.value / source_id)
        except CollectionError:
            continue
        users: dict[str, int] = {}
        found[source_id] = [_numbered(one, users.setdefault(one.user, len(users) + 1)) for one in given]
    return found


def _numbered(given: Authorisation, user: int) -> dict[str, Any]:
    days = {"granted_at": given.granted_at, "revoked_at": given.revoked_at}
    stated = {name: day.isoformat() if day else None for name, day in days.items()}
    return {"user": user, "scope": list(given.scope), **stated, "text_version": given.text_version}


def _travelling(name: str, row: dict[str, Any], staging: Staging, excerpts: Excerpts) -> dict[str, Any]:
    """A row whose objects are those of the bundle."""
    if name == "artifact":
        scanned = row["object"] and "draw" in json.loads(row["facts"])
        if scanned:
            staging.add_file(f"{OBJECTS}{row['object']}.json", excerpts.objects.verified(row["object"]))
        return row if scanned else {**row, "object": None}
    kinds = NAMED.get(name) or {column: column for column in COLUMNS if column in row}
    return row | {column: excerpts.of(row[column], kind) for column, kind in kinds.items()}
