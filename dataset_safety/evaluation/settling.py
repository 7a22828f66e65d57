"""What people settled, as far as it may act on the data (6.3, 8.2.3): the decisions that flow back into the filter.

Answers about a draw act once the draw is closed: every sample settled, the tenth judged by two people. From then on
the last settled answer about a sample stands until people settle another, so that an undo moves no row. Samples of the
technical audit act when everything that one scan flagged is settled. A held row is decided alone, as soon as it is settled.

When the rules change, answers no longer count for the verdicts, but what has acted goes on: condemned rows do not flow back
into P2 because a guideline was worded anew. A draw closes, and people settle, only by answers under one version of the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dataset_safety.evaluation.audits import flagged, stored_audits
from dataset_safety.evaluation.draws import doubly_judged, read_items
from dataset_safety.evaluation.guideline import Rules, rules_in_force
from dataset_safety.evaluation.reviewing import HELD, MANUAL, TECHNICAL, ballots, questions_of, readers, settled
from dataset_safety.preprocessing.manual import decisions_digest
from dataset_safety.records import CONDEMNS, Settled
from dataset_safety.standard import Stage
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.draws import Draw, Judgement, judgements_of, last_judgement, stage_draws
from dataset_safety.store.facade import Store


@dataclass(frozen=True)
class Decisions:
    """What people settled about the data of a stage: by sample, which draws are closed, and the last answer seen."""

    settled: Mapping[str, Settled]
    closed: frozenset[str]
    last: int

    @cached_property
    def digest(self) -> str:
        """Changes when a draw closes or reopens and when a decision does; answers in between leave it alone."""
        return digest_of([decisions_digest(self.settled), sorted(self.closed)])

    def counts(self) -> dict[str, int]:
        """How many samples people condemned in draws, and cleared or confirmed among the held ones."""
        said = list(self.settled.values())
        held = [one.answers.get("held") for one in said]
        condemned = sum(bool(one.condemned) for one in said)
        return {"condemned": condemned, "held_cleared": held.count("clear"), "held_confirmed": held.count("confirm")}


NOTHING = Decisions({}, frozenset(), 0)
"""What is settled before anybody judges."""


def decided(store: Store, stage: Stage) -> Decisions:
    """The decisions of a stage as they stand now; answers are bound to samples, not to releases."""
    with store.database.read() as connection:
        made, last = stage_draws(connection, stage), last_judgement(connection, stage)
    found: dict[str, _Sample] = {}
    closed: set[str] = set()
    for purpose in (MANUAL, TECHNICAL):
        of_purpose = [drawn for drawn in made if drawn.purpose == purpose]
        for name, finals in _closed_finals(store, of_purpose, closed).items():
            found.setdefault(name, _Sample()).take(finals)
    for name, finals in _held_finals(store, [drawn for drawn in made if drawn.purpose == HELD]).items():
        found.setdefault(name, _Sample()).take(finals)
    others = (drawn for drawn in made if drawn.purpose not in (MANUAL, TECHNICAL, HELD))
    closed |= {drawn.draw_id for drawn in others if ballots(store, drawn).closed}
    return Decisions({name: sample.settled() for name, sample in sorted(found.items())}, frozenset(closed), last)


@dataclass(frozen=True, slots=True)
class _Final:
    """One settled answer with what it rests on."""

    question: str
    answer: str
    risks: tuple[str, ...]
    shown: str
    rules: str

    @classmethod
    def of(cls, question: str, answer: str, last: Iterable[Judgement]) -> _Final:
        standing = [one for one in last if one.answer == answer]
        risks = tuple(sorted({risk for one in standing for risk in one.categories}))
        return cls(question, answer, risks, standing[-1].shown_sha256, standing[-1].rules_version)


@dataclass(slots=True)
class _Sample:
    """All settled answers about one sample; of two draws that differ, the one that condemns holds."""

    finals: dict[str, _Final] = field(default_factory=dict)

    def take(self, finals: Iterable[_Final]) -> None:
        for found in finals:
            before = self.finals.get(found.question)
            if before is None or before.answer != CONDEMNS.get(found.question):
                self.finals[found.question] = found

    def settled(self) -> Settled:
        standing = list(self.finals.values())
        risks = sorted({risk for found in standing for risk in found.risks})
        answers = {found.question: found.answer for found in standing}
        return Settled(standing[-1].shown, answers, tuple(risks), standing[-1].rules)


class _Replay:
    """The answers about one draw taken in one after another, to see whether it was ever closed."""

    def __init__(self, asked: Sequence[str], drawn: Draw, rules: Rules) -> None:
        self.rules, self.version = rules, ""
        self.questions = questions_of(drawn.purpose)
        self.doubly = doubly_judged(asked, drawn)
        self.asked = frozenset(asked)
        self.open = set(asked)
        self.closed = False
        self.last: dict[tuple[str, str], dict[str, Judgement]] = {}
        self.values: dict[tuple[str, str], str | None] = {}
        self.finals: dict[str, dict[str, _Final]] = {}

    def take(self, answer: Judgement) -> None:
        sample, key = answer.sample_id, (answer.sample_id, answer.question)
        if sample not in self.asked or answer.question not in self.questions:
            return
        self._under(answer.rules_version)
        last = self.last.setdefault(key, {})
        last[answer.reviewer] = answer
        self.values[key] = value = settled(list(last.values()))
        if value is not None:
            self.finals.setdefault(sample, {})[answer.question] = _Final.of(answer.question, value, last.values())
        (self.open.discard if self._done(sample) else self.open.add)(sample)
        self.closed = self.closed or not self.open

    def _under(self, version: str) -> None:
        """From the first answer under other rules on everything has to be judged again; what was settled stands until then."""
        if self.version and not self.rules.agree(version, self.version):
            self.open = set(self.asked)
            self.last.clear()
            self.values.clear()
        self.version = version

    def _done(self, sample: str) -> bool:
        keys = [(sample, question) for question in self.questions]
        twice = sample not in self.doubly or all(readers(self.last.get(key, {})) >= 2 for key in keys)
        return twice and all(self.values.get(key) is not None for key in keys)


def _closed_finals(store: Store, made: Sequence[Draw], closed: set[str]) -> dict[str, list[_Final]]:
    """The last settled answers of every closed draw of one purpose, later draws over earlier ones; notes what is closed."""
    found: dict[str, list[_Final]] = {}
    rules = rules_in_force(store)
    with store.database.read() as connection:
        given = judgements_of(connection, [drawn.draw_id for drawn in made])
    for place, drawn in enumerate(made):
        items = read_items(store, drawn)
        shown = dict(zip(items["sample_id"].to_list(), items["shown_sha256"].to_list(), strict=True))
        chain = {one.draw_id for one in made[: place + 1]}
        counted = [answer for answer in given if answer.draw_id in chain and _acted(answer, drawn, shown, rules)]
        for asked in _asked(store, drawn, list(shown)):
            replay = _Replay(asked, drawn, rules)
            for answer in counted:
                replay.take(answer)
            if replay.closed:
                closed.add(drawn.draw_id)
                found |= {name: list(finals.values()) for name, finals in replay.finals.items()}
    return found


def _acted(answer: Judgement, drawn: Draw, shown: Mapping[str, str], rules: Rules) -> bool:
    """Whether an answer held for a draw when it was given: the same content, in the draw or under the rules it was drawn by."""
    same = shown.get(answer.sample_id) == answer.shown_sha256
    return same and (answer.draw_id == drawn.draw_id or rules.agree(answer.rules_version, drawn.rules))


def _asked(store: Store, drawn: Draw, ids: Sequence[str]) -> list[list[str]]:
    """What has to be settled for the draw to close; for the technical audit whatever one of its scans flagged."""
    if drawn.purpose != TECHNICAL:
        return [list(ids)]
    scans = (frozenset(flagged(store, audited)) for audited in stored_audits(store, drawn.draw_id))
    return [[name for name in ids if name in scan] for scan in scans]


def _held_finals(store: Store, made: Sequence[Draw]) -> dict[str, list[_Final]]:
    """The settled answers about held rows, each as it stands now; those under one version of the rules settle a row together."""
    with store.database.read() as connection:
        given = judgements_of(connection, [drawn.draw_id for drawn in made])
    rules = rules_in_force(store)
    last: dict[tuple[str, str, str], dict[str, Judgement]] = {}
    for answer in given:
        if answer.question == "held":
            version = rules.version if rules.cover(answer.rules_version) else answer.rules_version
            last.setdefault((answer.sample_id, answer.shown_sha256, version), {})[answer.reviewer] = answer
    values = ((name, settled(list(told.values())), told.values()) for (name, *_), told in last.items())
    return {name: [_Final.of("held", value, told)] for name, value, told in values if value is not None}
