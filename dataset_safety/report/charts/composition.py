"""Composition of the corpus: types of data, pre-processed and of these for use, by samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from dataset_safety.report.charts.drawing import BLUE, PAPER, SOFT, box, legend, shortened, svg, text, tip
from dataset_safety.report.model import InventoryRow
from dataset_safety.report.wording import count, data_type, percent

NAME, LABEL, WIDE, ROW, HEAD, SHOWN = "composition", 190, 520, 28, 10, 16
OTHERS = "all other types"


def composition_chart(rows: Sequence[InventoryRow]) -> Markup:
    """A bar a type of data on one scale: the outline is P1, what is filled is kept in P2."""
    types = _by_type(rows)
    whole = sum(before for _, before, _ in types)
    if not whole:
        return Markup("")
    most, height = max(before for _, before, _ in types), HEAD + ROW * len(types) + 34
    lead = types[0]
    told = (
        f"{len(types)} types of data; the largest is {lead[0]} with {percent(lead[1] / whole)} of the pre-processed samples."
        " The table below has the numbers."
    )
    parts = [line for place, one in enumerate(types) for line in _bar(*one, most, whole, HEAD + ROW * place)]
    parts += legend(LABEL, height - 24, ((BLUE, "for use (P2)"), (PAPER, "pre-processed (P1), not for use")))
    return svg(NAME, "Samples by type of data", told, LABEL + WIDE + 260, height, parts)


def _by_type(rows: Sequence[InventoryRow]) -> list[tuple[str, int, int]]:
    """Type in words, samples in P1 and in P2; the largest first, the rest together."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for row in rows:
        before[row.data_type] = before.get(row.data_type, 0) + row.preprocessed.samples
        after[row.data_type] = after.get(row.data_type, 0) + row.for_use.samples
    ordered = sorted(before, key=lambda name: (-before[name], name))
    shown = ordered[:SHOWN]
    rest = [name for name in ordered if name not in shown]
    found = [(data_type(name), before[name], after[name]) for name in shown]
    return [*found, (OTHERS, sum(before[name] for name in rest), sum(after[name] for name in rest))] if rest else found


def _bar(name: str, before: int, after: int, most: int, whole: int, top: float) -> Iterator[str]:
    yield text(LABEL - 10, top + 16, shortened(name, 28), anchor="end")
    wide = max(WIDE * before / most, 2)
    yield box(LABEL, top + 3, wide, 19, PAPER, stroke=SOFT, inside=tip(f"{name}: {count(before)} samples in P1"))
    yield box(
        LABEL, top + 3, wide * after / before if before else 0, 19, BLUE, inside=tip(f"{name}: {count(after)} samples in P2")
    )
    yield text(LABEL + wide + 10, top + 17, f"{count(after)} of {count(before)} ({percent(before / whole)} of all)")
