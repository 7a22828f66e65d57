"""T4 and T5: the frozen draws, what people answered, and the shares that the checks measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dataset_safety.evaluation.guideline import Rules
from dataset_safety.evaluation.reviewing import WITHDRAWN, settled
from dataset_safety.evaluation.statistics import clopper_pearson
from dataset_safety.records import Verdict
from dataset_safety.report.model import AnswerRow, DrawRow, OutdatedRow, ShareRow
from dataset_safety.report.plans import SETTLED
from dataset_safety.store.draws import Draw, Judgement

SHARES = (".manual", ".technical")


def counting(given: Sequence[Judgement], rules: Rules) -> list[Judgement]:
    """The answers that were given under the rules in force."""
    return [answer for answer in given if rules.cover(answer.rules_version)]


def outdated_rows(answers: Mapping[Draw, Sequence[Judgement]], rules: Rules) -> Iterator[OutdatedRow]:
    """T5: what was answered under other rules than those in force, which counts for nothing."""
    for draw, given in answers.items():
        void = [answer for answer in given if not rules.cover(answer.rules_version) and answer.answer != WITHDRAWN]
        for version in sorted({answer.rules_version for answer in void}):
            samples = {answer.sample_id for answer in void if answer.rules_version == version}
            yield OutdatedRow(draw.purpose, draw.draw_id, version, rules.version, len(samples))


def last_answers(given: Sequence[Judgement]) -> dict[tuple[str, str], Judgement]:
    """The answer that holds for each question and sample: what its people settled on; open and undone ones are left out."""
    last: dict[tuple[str, str], dict[str, Judgement]] = {}
    for answer in given:
        last.setdefault((answer.question, answer.sample_id), {})[answer.reviewer] = answer
    found = {}
    for key, by_person in last.items():
        value = settled(list(by_person.values()))
        standing = [answer for answer in by_person.values() if answer.answer == value]
        if standing:
            found[key] = standing[-1]
    return found


def draw_row(draw: Draw, given: Sequence[Judgement]) -> DrawRow:
    """T4."""
    return DrawRow(draw, len({answer.sample_id for answer in given}))


def answer_rows(draw: Draw, given: Sequence[Judgement]) -> list[AnswerRow]:
    """T5: one row a question of a draw that somebody answered."""
    by_question: dict[str, Counter[str]] = {}
    for (question, _), answer in last_answers(given).items():
        by_question.setdefault(question, Counter())[answer.answer] += 1
    return [
        AnswerRow(draw.purpose, draw.draw_id, question, draw.size, counts.total(), dict(counts.most_common()))
        for question, counts in sorted(by_question.items())
    ]


def judged_risks(answers: Mapping[Draw, Sequence[Judgement]]) -> Counter[str]:
    """How many drawn samples people assigned to each risk."""
    found: Counter[str] = Counter()
    for given in answers.values():
        for answer in last_answers(given).values():
            found.update(set(answer.categories))
    return found


def share_rows(verdicts: Sequence[Verdict], made: Sequence[Draw]) -> Iterator[ShareRow]:
    """T5: checks that compare a share of a draw with a threshold, however deep they stand; a census has no interval."""
    censuses = {draw.seed for draw in made if draw.census}
    for verdict in verdicts:
        yield from share_rows(verdict.parts, made)
        if verdict.n and verdict.k is not None and verdict.clause.endswith(SHARES):
            known = verdict.value in SETTLED and verdict.seed not in censuses
            interval = clopper_pearson(verdict.n - verdict.k, verdict.n) if known else None
            yield ShareRow(
                verdict.clause,
                verdict.value,
                verdict.n,
                verdict.k,
                verdict.value in SETTLED,
                interval,
                verdict.required,
                verdict.observed,
            )
