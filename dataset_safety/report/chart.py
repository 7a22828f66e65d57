"""The chart of risk by source: an inline SVG that carries every number as text, so that it reads without colour."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from markupsafe import Markup

from dataset_safety.report.model import RiskCounts
from dataset_safety.report.wording import count, percent, visible
from dataset_safety.standard import Edition

LABEL, CELL, ROW, HEAD = 178, 36, 26, 34
STEPS = ((0.0, "#fdf3e1", "#1d2733"), (0.005, "#f9d58f", "#1d2733"), (0.02, "#f0a04b", "#1d2733"), (0.1, "#9c2f16", "#ffffff"))
"""From which share of a source's samples a cell has which colour, and its text."""
LEGEND = ("below 0.5 %", "from 0.5 %", "from 2 %", "from 10 % of the source's samples")
_NAME = 26


def risk_chart(counts: RiskCounts, edition: Edition) -> Markup:
    """Sources down, risks across; a cell holds the samples of the source in which the risk was found."""
    risks = [risk for risk in edition.risk_ids if risk in set(counts.risks())]
    sources = sorted(source for source, samples in counts.samples.items() if samples)
    if not risks or not sources:
        return Markup("")
    width, height = LABEL + CELL * (len(risks) + 1) + 8, HEAD + ROW * len(sources) + 36
    hit = sum(1 for source in sources if counts.found.get(source))
    told = f"{len(sources)} sources by {len(risks)} risks; at least one in {hit} sources. The table below has the same numbers."
    parts = [
        f'<svg role="img" aria-labelledby="chart-title chart-desc" viewBox="0 0 {width} {height}"',
        f' width="{width}" height="{height}"><title id="chart-title">Samples with risk content, by source and risk</title>',
        f'<desc id="chart-desc">{escape(told)}</desc>',
        *_heads(risks, edition),
        *(line for place, source in enumerate(sources) for line in _row(counts, source, risks, HEAD + ROW * place)),
        *_legend(height - 22),
        "</svg>",
    ]
    return Markup("".join(parts))  # every text that others gave went through escape()


def _heads(risks: list[str], edition: Edition) -> Iterator[str]:
    yield _text(LABEL - 10, HEAD - 12, "Source", anchor="end", weight="600")
    yield _text(LABEL + CELL / 2, HEAD - 12, "all", anchor="middle", weight="600", size=11)
    for place, risk in enumerate(risks, 1):
        title = f"<title>{escape(edition.risk(risk).title_en)}</title>"
        yield _text(LABEL + CELL * place + CELL / 2, HEAD - 12, risk, anchor="middle", weight="600", size=11, inside=title)


def _row(counts: RiskCounts, source: str, risks: list[str], top: int) -> Iterator[str]:
    name = visible(source)
    samples = counts.samples[source]
    yield _text(LABEL - 10, top + 17, name if len(name) <= _NAME else f"{name[: _NAME - 1]}…", anchor="end")
    yield _text(LABEL + CELL / 2, top + 17, count(samples), anchor="middle", size=11)
    for place, risk in enumerate(risks, 1):
        found = counts.found.get(source, {}).get(risk, 0)
        left = LABEL + CELL * place
        fill, colour = _colours(found / samples) if found else ("#f4f6f8", "#4a5765")
        yield f'<rect x="{left + 1}" y="{top + 1}" width="{CELL - 2}" height="{ROW - 2}" rx="3" fill="{fill}"/>'
        if found:
            share = f"{count(found)} of {count(samples)} samples ({percent(found / samples)})"
            inside = f"<title>{escape(name)}, {risk}: {share}</title>"
            yield _text(left + CELL / 2, top + 17, count(found), anchor="middle", fill=colour, inside=inside)


def _colours(share: float) -> tuple[str, str]:
    return next((fill, colour) for least, fill, colour in reversed(STEPS) if share >= least)


def _legend(top: int) -> Iterator[str]:
    left = LABEL + 1
    for (_, fill, _), word in zip(STEPS, LEGEND, strict=True):
        yield f'<rect x="{left}" y="{top}" width="16" height="14" rx="3" fill="{fill}" stroke="#8a97a5" stroke-width="0.5"/>'
        yield _text(left + 21, top + 11, word, size=11)
        left += 102


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    weight: str = "400",
    size: int = 12,
    fill: str = "#1d2733",
    inside: str = "",
) -> str:
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size}" font-weight="{weight}" fill="{fill}">{inside}{escape(text)}</text>'
