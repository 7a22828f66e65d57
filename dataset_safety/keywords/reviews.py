"""Reviews that found nothing to change, and the age of the content (B.1 c): a review never makes content younger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.keywords.generations import CLAUSE, activations
from dataset_safety.keywords.refreshing import in_force
from dataset_safety.store import artifacts, audit
from dataset_safety.store.artifacts import KEYWORD_LIBRARY, Evidence
from dataset_safety.store.facade import Store

REVIEW = "keyword_review"
MANY = 2


def record_review(store: Store, name: str) -> int:
    """A named person looked at the library and found nothing to change; how many in a row that makes."""
    generation = in_force(store).generation
    with store.database.write() as connection:
        found = Evidence(REVIEW, CLAUSE, name, {"generation": generation}, clock.now().isoformat())
        artifacts.save_evidence(connection, found)
        audit.append(connection, "keywords.review", generation, reviewer=name)
        return reviews_in_a_row(connection)


def reviews_in_a_row(connection: Connection) -> int:
    """Reviews without a change since the content last changed."""
    since = max((one.at for one in activations(connection)), default="")
    found = artifacts.evidence_for(connection, CLAUSE)
    return sum(one.kind == REVIEW and one.collected_at > since for one in found)


def review_warnings(reviews: int) -> Iterator[str]:
    """What is to be told about so many reviews in a row that changed nothing."""
    if reviews >= MANY:
        yield f"{reviews} reviews in a row found nothing to change"


def changed_on(connection: Connection) -> str:
    """Day on which the active content was last changed with approval; empty when there is none."""
    active = artifacts.active(connection, KEYWORD_LIBRARY)
    if active is None:
        return ""
    ours = [one.at for one in activations(connection) if one.generation == active.version and not one.rolled_back]
    return ours[-1][:10] if ours else str(active.facts["updated_at"])


@dataclass(frozen=True, slots=True)
class Standing:
    """How the library stands now: what is in force, since when, and the reviews that changed nothing."""

    generation: str
    version: int
    changed_on: str
    reviews: int
    sources: frozenset[str]


def standing(connection: Connection) -> Standing:
    """The present standing."""
    active, history = artifacts.active(connection, KEYWORD_LIBRARY), activations(connection)
    ours = [one.version for one in history if active is not None and one.generation == active.version and not one.rolled_back]
    return Standing(
        active.version if active else "",
        ours[-1] if ours else 1,
        changed_on(connection),
        reviews_in_a_row(connection),
        frozenset(source for one in history for source in one.sources),
    )
