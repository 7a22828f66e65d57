"""Every stored object that a row names; the others are left-overs of killed runs."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from dataset_safety.store.tables import annotation, annotation_part, artifact, corpus_part, draw, evidence, labelling

COLUMNS = (
    annotation.c.quarantine_object,
    annotation_part.c.object,
    labelling.c.object,
    corpus_part.c.kept_object,
    corpus_part.c.excluded_object,
    draw.c.items_object,
    artifact.c.object,
)


def referenced_objects(connection: Connection) -> set[str]:
    """Names of all objects in use, documents of evidence included."""
    named = {str(value) for column in COLUMNS for value in connection.execute(select(column)).scalars() if value}
    for content in connection.execute(select(evidence.c.content)).scalars():
        document = json.loads(content).get("document")
        if document:
            named.add(str(document))
    return named
