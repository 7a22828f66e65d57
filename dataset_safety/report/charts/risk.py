"""Risk by source: a grid that carries every number as text, so that it reads without colour."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from dataset_safety.report.charts.drawing import ON_DARK, SOFT, WASH, box, shortened, svg, text, tip
from dataset_safety.report.model import RiskCounts
from dataset_safety.report.wording import count, percent
from dataset_safety.standard import Edition

LABEL, CELL, ROW, HEAD = 178, 36, 26, 34
STEPS = ((0.0, "#fdf3e1", "#1d2733"), (0.005, "#f9d58f", "#1d2733"), (0.02, "#f0a04b", "#1d2733"), (0.1, "#9c2f16", ON_DARK))
"""From which share of a source's samples a cell has which colour, and its text."""
LEGEND = ("below 0.5 %", "from 0.5 %", "from 2 %", "from 10 % of the source's samples")
_NAME = 26


def risk_chart(counts: RiskCounts, edition: Edition) -> Markup:
    """Sources down, risks across; a cell holds the samples of the source in which the risk was found."""
    risks = [risk for risk in edition.risk_ids if risk in set(counts.risks())]
    sources = sorted(source for source, samples in counts.samples.items() if samples)
    if not risks or not sources:
        return Markup("")
    width, height = max(LABEL + CELL * (len(risks) + 1) + 8, LABEL + 530), HEAD + ROW * len(sources) + 36
    hit = sum(1 for source in sources if counts.found.get(source))
    told = f"{len(sources)} sources by {len(risks)} risks; at least one in {hit} sources. The table below has the same numbers."
    parts = [
        *_heads(risks, edition),
        *(line for place, source in enumerate(sources) for line in _row(counts, source, risks, HEAD + ROW * place)),
        *_legend(height - 22),
    ]
    return svg("risk-by-source", "Samples with risk content, by source and risk", told, width, height, parts)


def _heads(risks: list[str], edition: Edition) -> Iterator[str]:
    yield text(LABEL - 10, HEAD - 12, "Source", anchor="end", weight="600")
    yield text(LABEL + CELL / 2, HEAD - 12, "all", anchor="middle", weight="600", size=11)
    for place, risk in enumerate(risks, 1):
        title = tip(edition.risk(risk).title_en)
        yield text(LABEL + CELL * place + CELL / 2, HEAD - 12, risk, anchor="middle", weight="600", size=11, inside=title)


def _row(counts: RiskCounts, source: str, risks: list[str], top: int) -> Iterator[str]:
    samples = counts.samples[source]
    yield text(LABEL - 10, top + 17, shortened(source, _NAME), anchor="end")
    yield text(LABEL + CELL / 2, top + 17, count(samples), anchor="middle", size=11)
    for place, risk in enumerate(risks, 1):
        found = counts.found.get(source, {}).get(risk, 0)
        left = LABEL + CELL * place
        fill, colour = _colours(found / samples) if found else (WASH, SOFT)
        yield box(left + 1, top + 1, CELL - 2, ROW - 2, fill, radius=3)
        if found:
            share = f"{source}, {risk}: {count(found)} of {count(samples)} samples ({percent(found / samples)})"
            yield text(left + CELL / 2, top + 17, count(found), anchor="middle", fill=colour, inside=tip(share))


def _colours(share: float) -> tuple[str, str]:
    return next((fill, colour) for least, fill, colour in reversed(STEPS) if share >= least)


def _legend(top: int) -> Iterator[str]:
    left = LABEL + 1
    for (_, fill, _), word in zip(STEPS, LEGEND, strict=True):
        yield box(left, top, 16, 14, fill, stroke="#8a97a5", radius=3)
        yield text(left + 21, top + 11, word, size=11)
        left += 102
