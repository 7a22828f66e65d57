"""Where people stand: each draw with what is answered, disputed and open, and who judged how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dataset_safety.evaluation.draws import share_of
from dataset_safety.evaluation.reviewing import HELD, TECHNICAL, WITHDRAWN, settled
from dataset_safety.report.plotted import DrawProgress, PersonRow
from dataset_safety.store.draws import Draw, Judgement

OVERLAP_PERCENT = 10
CANNOT_READ = "cannot_read"
Said = dict[str, dict[str, Judgement]]
"""The last answers about one sample: question -> person -> answer."""


def progress(answers: Mapping[Draw, Sequence[Judgement]]) -> list[DrawProgress]:
    """One row a draw that people are asked about, in the order in which they were made.

    The technical draw is scanned by machine; people are asked about it only where something is flagged.
    """
    return [_progress(draw, given) for draw, given in answers.items() if given or draw.purpose != TECHNICAL]


def _progress(draw: Draw, given: Sequence[Judgement]) -> DrawProgress:
    by_sample: dict[str, Said] = {}
    for answer in given:
        by_sample.setdefault(answer.sample_id, {}).setdefault(answer.question, {})[answer.reviewer] = answer
    standing = [said for said in (_standing(said) for said in by_sample.values()) if said]
    disputed = sum(any(settled(list(last.values())) is None for last in said.values()) for said in standing)
    doubly = sum(len({person for last in said.values() for person in last}) > 1 for said in standing)
    needed = 0 if draw.purpose == HELD else share_of(draw.size, OVERLAP_PERCENT)
    return DrawProgress(draw.purpose, draw.draw_id, draw.size, len(standing) - disputed, disputed, doubly, needed)


def _standing(said: Said) -> Said:
    """Answers that were not taken back, by people who could read the sample."""
    kept = {
        question: {person: one for person, one in last.items() if one.answer not in (WITHDRAWN, CANNOT_READ)}
        for question, last in said.items()
    }
    return {question: last for question, last in kept.items() if last}


def people(answers: Mapping[Draw, Sequence[Judgement]]) -> list[PersonRow]:
    """Who judged how many samples, whoever judged most first; answers that were taken back do not count."""
    samples: dict[tuple[str, str], set[tuple[str, str]]] = {}
    times: dict[tuple[str, str], list[str]] = {}
    for draw, given in answers.items():
        for answer in given:
            who = answer.reviewer, answer.role
            if answer.answer != WITHDRAWN:
                samples.setdefault(who, set()).add((draw.draw_id, answer.sample_id))
                times.setdefault(who, []).append(answer.finished_at)
    rows = [PersonRow(*who, len(samples[who]), min(times[who]), max(times[who])) for who in samples]
    return sorted(rows, key=lambda row: (-row.samples, row.name, row.role))
