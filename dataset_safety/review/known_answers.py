"""Known-answer items: texts whose answer is known beforehand, mixed into the large draw to see how people judge.

One in 64 samples that a person gets (1.6 %) is such an item, at places that a keyed hash chooses, so a restart changes
nothing. It looks like any other sample. Its answers are evidence about the person and never a judgement: no draw, count or
verdict ever sees them. The items are those that ship with the package until an operator registers a file of their own.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.evaluation.draws import bottom_k, seed_of
from dataset_safety.evaluation.reviewing import MANUAL
from dataset_safety.review import showing
from dataset_safety.review.errors import RefusedImport
from dataset_safety.review.judging import Given
from dataset_safety.review.questions import task_of
from dataset_safety.review.queue import Queue
from dataset_safety.review.reviewers import Reviewer, Role
from dataset_safety.standard import Stage
from dataset_safety.store import artifacts
from dataset_safety.store.artifacts import Artifact, Evidence
from dataset_safety.store.canonical import canonical_json, digest_of
from dataset_safety.store.facade import Store

KIND = "known_answers"
EVENT, CLAUSE = "known_answer", "review.known_answers"
BLOCK, FIRST = 64, 16
"""One item in every block of so many samples, never among the first sixteen of a block."""
LONGEST_FILE = 4 * 1024 * 1024
LEAST_RIGHT_PERCENT = 80


class KnownItem(BaseModel):
    """One text with the answers that are right about it; questions that are not named may be answered either way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=showing.PIECE)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    answers: Annotated[dict[str, str], Field(min_length=1)]

    @property
    def id(self) -> str:
        """Hash of what is shown."""
        return digest_of([self.language, self.text])


@dataclass(frozen=True, slots=True)
class Result:
    """How one person answered known items: how many, and how many of them right."""

    reviewer: str
    answered: int
    right: int

    @property
    def doubtful(self) -> bool:
        """Whether fewer than 80 % were right."""
        return self.right * 100 < LEAST_RIGHT_PERCENT * self.answered


def parsed(content: bytes) -> tuple[KnownItem, ...]:
    """The items of a JSONL file, or :class:`RefusedImport` with the numbers of its bad lines, never their text."""
    if len(content) > LONGEST_FILE:
        raise RefusedImport("the file of known answers is longer than 4 MiB", hint="some hundred short texts are enough.")
    found, problems = [], []
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            try:
                found.append(_checked(KnownItem.model_validate_json(line)))
            except ValidationError as invalid:
                first = invalid.errors(include_input=False, include_url=False, include_context=False)[0]
                problems.append((number, f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"))
            except ValueError as wrong:
                problems.append((number, str(wrong)))
    if len({item.id for item in found}) < len(found):
        problems.append((0, "a text stands twice"))
    if problems or not found:
        named = "; ".join(f"line {number}: {what}" for number, what in problems[:20]) or "it holds no item"
        hint = 'write lines such as {"text": "...", "language": "en", "answers": {"risk": "no"}}.'
        raise RefusedImport(f"known answers refused: {named}", hint=hint, problems=tuple(problems))
    return tuple(found)


def _checked(item: KnownItem) -> KnownItem:
    """An item whose answers the large draw can be given; doubt is never the right answer."""
    task = task_of(MANUAL, Stage.FINE_TUNING)
    allowed = {question.id: (question.good, question.bad) for question in task.questions} if task else {}
    if any(answer not in allowed.get(question, ()) for question, answer in item.answers.items()):
        raise ValueError(f"answers: each is one of {allowed}")
    return item


def register(store: Store, content: bytes) -> tuple[KnownItem, ...]:
    """Put an operator's file in force; the page uses it from its next start."""
    items = parsed(content)
    lines = "".join(canonical_json(item.model_dump()) + "\n" for item in items).encode()
    stored = store.objects.publish_bytes(lines)
    with store.database.write() as connection:
        artifacts.save(connection, Artifact(KIND, stored, {"items": len(items)}, stored))
        artifacts.activate(connection, KIND, stored, reason="registered by an operator")
    return items


def in_force(store: Store) -> tuple[KnownItem, ...]:
    """The operator's items, or those that ship with the package."""
    with store.database.read() as connection:
        active = artifacts.active(connection, KIND)
    if active is not None and active.object is not None:
        return parsed(store.objects.read_bytes(active.object))
    return parsed((resources.files("dataset_safety.review") / "known_answers.jsonl").read_bytes())


@dataclass(frozen=True, slots=True)
class _Said:
    """One standing answer about a known item."""

    place: int
    item: str
    right: bool
    at: datetime
    answers: Mapping[str, str] = field(default_factory=dict)


class KnownAnswers:
    """The items of one server, and where each person stands with them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.items = in_force(store)
        self._said: dict[tuple[str, str], list[_Said]] = {}
        self._lock = threading.Lock()

    def due(self, queue: Queue, reviewer: Reviewer, besides: Collection[str] = ()) -> dict[str, Any] | None:
        """The item that this person gets now instead of a drawn sample, as the page shows it."""
        if queue.task.purpose != MANUAL or reviewer.role is not Role.REVIEWER:
            return None
        place = self.answered(queue, reviewer)
        item = self._at(queue, reviewer, place)
        if item is None or queue.judged_by(reviewer.name) < _after(queue, reviewer, place):
            return None
        return None if _disguise(queue, reviewer, place, item.id) in besides else _shown(queue, reviewer, place, item)

    def answered(self, queue: Queue, reviewer: Reviewer) -> int:
        """How many items of a draw a person has answered."""
        return len(self._standing(queue, reviewer))

    def record(self, queue: Queue, reviewer: Reviewer, given: Given, risks: Sequence[str]) -> bool:
        """Keep what a person says about a known item, once; False when the sample is none, so that it is a judgement."""
        said = self._standing(queue, reviewer)
        if any(given.sample_id == _disguise(queue, reviewer, one.place, one.item) for one in said):
            return True  # sent again after a lost reply
        item = self._at(queue, reviewer, len(said)) if queue.task.purpose == MANUAL else None
        if item is None or given.sample_id != _disguise(queue, reviewer, len(said), item.id):
            return False
        answers = queue.task.checked(given.answers, given.categories, risks)
        right = all(answers.get(question) == answer for question, answer in item.answers.items())
        self._append(queue, reviewer, len(said), {"item": item.id, "right": right, "answers": answers})
        return True

    def take_back(self, queue: Queue, reviewer: Reviewer) -> tuple[dict[str, Any], Mapping[str, str]] | None:
        """Withdraw the answer about a known item where it is the last thing that this person said."""
        said = self._standing(queue, reviewer)
        sample = queue.last_of(reviewer.name)
        if not said:
            return None
        last = said[-1]
        if sample is not None:
            live = queue.standing[sample].live(reviewer.name).values()
            if any(datetime.fromisoformat(answer.finished_at) > last.at for answer in live):
                return None
        item = next((one for one in self.items if one.id == last.item), None)
        if item is None:
            return None
        self._append(queue, reviewer, last.place, {"withdrawn": True})
        return _shown(queue, reviewer, last.place, item), last.answers

    def _at(self, queue: Queue, reviewer: Reviewer, place: int) -> KnownItem | None:
        """The item of a place: those that the person reads, in an order of their own, again from the first after the last."""
        readable = {item.id: item for item in self.items if reviewer.reads(item.language)}
        readable = {name: item for name, item in readable.items() if set(item.answers) <= {q.id for q in queue.task.questions}}
        order = bottom_k(readable, len(readable), seed_of(queue.desk.draw.seed, reviewer.name, KIND))
        return readable[order[place % len(order)]] if order else None

    def _standing(self, queue: Queue, reviewer: Reviewer) -> list[_Said]:
        key = (queue.desk.draw.draw_id, reviewer.name)
        with self._lock:
            if key not in self._said:
                with self.store.database.read() as connection:
                    self._said[key] = _standing(connection).get(key, [])
            return list(self._said[key])

    def _append(self, queue: Queue, reviewer: Reviewer, place: int, what: Mapping[str, Any]) -> None:
        """One more event, unless another server has stored it meanwhile."""
        key = (queue.desk.draw.draw_id, reviewer.name)
        content = {"draw": key[0], "place": place, **what}
        with self._lock, self.store.database.write() as connection:
            known = len(_standing(connection).get(key, []))
            if known == place + bool(what.get("withdrawn")):
                artifacts.save_evidence(connection, Evidence(EVENT, CLAUSE, reviewer.name, content, clock.now().isoformat()))
            self._said[key] = _standing(connection).get(key, [])


def results(connection: Connection) -> list[Result]:
    """How everybody has answered known items so far, over all draws."""
    by_person: dict[str, list[_Said]] = {}
    for (_, reviewer), said in _standing(connection).items():
        by_person.setdefault(reviewer, []).extend(said)
    return [Result(name, len(said), sum(one.right for one in said)) for name, said in sorted(by_person.items()) if said]


def _standing(connection: Connection) -> dict[tuple[str, str], list[_Said]]:
    """Answers that were not taken back, by draw and reviewer."""
    found: dict[tuple[str, str], list[_Said]] = {}
    for event in artifacts.evidence_for(connection, CLAUSE):
        content = event.content
        mine = found.setdefault((content["draw"], event.subject), [])
        if content.get("withdrawn"):
            mine.pop()
        else:
            at = datetime.fromisoformat(event.collected_at)
            mine.append(_Said(content["place"], content["item"], content["right"], at, content["answers"]))
    return found


def _after(queue: Queue, reviewer: Reviewer, place: int) -> int:
    """After how many drawn samples a person gets the item of a place."""
    drawn = hashlib.sha256(f"{queue.desk.draw.seed}:{reviewer.name}:{place}".encode()).digest()
    return place * BLOCK + FIRST + int.from_bytes(drawn[:4]) % (BLOCK - FIRST)


def _disguise(queue: Queue, reviewer: Reviewer, place: int, item: str) -> str:
    """An id like that of any sample."""
    return digest_of([KIND, queue.desk.draw.draw_id, reviewer.name, place, item])


def _shown(queue: Queue, reviewer: Reviewer, place: int, item: KnownItem) -> dict[str, Any]:
    """The item in the form of any sample."""
    text = showing.piece(item.text, [], 0)
    sample = _disguise(queue, reviewer, place, item.id)
    return {"sample": sample, "language": item.language, "kind": "text", "text": text, "beside": []}
