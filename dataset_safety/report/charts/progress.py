"""Review progress: for each draw what is answered, disputed and open, and how much two people judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from dataset_safety.report.charts.drawing import BLUE, INK, PAPER, SOFT, box, hatch, legend, rule, svg, text, tip
from dataset_safety.report.plotted import DrawProgress
from dataset_safety.report.wording import count, purpose

NAME, LABEL, WIDE, ROW, HEAD = "review-progress", 190, 520, 40, 12


def progress_chart(rows: Sequence[DrawProgress]) -> Markup:
    """A bar a draw, from nothing to all of its samples; a thin bar below it for samples that two people judged."""
    drawn = [row for row in rows if row.drawn]
    if not drawn:
        return Markup("")
    height = HEAD + ROW * len(drawn) + 34
    answered, all_drawn = sum(row.answered for row in drawn), sum(row.drawn for row in drawn)
    told = f"{count(answered)} of {count(all_drawn)} drawn samples in {len(drawn)} draws are answered. The table has the numbers."
    parts = [line for place, row in enumerate(drawn) for line in _bar(row, HEAD + ROW * place)]
    words = ((BLUE, "answered"), (hatch(NAME), "disputed"), (PAPER, "open"), (INK, "judged by two people"))
    parts += legend(LABEL, height - 24, words)
    return svg(NAME, "Review progress by draw", told, LABEL + WIDE + 190, height, parts)


def _bar(row: DrawProgress, top: float) -> Iterator[str]:
    yield text(LABEL - 10, top + 16, purpose(row.purpose), anchor="end")
    left = float(LABEL)
    for number, word, fill in (
        (row.answered, "answered", BLUE),
        (row.disputed, "disputed", hatch(NAME)),
        (row.open, "open", PAPER),
    ):
        wide = WIDE * number / row.drawn
        if number:
            yield box(left, top + 3, wide, 19, fill, inside=tip(f"{count(number)} {word}"))
        left += wide
    yield f'<rect x="{LABEL}" y="{top + 3:g}" width="{WIDE}" height="19" fill="none" stroke="{SOFT}"/>'
    if row.doubly_needed:
        yield box(LABEL, top + 25, WIDE * row.doubly / row.drawn, 5, INK, inside=tip(f"{count(row.doubly)} judged by two people"))
        mark = LABEL + WIDE * row.doubly_needed / row.drawn
        yield rule(mark, top + 23, mark, top + 32, stroke=SOFT, width=2)
    said = f"{count(row.answered)} of {count(row.drawn)}"
    disputed = f", {count(row.disputed)} disputed" if row.disputed else ""
    yield text(LABEL + WIDE + 10, top + 17, said + disputed)
