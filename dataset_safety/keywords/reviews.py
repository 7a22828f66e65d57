"""Reviews that found nothing to change, and the age of the content (B.1 c): a review never makes content younger."""

from __future__ import annotations

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


def changed_on(connection: Connection) -> str:
    """Day on which the active content was last changed with approval; empty when there is none."""
    active = artifacts.active(connection, KEYWORD_LIBRARY)
    if active is None:
        return ""
    ours = [one.at for one in activations(connection) if one.generation == active.version and not one.rolled_back]
    return ours[-1][:10] if ours else str(active.facts["updated_at"])
