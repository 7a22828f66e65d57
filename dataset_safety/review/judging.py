"""Keeping what a person answers: append-only, in one transaction, none lost and none doubled (clauses 1.6).

The database decides: whether a sample is still wanted is looked up under the write lock, so two servers, a repeated
request or a restart in the middle cannot count an answer twice. A correction and an undo are new rows that supersede.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.evaluation.guideline import guideline
from dataset_safety.evaluation.reviewing import WITHDRAWN
from dataset_safety.review.errors import RefusedAnswer
from dataset_safety.review.queue import Queue
from dataset_safety.review.reviewers import Reviewer, Role
from dataset_safety.store.draws import Judgement, judgements_of, save_judgements
from dataset_safety.store.facade import Store

LONGEST_NOTE = 2000
LONGEST_STAY = 3600.0


@dataclass(frozen=True, slots=True)
class Given:
    """What a person says about one sample."""

    sample_id: str
    answers: Mapping[str, str]
    categories: Sequence[str] = ()
    note: str = ""
    seconds: float = 0.0


def answer(store: Store, queue: Queue, reviewer: Reviewer, given: Given, risks: Sequence[str]) -> None:
    """Store one person's answers about one sample; saying the same twice stores it once."""
    if reviewer.role is Role.VIEWER:
        raise RefusedAnswer("viewers only look", hint="ask for the role reviewer.")
    with store.database.write() as connection:
        refresh(connection, queue)
        made = judged(queue, reviewer, given, risks, guideline().version)
        if made:
            save_judgements(connection, made)
    catch_up(store, queue)
    queue.release(given.sample_id, reviewer.name)


def judged(queue: Queue, reviewer: Reviewer, given: Given, risks: Sequence[str], rules: str) -> list[Judgement]:
    """The rows that an answer given under version ``rules`` becomes; none when exactly this is stored already."""
    shown = queue.desk.shown.get(given.sample_id)
    if shown is None:
        raise RefusedAnswer("the sample does not belong to this draw", hint="reload the page.", sample_id=given.sample_id)
    answers = queue.task.checked(given.answers, given.categories, risks)
    standing = queue.standing.get(given.sample_id)
    mine = standing.live(reviewer.name) if standing else {}
    if not mine and not queue.open_for(given.sample_id, reviewer):
        raise RefusedAnswer("this sample was judged by somebody else meanwhile", hint="go on with the next.")
    if mine and {question: found.answer for question, found in mine.items()} == answers:
        first = next(iter(mine.values()))
        if sorted(mine[queue.task.main.id].categories) == sorted(given.categories) and first.note == given.note[:LONGEST_NOTE]:
            return []
    now = clock.now()
    begun = now - timedelta(seconds=min(max(given.seconds, 0.0), LONGEST_STAY))
    return [
        Judgement(
            queue.desk.draw.draw_id,
            given.sample_id,
            question,
            value,
            sorted(set(given.categories)) if question == queue.task.main.id else [],
            given.note[:LONGEST_NOTE],
            reviewer.name,
            reviewer.role.value,
            rules,
            shown,
            begun.isoformat(),
            now.isoformat(),
            mine[question].judgement_id if question in mine else None,
        )
        for question, value in answers.items()
    ]


def take_back(store: Store, queue: Queue, reviewer: Reviewer) -> tuple[str, dict[str, Judgement]] | None:
    """Withdraw a person's last answers about a sample; what they were, so that the page can show them again."""
    with store.database.write() as connection:
        refresh(connection, queue)
        sample = queue.last_of(reviewer.name)
        if sample is None:
            return None
        said = queue.standing[sample].live(reviewer.name)
        save_judgements(connection, [_withdrawn(found) for found in said.values()])
    catch_up(store, queue)
    queue.lease(sample, reviewer.name)
    return sample, said


def refresh(connection: Connection, queue: Queue) -> None:
    """Let a queue learn what others have stored since."""
    queue.learn(judgements_of(connection, queue.chain, queue.last_seen))


def catch_up(store: Store, queue: Queue) -> None:
    """The same in a transaction of its own."""
    with store.database.read() as connection:
        refresh(connection, queue)


def _withdrawn(found: Judgement) -> Judgement:
    now = clock.now().isoformat()
    return Judgement(
        found.draw_id, found.sample_id, found.question, WITHDRAWN, [], "", found.reviewer, found.role,
        found.rules_version, found.shown_sha256, now, now, found.judgement_id,
    )  # fmt: skip
