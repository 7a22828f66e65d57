"""Verdict history: releases across, expected results down; every cell says its verdict in symbol and word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from dataset_safety.report.charts.drawing import INK, SOFT, WASH, box, shortened, svg, text, tip
from dataset_safety.report.plotted import HistoryColumn
from dataset_safety.report.wording import VERDICTS
from dataset_safety.standard import VerdictValue

LABEL, CELL, ROW, HEAD = 92, 118, 24, 46
COLOURS: Mapping[VerdictValue, tuple[str, str]] = {
    VerdictValue.COMPLIANT: ("#14532d", "#e3f4e8"),
    VerdictValue.NON_COMPLIANT: ("#8a1c17", "#fce8e6"),
    VerdictValue.INCOMPLETE: ("#6d4500", "#fdf1d6"),
    VerdictValue.STALE: ("#57356e", "#f1e8f7"),
    VerdictValue.ERROR: ("#ffffff", "#8a1c17"),
    VerdictValue.NOT_APPLICABLE: ("#3b4754", "#e9edf1"),
}
"""Text and ground of a verdict, as in its badge."""


def history_chart(columns: Sequence[HistoryColumn], clauses: Mapping[str, str]) -> Markup:
    """The grid; ``clauses`` are the expected results with their titles, in order."""
    if not columns:
        return Markup("")
    passed = [sum(value.passed for value in column.values.values()) for column in columns]
    told = (
        f"{len(clauses)} expected results over {len(columns)} releases; {passed[-1]} are met in the newest,"
        f" {passed[0]} in the oldest shown. The table below has the same words."
    )
    parts = [
        *_heads(columns),
        *(line for place, clause in enumerate(clauses) for line in _row(columns, clause, clauses[clause], place)),
    ]
    width, height = LABEL + CELL * len(columns) + 8, HEAD + ROW * len(clauses) + 8
    return svg("verdict-history", "Verdicts of each release", told, width, height, parts)


def _heads(columns: Sequence[HistoryColumn]) -> Iterator[str]:
    for place, column in enumerate(columns):
        x = LABEL + CELL * place + CELL / 2
        weight = "700" if column.this else "400"
        yield text(x, 18, shortened(column.release, 16), anchor="middle", weight=weight, inside=tip(column.release))
        yield text(x, 34, f"{column.at[:10]}{', this one' if column.this else ''}", anchor="middle", size=11, fill=SOFT)


def _row(columns: Sequence[HistoryColumn], clause: str, title: str, place: int) -> Iterator[str]:
    top = HEAD + ROW * place
    yield text(LABEL - 10, top + 16, clause, anchor="end", inside=tip(title))
    for at, column in enumerate(columns):
        value = column.values.get(clause)
        left = LABEL + CELL * at
        if value is None:
            yield box(left + 2, top + 2, CELL - 4, ROW - 4, WASH, radius=3)
            yield text(left + CELL / 2, top + 16, "none", anchor="middle", size=11, fill=SOFT)
            continue
        ink, ground = COLOURS[value]
        told = VERDICTS[value]
        yield box(left + 2, top + 2, CELL - 4, ROW - 4, ground, stroke=INK if column.this else "", radius=3)
        yield text(left + CELL / 2, top + 16, f"{told.symbol} {told.word}", anchor="middle", size=11, fill=ink)
