"""What a count in a draw says about the population behind it: intervals, plans and their operating characteristic.

Integer rules decide; everything here informs people. Shares lie in 0..1 and count what is *not* as expected. A draw
is made without replacement, so the binomial intervals are a little wide on small populations, never too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

CONFIDENCE = 0.95
Interval = tuple[float, float]


def clopper_pearson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Exact two-sided interval of the share behind ``k`` of ``n``."""
    return _binomial_interval(k, n, confidence, "exact")


def wilson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson score interval of the share behind ``k`` of ``n``: shorter than the exact one, right on average."""
    return _binomial_interval(k, n, confidence, "wilson")


def upper_bound(k: int, n: int, confidence: float = CONFIDENCE) -> float:
    """Exact one-sided bound: a share above it would have shown more than ``k`` of ``n`` with this probability."""
    from scipy.stats import binomtest

    found: float = binomtest(k, n, alternative="less").proportion_ci(confidence, method="exact").high
    return found


def _binomial_interval(k: int, n: int, confidence: float, method: Literal["exact", "wilson"]) -> Interval:
    from scipy.stats import binomtest

    if n == 0:
        return 0.0, 1.0
    found = binomtest(k, n).proportion_ci(confidence, method=method)
    return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True)
class Plan:
    """A sampling plan: ``n`` drawn, of which ``clean * 100 >= percent * n`` have to be clean.

    ``population`` is the number of samples behind the draw where it is known; a draw of all of them is a census.
    """

    n: int
    percent: int
    population: int | None = None

    @property
    def acceptance(self) -> int:
        """Ac: the largest number of samples not clean with which the rule is met."""
        return self.n * (100 - self.percent) // 100

    @property
    def rejection(self) -> int:
        """Re: the smallest number of samples not clean with which the rule is broken."""
        return self.acceptance + 1

    @property
    def limit(self) -> float:
        """The share not clean that the rule tolerates."""
        return (100 - self.percent) / 100

    @property
    def census(self) -> bool:
        """Whether everything is looked at, so that nothing is estimated."""
        return self.population is not None and self.population <= self.n

    @property
    def clear(self) -> int:
        """The largest number not clean that also shows, at 95 %, that the share behind it meets the rule; -1 for none.

        139 for 4,000 and 96 %: between it and ``acceptance`` a draw passes without being statistically clear.
        """
        return self.acceptance if self.census else _last_clear(self.n, self.percent)

    def accepts(self, share: float) -> float:
        """Operating characteristic: probability that the rule is met when this share of the population is not clean."""
        from scipy.stats import binom, hypergeom

        if self.population is None:
            return float(binom.cdf(self.acceptance, self.n, share))
        drawn = min(self.n, self.population)
        return float(hypergeom.cdf(drawn * (100 - self.percent) // 100, self.population, round(share * self.population), drawn))

    def curve(self, shares: Sequence[float]) -> list[float]:
        """The operating characteristic at several shares."""
        return [self.accepts(share) for share in shares]


@lru_cache(maxsize=256)
def _last_clear(n: int, percent: int) -> int:
    """By bisection: the bound grows with the count."""
    low, high = -1, n * (100 - percent) // 100
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if upper_bound(middle, n) * 100 <= 100 - percent else (low, middle - 1)
    return low
