"""Which sample a person judges next.

Every sample needs one answer, a tenth of them (chosen by keyed hash, the same on every machine) two from different
people. What was said in an earlier draw and still holds is not asked again; what was said under other rules is. A lease
keeps two people from the same sample; the database decides in the end (see ``judging``). Differences and doubts wait for
an adjudicator who has not judged the sample. All state is rebuilt from the stored answers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from dataset_safety.evaluation.draws import doubly_judged
from dataset_safety.evaluation.reviewing import HELD, WITHDRAWN, holds, outdated, settled
from dataset_safety.review.desk import Desk
from dataset_safety.review.questions import CANNOT_READ, Task
from dataset_safety.review.reviewers import Reviewer, Role
from dataset_safety.store.draws import Judgement

LEASE_SECONDS = 900.0


@dataclass(slots=True)
class Standing:
    """The last answers of each person about one sample: reviewer -> question -> answer."""

    given: dict[str, dict[str, Judgement]] = field(default_factory=dict)

    def live(self, reviewer: str) -> dict[str, Judgement]:
        """What one person says now; nothing after an undo."""
        said = self.given.get(reviewer, {})
        return {question: answer for question, answer in said.items() if answer.answer != WITHDRAWN}

    def people(self, role: str | None = None) -> dict[str, dict[str, Judgement]]:
        """Everybody with a standing answer, of one role if stated."""
        found = {name: self.live(name) for name in self.given}
        return {name: said for name, said in found.items() if said and role in (None, next(iter(said.values())).role)}

    def readers(self, main: str) -> int:
        """How many people judged it, whoever could not read it apart."""
        return sum(said[main].answer != CANNOT_READ for said in self.people().values() if main in said)

    def disputed(self, task: Task) -> bool:
        """Whether people differ or doubt and nobody has settled it."""
        people = self.people()
        for question in task.questions:
            last = [said[question.id] for said in people.values() if question.id in said]
            if settled(last) is None and any(answer.answer not in (CANNOT_READ,) for answer in last):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a draw stands; ``outdated`` samples are open again, because they were judged under an earlier guideline only."""

    drawn: int
    judged: int
    doubly: int
    doubly_needed: int
    disputed: int
    lost: int
    no_reader: int
    outdated: int


class Queue:
    """The open samples of one draw; used from several threads. ``earlier`` are the draws whose answers may still hold."""

    def __init__(self, desk: Desk, task: Task, earlier: Sequence[str] = ()) -> None:
        self.desk, self.task = desk, task
        self.chain = (*earlier, desk.draw.draw_id)
        self.doubly = frozenset[str]() if desk.draw.purpose == HELD else doubly_judged(desk.ids, desk.draw)
        self.standing: dict[str, Standing] = {}
        self.last_seen = 0
        self.lock = threading.RLock()
        self._leases: dict[str, dict[str, float]] = {}
        self._open = dict.fromkeys(sample for sample in desk.ids if sample not in desk.lost)
        self._disputed: dict[str, None] = {}
        self._judged: set[str] = set()
        self._judged_twice: set[str] = set()
        self._outdated: dict[str, dict[str, None]] = {}  # by sample the versions of the rules that it was judged under
        self._by_person: dict[str, dict[str, None]] = {}  # in the order of their answers

    def learn(self, answers: Iterable[Judgement]) -> None:
        """Take in stored answers, in order; answers about other content, or under other rules, are void."""
        with self.lock:
            for answer in answers:
                self.last_seen = max(self.last_seen, answer.judgement_id or 0)
                if not holds(answer, self.desk.shown, self.desk.rules):
                    if outdated(answer, self.desk.shown, self.desk.rules):
                        self._outdated.setdefault(answer.sample_id, {})[answer.rules_version] = None
                    continue
                standing = self.standing.setdefault(answer.sample_id, Standing())
                mine = standing.given.setdefault(answer.reviewer, {})
                if answer.question in mine and (mine[answer.question].judgement_id or 0) >= (answer.judgement_id or 0):
                    continue  # another thread has brought it already
                mine[answer.question] = answer
                self._sort(answer.sample_id, answer.reviewer)

    def next_for(self, reviewer: Reviewer, besides: Collection[str] = ()) -> str | None:
        """Lease the next sample to a person: what they hold already first, then the first that fits."""
        if reviewer.role is Role.VIEWER:
            return None
        with self.lock:
            now = time.monotonic()
            for sample in self._candidates(reviewer, now):
                if sample not in besides:
                    self.lease(sample, reviewer.name)
                    return sample
        return None

    def open_for(self, sample: str, reviewer: Reviewer) -> bool:
        """Whether this person's answer about a sample is wanted."""
        standing = self.standing.get(sample, Standing())
        if reviewer.role is Role.ADJUDICATOR:
            return standing.disputed(self.task) and reviewer.name not in standing.people()
        mine = standing.live(reviewer.name)
        return not mine and standing.readers(self.task.main.id) < self.needed(sample) and sample not in self.desk.lost

    def needed(self, sample: str) -> int:
        """How many people judge a sample."""
        return 2 if sample in self.doubly else 1

    def lease(self, sample: str, reviewer: str) -> None:
        """Keep a sample for a person."""
        with self.lock:
            self._leases.setdefault(sample, {})[reviewer] = time.monotonic() + LEASE_SECONDS

    def release(self, sample: str, reviewer: str) -> None:
        """End a lease."""
        with self.lock:
            self._leases.get(sample, {}).pop(reviewer, None)

    def progress(self, reviewers: Collection[Reviewer] = ()) -> Progress:
        """Counts for people."""
        with self.lock:
            places = self.desk.places
            stuck = [s for s in self._open if reviewers and not any(person.reads(places[s].language) for person in reviewers)]
            return Progress(
                len(self.desk.ids),
                len(self._judged),
                len(self._judged_twice & self.doubly),
                len(self.doubly),
                len(self._disputed),
                len(self.desk.lost),
                len(stuck),
                len(self._outdated.keys() - self._judged),
            )

    def outdated_rules(self) -> list[str]:
        """Earlier versions of the rules under which samples that are open again were judged."""
        with self.lock:
            return sorted({one for name, versions in self._outdated.items() if name not in self._judged for one in versions})

    def judged_by(self, reviewer: str) -> int:
        """How many samples a person has judged."""
        return len(self._by_person.get(reviewer, ()))

    def last_of(self, reviewer: str) -> str | None:
        """The sample that a person judged last and has not taken back."""
        return next(reversed(self._by_person.get(reviewer, {})), None)

    def _candidates(self, reviewer: Reviewer, now: float) -> Iterator[str]:
        pool = self._disputed if reviewer.role is Role.ADJUDICATOR else self._open
        held = [sample for sample, owners in self._leases.items() if owners.get(reviewer.name, 0.0) > now]
        yield from (sample for sample in held if sample in pool and self.open_for(sample, reviewer))
        for sample in pool:
            if self.desk.places[sample].language and not reviewer.reads(self.desk.places[sample].language):
                continue
            others = sum(until > now for name, until in self._leases.get(sample, {}).items() if name != reviewer.name)
            standing = self.standing.get(sample)
            judged = standing.readers(self.task.main.id) if standing else 0
            free = 1 if reviewer.role is Role.ADJUDICATOR else self.needed(sample) - judged
            if others < free and self.open_for(sample, reviewer):
                yield sample

    def _sort(self, sample: str, reviewer: str) -> None:
        """Put a sample into the queues and counts it belongs to after an answer."""
        standing = self.standing[sample]
        mine = self._by_person.setdefault(reviewer, {})
        mine.pop(sample, None)
        if standing.live(reviewer):
            mine[sample] = None
        readers = standing.readers(self.task.main.id)
        for counted, least in ((self._judged, 1), (self._judged_twice, 2)):
            (counted.add if readers >= least else counted.discard)(sample)
        if sample in self.desk.lost:
            return
        if readers >= self.needed(sample):
            self._open.pop(sample, None)
            self._leases.pop(sample, None)
        else:
            self._open[sample] = None
        if standing.disputed(self.task):
            self._disputed[sample] = None
        else:
            self._disputed.pop(sample, None)
