"""The rows that the verdicts of one release rest on: out of one database, and into an empty one that recomputes them.

What stays behind: who may sign in (token hashes), free-text notes of reviewers, and the path of the inbox. Every
table is either in an excerpt or named in ``LEFT_OUT``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, insert, select, true
from sqlalchemy.exc import SQLAlchemyError

from dataset_safety.store import tables
from dataset_safety.store.errors import StoreError
from dataset_safety.store.tables import metadata

LEFT_OUT = frozenset({"verdict"})
TABLES = tuple(table.name for table in metadata.sorted_tables if table.name not in LEFT_OUT)
"""Tables of an excerpt, each behind those that it refers to."""
BLANKED = {"release": ("inbox",), "judgement": ("note",)}
SIGN_IN = "review"  # the clause under which reviewers' tokens and sessions stand
CHUNK = 500
Row = Mapping[str, Any]


class ExcerptRefused(StoreError):
    """Rows do not fit the tables of this version."""

    exit_code = 2


def excerpt(connection: Connection, release_id: str, corpus_id: str) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Name and rows of each table, in the order in which they can be inserted; read each to its end before the next."""
    for name, query in _queries(release_id, corpus_id, _recipes(connection, corpus_id)).items():
        yield name, _rows(connection, name, query)


def restore(connection: Connection, name: str, rows: Iterable[Row]) -> int:
    """Insert the rows of one table as they are, without events of their own; how many there were."""
    table = metadata.tables.get(name)
    if table is None or name in LEFT_OUT:
        raise ExcerptRefused(f"there is no table {name[:64]!r} in an excerpt", hint="a later version made it: install that one.")
    columns, waiting, total = set(table.columns.keys()), iter(rows), 0
    while chunk := list(islice(waiting, CHUNK)):
        if any(set(row) != columns or not all(isinstance(cell, _CELL) for cell in row.values()) for row in chunk):
            raise ExcerptRefused(f"a row of table {name} has other columns than this version knows", hint=_VERSION, table=name)
        try:
            connection.execute(insert(table), chunk)
        except (SQLAlchemyError, OverflowError, UnicodeEncodeError):
            raise ExcerptRefused(f"a row of table {name} contradicts the others", hint=_VERSION, table=name) from None
        total += len(chunk)
    return total


_CELL = (str, int, type(None))
_VERSION = "verify with the version that made it; if that fails too, the rows were changed."


def _recipes(connection: Connection, corpus_id: str) -> list[str]:
    """The recipe of a corpus and those that its content names, which it was made upon."""
    query = select(tables.recipe).join(tables.corpus, tables.corpus.c.recipe == tables.recipe.c.recipe)
    row = connection.execute(query.where(tables.corpus.c.corpus_id == corpus_id)).one()
    known = connection.execute(select(tables.recipe.c.recipe)).scalars()
    return [name for name in known if name == row.recipe or name in row.content]


def _queries(release_id: str, corpus_id: str, recipes: Sequence[str]) -> dict[str, Select[Any]]:
    """Draws of the whole stage with all answers travel, because answers outlive the release that they were given in."""
    stage = select(tables.release.c.stage).where(tables.release.c.release_id == release_id).scalar_subquery()
    parts = select(tables.corpus_part.c.part).where(tables.corpus_part.c.corpus_id == corpus_id)
    narrowed = {
        "draw_id": select(tables.draw.c.draw_id).where(tables.draw.c.stage == stage),
        "corpus_id": select(tables.corpus.c.corpus_id).where(tables.corpus.c.corpus_id == corpus_id),
        "release_id": select(tables.release.c.release_id).where(tables.release.c.release_id == release_id),
        "shard_key": select(tables.release_shard.c.shard_key).where(tables.release_shard.c.release_id == release_id),
    }
    own = {
        "release": tables.release.c.stage == stage,
        "draw": tables.draw.c.stage == stage,
        "recipe": tables.recipe.c.recipe.in_(recipes),
        "labelling": tables.labelling.c.recipe.in_(recipes) & tables.labelling.c.part.in_(parts),
        "evidence": tables.evidence.c.clause != SIGN_IN,
    }
    queries = {}
    for name in TABLES:
        table = metadata.tables[name]
        column = next((column for column in narrowed if column in table.c), None)
        chosen = own.get(name, true()) if column is None or name in own else table.c[column].in_(narrowed[column])
        queries[name] = select(table).where(chosen).order_by(*table.primary_key.columns)
    return queries


def _rows(connection: Connection, name: str, query: Select[Any]) -> Iterator[dict[str, Any]]:
    blanked = dict.fromkeys(BLANKED.get(name, ()), "")
    with closing(connection.execute(query, execution_options={"yield_per": 2000})) as found:
        for row in found:
            yield {**row._mapping, **blanked}
