"""Where people stand with the draws that section 8 asks for.

8.2.2 a 1: 100 from each type of source; a 2 and a 3: 100 each; 8.3.2 a 2 and a 4: 100 of the generated rows;
8.2.3 a 3 and a 4, 8.3.3 a 2: one draw of 4,000 from P2 that answers every question; 10 % of P2 for the technical audit.

An answer holds for the same sample, the same shown content and the version of the rules in force, whether it was given in
this draw or in an earlier one of the same stage and purpose (clauses 1.6). One given under other rules is void: it stays on
record and its sample is open again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dataset_safety.evaluation.audits import newest_flagged
from dataset_safety.evaluation.draws import doubly_judged, read_items
from dataset_safety.evaluation.guideline import Rules, rules_in_force
from dataset_safety.store.draws import Draw, Judgement, earlier_draws, judgements_of
from dataset_safety.store.facade import Store

METADATA = "metadata"
RISK_RECORDS = "risk_records"
RIGHTS_RECORDS = "rights_records"
GENERATED = "generated"
MANUAL = "manual"
TECHNICAL = "technical"
HELD = "held"  # rows held until a person decides; no rule ever counts them
OPEN_ANSWERS = frozenset({"unsure", "cannot_read"})
WITHDRAWN = "withdrawn"  # an undo: the answer it supersedes is taken back
ADJUDICATOR = "adjudicator"
GENERATED_RECORD = "generated_record"  # 8.3.3 b 2: not asked but compared, so that it stays blind

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    METADATA: ("metadata",),
    RISK_RECORDS: ("risk_record",),
    RIGHTS_RECORDS: ("rights",),
    GENERATED: ("metadata",),
    MANUAL: ("risk", "rights", "personal_information", "sensitive_information"),
    TECHNICAL: ("risk",),
    HELD: ("held",),
}
"""What has to be settled about every sample before a draw is closed; the first question is the main one."""


def questions_of(purpose: str) -> tuple[str, ...]:
    """The questions whose answers close a draw."""
    if purpose == f"{METADATA}.website":
        return "metadata", "url_consistent"
    return QUESTIONS[purpose.partition(".")[0]]


@dataclass(frozen=True, slots=True)
class Answers:
    """Where one question of one draw stands: drawn, answered, and the ids answered badly.

    ``settled`` are the ids with an answer that holds, ``reused`` counts those that rest on earlier draws alone.
    ``doubly`` of ``doubly_needed`` samples of the tenth have their two answers. ``stale``: there is a draw of this
    purpose, and it was taken from another population than the present one. ``outdated`` samples were judged under
    other rules than those in force, and nobody has judged them since.
    """

    drawn: int
    answered: int
    bad: tuple[str, ...]
    draw: Draw | None = None
    settled: frozenset[str] = frozenset()
    reused: int = 0
    doubly: int = 0
    doubly_needed: int = 0
    stale: bool = False
    judged_once: frozenset[str] = frozenset()
    outdated: int = 0

    @property
    def complete(self) -> bool:
        """Every drawn sample has an answer, and the tenth has two."""
        return self.answered == self.drawn and self.doubly == self.doubly_needed

    @property
    def lacking(self) -> str:
        """What an open draw lacks besides answers, as the end of a sentence."""
        told = f"; {self.outdated} were judged under an earlier guideline and are open again" if self.outdated else ""
        if self.answered == self.drawn and self.doubly < self.doubly_needed:
            told = f", but only {self.doubly} of {self.doubly_needed} by two people{told}"
        return told

    def counting_lost(self, lost: frozenset[str]) -> Answers:
        """The same with drawn samples that nobody can look at any more: not clean, and never replaced."""
        bad = tuple(sorted({*self.bad, *lost}))
        answered, doubly = self.answered + len(lost - self.settled), self.doubly + len(lost & self.judged_once)
        return replace(self, answered=answered, doubly=doubly, bad=bad)


@dataclass(frozen=True)
class Ballots:
    """Everything that holds of what people said about one draw; ``said``: question -> sample -> person -> last answer.

    ``outdated`` are the samples that people judged only under other rules than those in force.
    """

    draw: Draw
    asked: tuple[str, ...]
    doubly: frozenset[str]
    records: Mapping[str, tuple[bool | None, bool | None]]
    said: Mapping[str, Mapping[str, Mapping[str, Judgement]]]
    outdated: frozenset[str] = frozenset()

    def settled(self, question: str) -> dict[str, str]:
        """The settled answer by sample."""
        if question == GENERATED_RECORD:
            return self._compared
        found = ((name, settled(list(last.values()))) for name, last in self.said.get(question, {}).items())
        return {name: value for name, value in found if value is not None}

    def answers(self, question: str, bad: frozenset[str]) -> Answers:
        """Where one question stands."""
        final, told = self.settled(question), self.said.get("risk" if question == GENERATED_RECORD else question, {})
        worse = tuple(sorted(name for name, value in final.items() if value in bad))
        once = frozenset(name for name in self.doubly if readers(told.get(name, {})) < 2)
        reused = sum(all(one.draw_id != self.draw.draw_id for one in told[name].values()) for name in final)
        facts = (self.draw, frozenset(final), reused, len(self.doubly - once), len(self.doubly))
        return Answers(len(self.asked), len(final), worse, *facts, judged_once=once, outdated=len(self.outdated))

    @property
    def closed(self) -> bool:
        """Every question about every sample is settled, and the tenth was judged twice."""
        return bool(self.asked) and all(self.answers(one, frozenset()).complete for one in questions_of(self.draw.purpose))

    @property
    def disputed(self) -> frozenset[str]:
        """Samples about which people differ or doubt and nobody has settled it."""
        return frozenset(
            name
            for question, told in self.said.items()
            for name, last in told.items()
            if settled(list(last.values())) is None and readers(last)
        )

    @cached_property
    def _compared(self) -> dict[str, str]:
        """8.3.3 b 2: whether people and the record frozen before the draw agree, in both directions."""
        found = {}
        for name, value in self.settled("risk").items():
            generated, risky = self.records.get(name, (None, None))
            if generated is not None:
                found[name] = "not_generated" if not generated else "match" if (value == "yes") == risky else "mismatch"
        return found


def ballots(store: Store, drawn: Draw) -> Ballots:
    """What people said about a draw, answers of earlier draws included where they still hold."""
    items = read_items(store, drawn)
    shown = dict(zip(items["sample_id"].to_list(), items["shown_sha256"].to_list(), strict=True))
    asked = asked_about(store, drawn, list(shown))
    with store.database.read() as connection:
        chain = [*(found.draw_id for found in earlier_draws(connection, drawn)), drawn.draw_id]
        given = judgements_of(connection, chain)
    rules, before, since = rules_in_force(store), set[str](), set[str]()
    said: dict[str, dict[str, dict[str, Judgement]]] = {}
    for answer in given:
        if holds(answer, shown, rules):
            said.setdefault(answer.question, {}).setdefault(answer.sample_id, {})[answer.reviewer] = answer
            since.add(answer.sample_id)
        elif outdated(answer, shown, rules):
            before.add(answer.sample_id)
    doubly = frozenset[str]() if drawn.purpose == HELD else doubly_judged(asked, drawn)
    risky = [None if risks is None else bool(risks) for risks in items["risks"].to_list()]
    records = dict(zip(shown, zip(items["generated"].to_list(), risky, strict=True), strict=True))
    return Ballots(drawn, tuple(asked), doubly, records, said, frozenset(asked) & (before - since))


def asked_about(store: Store, drawn: Draw, ids: Sequence[str]) -> list[str]:
    """The drawn samples that people judge: all of them, or for the technical audit those that its arm flagged."""
    if drawn.purpose != TECHNICAL:
        return list(ids)
    found = frozenset(newest_flagged(store, drawn.draw_id))
    return [name for name in ids if name in found]


def holds(answer: Judgement, shown: Mapping[str, str], rules: Rules) -> bool:
    """Whether an answer counts for a draw that shows ``shown``: the same content, judged under these rules."""
    return shown.get(answer.sample_id) == answer.shown_sha256 and rules.cover(answer.rules_version)


def outdated(answer: Judgement, shown: Mapping[str, str], rules: Rules) -> bool:
    """Whether an answer would count, had the rules not changed since."""
    same = shown.get(answer.sample_id) == answer.shown_sha256 and answer.answer != WITHDRAWN
    return same and not rules.cover(answer.rules_version)


def current(made: Sequence[Draw], purpose: str, population: str | None = None) -> Draw | None:
    """The draw in use of a purpose (and population)."""
    fitting = [found for found in made if found.purpose == purpose and population in (None, found.population)]
    return fitting[-1] if fitting else None


def answers(store: Store, drawn: Draw | None, question: str, bad: frozenset[str]) -> Answers:
    """The settled answer for each drawn sample; an answer about other content than drawn is void."""
    return ballots(store, drawn).answers(question, bad) if drawn else Answers(0, 0, ())


def readers(last: Mapping[str, Judgement]) -> int:
    """How many people answered, whoever took it back or could not read the sample apart."""
    return sum(answer.answer not in (WITHDRAWN, "cannot_read") for answer in last.values())


def settled(last: Sequence[Judgement]) -> str | None:
    """What the last answers of all people about one question come to; None while it is open.

    The adjudicator's answer wins; without one, people who differ, or one who is unsure, leave it open. Whoever
    cannot read a sample leaves it to others.
    """
    standing = [answer for answer in last if answer.answer != WITHDRAWN]
    final = [answer for answer in standing if answer.role == ADJUDICATOR and answer.answer not in OPEN_ANSWERS]
    if final:
        return max(final, key=lambda answer: answer.judgement_id or 0).answer
    said = {answer.answer for answer in standing if answer.answer != "cannot_read"}
    return said.pop() if len(said) == 1 and not said & OPEN_ANSWERS else None
