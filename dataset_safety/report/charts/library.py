"""Growth of the keyword library over its generations, bundled and operator entries apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from dataset_safety.report.charts.drawing import BLUE, SOFT, box, hatch, legend, rule, steps, svg, text, tip
from dataset_safety.report.tables import GenerationRow
from dataset_safety.report.wording import count

NAME, LEFT, TOP, HIGH, COLUMN, SHOWN = "library-growth", 64, 34, 180, 62, 14


def library_chart(rows: Sequence[GenerationRow], required: int) -> Markup:
    """One column a generation, in the order in which they came into force; the dashed line is what B.1 a recommends."""
    shown = rows[-SHOWN:]
    if not shown:
        return Markup("")
    marks = steps(max(required, *(row.total for row in shown)))
    wide = max(COLUMN * len(shown), 420)
    first, last = shown[0], shown[-1]
    told = (
        f"{len(shown)} generations, from {count(first.total)} entries on {first.at[:10]}"
        f" to {count(last.total)} on {last.at[:10]}:"
        f" {count(last.bundled)} bundled, {count(last.operator)} of the operator. The table below has the numbers."
    )
    parts = [
        *_axis(marks, required, wide),
        *(line for place, row in enumerate(shown) for line in _column(row, LEFT + COLUMN * place, marks[-1])),
        *legend(LEFT, TOP + HIGH + 48, ((BLUE, "bundled entries"), (hatch(NAME), "operator's entries"))),
    ]
    return svg(NAME, "Keyword library over its generations", told, LEFT + wide + 24, TOP + HIGH + 70, parts)


def _axis(marks: list[float], required: int, wide: float) -> Iterator[str]:
    yield text(LEFT - 44, TOP - 16, "Entries", weight="600")
    for mark in marks:
        y = TOP + HIGH * (1 - mark / marks[-1])
        yield rule(LEFT, y, LEFT + wide, y)
        yield text(LEFT - 8, y + 4, count(int(mark)), anchor="end", size=11, fill=SOFT)
    y = TOP + HIGH * (1 - required / marks[-1])
    yield rule(LEFT, y, LEFT + wide, y, stroke=SOFT, width=1.5, dashed=True)
    yield text(LEFT + wide, y - 5, f"B.1 a: {count(required)}", anchor="end", size=11, fill=SOFT)


def _column(row: GenerationRow, left: float, top: float) -> Iterator[str]:
    y, wide = float(TOP + HIGH), COLUMN - 20
    for number, fill, word in ((row.bundled, BLUE, "bundled"), (row.operator, hatch(NAME), "operator")):
        high = HIGH * number / top
        y -= high
        if number:
            yield box(left + 10, y, wide, high, fill, inside=tip(f"{row.at[:10]}: {count(number)} {word}"))
    yield text(left + 10 + wide / 2, y - 6, count(row.total), anchor="middle", size=11)
    yield text(left + 10 + wide / 2, TOP + HIGH + 16, row.at[5:10], anchor="middle", size=11, fill=SOFT)
    yield text(left + 10 + wide / 2, TOP + HIGH + 30, row.at[:4], anchor="middle", size=11, fill=SOFT)
