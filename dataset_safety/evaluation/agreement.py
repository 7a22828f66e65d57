"""How far people agree who judged the same samples: information beside section 8, never a gate.

Raw agreement looks good and alpha looks bad where risk is rare, so both stand beside the agreement on risk items:
of the answers that named a risk, the share which the other person of the pair gave too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_safety.evaluation.reviewing import ADJUDICATOR, WITHDRAWN
from dataset_safety.store.draws import Draw, Judgement, judgements
from dataset_safety.store.facade import Store

UNREAD = frozenset({"cannot_read", WITHDRAWN})
RESAMPLES = 1000
SEED = 20240328  # any fixed number: the same answers always print the same interval
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One question of one draw. ``samples`` were judged by two or more reviewers, who make ``pairs`` of answers.

    ``alpha`` is Krippendorff's for nominal answers with a 95 % bootstrap interval over samples; None where nobody
    differs in anything, so that chance cannot be told from agreement. ``on_risk`` is None where nobody saw a risk.
    """

    question: str
    samples: int
    pairs: int
    raw: float | None
    on_risk: float | None
    alpha: float | None
    interval: tuple[float, float] | None


def agreements(given: Sequence[Judgement], bad: Iterable[str]) -> list[Agreement]:
    """The agreement on every question that was answered twice; ``bad`` are the answers that name a risk."""
    risky, asked = frozenset(bad), dict.fromkeys(answer.question for answer in given)
    found = (agreement(given, question, risky) for question in asked)
    return [one for one in found if one.samples]


def agreement(given: Sequence[Judgement], question: str, bad: frozenset[str]) -> Agreement:
    """The agreement of reviewers on one question; adjudicators know that there is a difference and are left out."""
    last: dict[str, dict[str, str]] = {}
    for answer in given:
        if answer.question == question and answer.role != ADJUDICATOR:
            last.setdefault(answer.sample_id, {})[answer.reviewer] = answer.answer
    tallies = (Counter(said for said in by_person.values() if said not in UNREAD) for by_person in last.values())
    doubly = [tally for tally in tallies if tally.total() > 1]
    answers = sorted({said for tally in doubly for said in tally})
    counts = np.array([[tally[said] for said in answers] for tally in doubly], dtype=np.int64).reshape(len(doubly), len(answers))
    risk = np.array([said in bad for said in answers], dtype=bool)
    pairs = int(_pairs(counts.sum(axis=1)).sum())
    same = int(_pairs(counts).sum())
    alpha, interval = _alpha_with_interval(counts)
    return Agreement(question, len(doubly), pairs, same / pairs if pairs else None, _on_risk(counts, risk), alpha, interval)


def void_answers(store: Store, drawn: Draw) -> int:
    """Answers of a draw that do not count, because the text that was shown is not the text that was drawn."""
    items = store.objects.read_frame(drawn.items_object, columns=["sample_id", "shown_sha256"])
    shown = dict(items.iter_rows())
    with store.database.read() as connection:
        return sum(shown.get(answer.sample_id) != answer.shown_sha256 for answer in judgements(connection, drawn.draw_id))


def krippendorff(counts: Counts) -> float | None:
    """Krippendorff's alpha for nominal answers; ``counts`` holds samples x answers, at least two answers a sample."""
    found = float(_alphas(np.ones((1, len(counts)), dtype=np.int64), counts)[0])
    return None if np.isnan(found) else found


def _alpha_with_interval(counts: Counts) -> tuple[float | None, tuple[float, float] | None]:
    alpha = krippendorff(counts)
    if alpha is None:
        return None, None
    kinds, often = np.unique(counts, axis=0, return_counts=True)
    weights = np.random.default_rng(SEED).multinomial(len(counts), often / len(counts), RESAMPLES)
    low, high = np.nanpercentile(_alphas(weights, kinds), [2.5, 97.5])
    return alpha, (float(low), float(high))


def _alphas(weights: Counts, counts: Counts) -> NDArray[np.float64]:
    """Alpha of each row of ``weights``, which says how often every sample counts; nan where all answers are the same."""
    answers = counts.sum(axis=1)
    differing = (answers**2 - (counts**2).sum(axis=1)) / np.maximum(answers - 1, 1)
    totals = weights @ counts
    n = totals.sum(axis=1)
    by_chance = n**2 - (totals**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        alphas: NDArray[np.float64] = np.where(by_chance > 0, 1 - (n - 1) * (weights @ differing) / by_chance, np.nan)
    return alphas


def _pairs(counts: Counts) -> Counts:
    return counts * (counts - 1) // 2


def _on_risk(counts: Counts, risk: NDArray[np.bool_]) -> float | None:
    """Positive agreement: pairs that both name a risk, counted twice, over all answers in pairs that name one."""
    risky, all_ = counts[:, risk].sum(axis=1), counts.sum(axis=1)
    both, one = int(_pairs(risky).sum()), int((risky * (all_ - risky)).sum())
    return 2 * both / (2 * both + one) if both or one else None
