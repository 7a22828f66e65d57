"""The operating characteristic of a plan (n, Ac): how often data with a given share of bad samples would pass it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from dataset_safety.report.charts.drawing import BLUE, INK, ON_DARK, RED, SOFT, WASH, box, rule, steps, svg, text, tip
from dataset_safety.report.plans import points
from dataset_safety.report.plotted import Plan
from dataset_safety.report.wording import at_most, count, percent

LEFT, TOP, WIDE, HIGH, LANE = 64, 34, 512, 210, 46


def operating_chart(plan: Plan) -> Markup:
    """Chance to pass over the true share of bad samples; below it, on the same axis, what was observed with its interval."""
    curve = points(plan)
    marks = steps(max(curve) * 100, 7)
    top = marks[-1] / 100
    name = f"plan-{plan.check.replace('/', '-').replace('.', '-')}"
    parts = [
        text(
            LEFT + WIDE,
            TOP - 16,
            f"{plan.method}: {_named(plan)}",
            anchor="end",
            size=11,
            fill=SOFT,
        ),
        *_frame(marks, top),
        *_limit(plan, top),
        *_curve(curve, top),
        *_observed(plan, top),
    ]
    title = f"Operating characteristic of the plan {_named(plan)} ({plan.method})"
    return svg(name, title, _told(plan), LEFT + WIDE + 24, TOP + HIGH + LANE + 62, parts)


def _named(plan: Plan) -> str:
    return f"n = {count(plan.n)}, Ac = {count(plan.accept)}"


def _told(plan: Plan) -> str:
    told = f"{count(plan.n)} drawn pass with at most {count(plan.accept)} bad. "
    if not plan.settled:
        return told + "Nothing is settled yet, so no observed point stands in it."
    told += f"Observed: {count(plan.k)} bad ({at_most(plan.k / plan.n)})"
    if plan.interval is None:
        return told + "; every sample was looked at, so there is no error of sampling."
    return told + f", 95 % interval {percent(plan.interval[0])} to {at_most(plan.interval[1])}."


def _at(share: float, top: float) -> float:
    return LEFT + WIDE * min(share / top, 1.0)


def _frame(marks: list[float], top: float) -> Iterator[str]:
    bottom = TOP + HIGH
    yield text(LEFT - 44, TOP - 16, "Chance to pass", weight="600")
    for tenth in (0, 25, 50, 75, 100):
        y = bottom - HIGH * tenth / 100
        yield rule(LEFT, y, LEFT + WIDE, y)
        yield text(LEFT - 8, y + 4, f"{tenth} %", anchor="end", size=11, fill=SOFT)
    axis = bottom + LANE
    for mark in marks:
        x = _at(mark / 100, top)
        yield rule(x, TOP, x, axis)
        yield text(x, axis + 16, f"{mark:g} %", anchor="middle", size=11, fill=SOFT)
    yield rule(LEFT, axis, LEFT + WIDE, axis, stroke=SOFT)
    yield text(LEFT + WIDE / 2, axis + 38, "Share of bad samples in all data", anchor="middle", weight="600")


def _limit(plan: Plan, top: float) -> Iterator[str]:
    x = _at(plan.limit, top)
    yield rule(x, TOP, x, TOP + HIGH + LANE, stroke=RED, width=1.5, dashed=True)
    yield text(x + 6, TOP + 12, f"limit {plan.limit:.0%}", size=11, fill=RED)


def _curve(curve: Mapping[float, float], top: float) -> Iterator[str]:
    line = " ".join(f"{_at(share, top):.1f},{TOP + HIGH * (1 - chance):.1f}" for share, chance in curve.items())
    yield f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>'


def _observed(plan: Plan, top: float) -> Iterator[str]:
    y = TOP + HIGH + LANE / 2
    yield box(LEFT, TOP + HIGH + 6, WIDE, LANE - 12, WASH)
    if not plan.settled:
        yield text(LEFT + 10, y + 4, "not settled yet: no observed share", size=11, fill=SOFT)
        return
    x, share = _at(plan.k / plan.n, top), at_most(plan.k / plan.n)
    low, high = (_at(bound, top) for bound in plan.interval) if plan.interval else (x, x)
    if plan.interval:
        yield rule(low, y, high, y, stroke=INK, width=2)
        for bound in (low, high):
            yield rule(bound, y - 6, bound, y + 6, stroke=INK, width=2)
    said = f"observed {count(plan.k)} of {count(plan.n)}, {share}"
    yield f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="{BLUE}" stroke="{ON_DARK}" stroke-width="1.5">{tip(said)}</circle>'
    if LEFT + WIDE - high >= low - LEFT:
        yield text(high + 12, y + 4, said, size=11)
    else:
        yield text(low - 12, y + 4, said, size=11, anchor="end")
