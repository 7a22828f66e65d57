"""Acceptance plans of 8.2.3 b 4: how many bad samples a draw may hold, and how often a share of bad data would pass.

``clean * 100 >= percent * n`` in integers is a plan (n, Ac) with ``Ac = (100 - percent) * n // 100``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dataset_safety.evaluation.statistics import Plan as SamplingPlan
from dataset_safety.evaluation.statistics import clopper_pearson
from dataset_safety.records import Verdict
from dataset_safety.report.plotted import Plan
from dataset_safety.standard import Edition, VerdictValue
from dataset_safety.store.draws import Draw

SHARES = {".8.2.3.b.4.manual": "people", ".8.2.3.b.4.technical": "technical audit"}
SETTLED = (VerdictValue.COMPLIANT, VerdictValue.NON_COMPLIANT)


def plans(verdicts: Sequence[Verdict], edition: Edition, made: Sequence[Draw]) -> list[Plan]:
    """The plans behind the stored verdicts, with what was observed."""
    limits = edition.thresholds
    percents = {"people": limits.manual_ok_pct, "technical audit": limits.technical_ok_pct}
    censuses = {draw.seed for draw in made if draw.census}
    return [_plan(verdict, method, percents[method], verdict.seed in censuses) for verdict, method in _shares(verdicts)]


def _shares(verdicts: Sequence[Verdict]) -> Iterator[tuple[Verdict, str]]:
    for verdict in verdicts:
        named = "." + verdict.clause.rpartition("/")[2]
        if named in SHARES and verdict.n:
            yield verdict, SHARES[named]
        yield from _shares(verdict.parts)


def _plan(verdict: Verdict, method: str, percent: int, census: bool) -> Plan:
    n, k = verdict.n or 0, verdict.k or 0
    settled = verdict.value in SETTLED
    interval = clopper_pearson(k, n) if settled and not census else None
    rule = SamplingPlan(n, percent)
    return Plan(verdict.clause, method, n, rule.acceptance, rule.limit, k, settled, census, interval)


def points(plan: Plan, steps: int = 80) -> Mapping[float, float]:
    """The operating characteristic: chance to pass by true share of bad samples, from none to three times the limit."""
    ends = max(3 * plan.limit, 1.25 * plan.k / plan.n, 1.25 * plan.interval[1] if plan.interval else 0.0)
    shares = [min(ends, 1.0) * step / steps for step in range(steps + 1)]
    rule = SamplingPlan(plan.n, round(100 * (1 - plan.limit)))
    return dict(zip(shares, rule.curve(shares), strict=True))
