"""Rendering a report as one self-contained HTML file: no script, no request, everything that others named is text only."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dataset_safety.report import limits, wording
from dataset_safety.report.charts.composition import composition_chart
from dataset_safety.report.charts.history import history_chart
from dataset_safety.report.charts.library import library_chart
from dataset_safety.report.charts.operating import operating_chart
from dataset_safety.report.charts.progress import progress_chart
from dataset_safety.report.charts.risk import risk_chart
from dataset_safety.report.headings import COLUMNS, SECTIONS
from dataset_safety.report.model import ReportData

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
FILTERS = ("count", "size", "percent", "at_most", "moment", "reason", "data_type", "purpose", "rate")


def render(data: ReportData) -> str:
    """The whole document."""
    template = _environment().get_template("report.html.j2")
    return template.render(data=data, edition=data.edition, charts=charts(data), policy=POLICY)


def charts(data: ReportData) -> dict[str, Markup | list[Markup]]:
    """Every plot by name; an empty one where there is nothing to plot."""
    results = {row.check: row.title_en for row in data.results}
    generations = data.detection.library.generations
    return {
        "risk": risk_chart(data.risks, data.edition),
        "composition": composition_chart(data.inventory),
        "progress": progress_chart(data.sampling.progress),
        "library": library_chart(generations, data.edition.thresholds.keyword_total_min),
        "history": history_chart(data.history, results),
        "plans": [operating_chart(plan) for plan in data.sampling.plans],
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dataset_safety.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named = {"verdicts": wording.VERDICTS, "stages": wording.STAGES, "kinds": wording.KINDS, "facts": wording.FACTS}
    named |= {"rights": wording.RIGHTS, "languages": wording.LANGUAGES, "classes": _classes()}
    environment.globals |= named
    environment.globals |= {"sections": SECTIONS, "columns": COLUMNS, "interpretations": limits.INTERPRETATIONS}
    environment.filters |= {name: getattr(wording, name) for name in FILTERS}
    return environment


def _classes() -> dict[str, tuple[str, str]]:
    from dataset_safety.privacy.classes import CLASSES

    return {name: (found.title_en, found.title_zh) for name, found in CLASSES.items()}


def _shown(value: Any) -> Any:
    """Strings with nothing hidden in them; markup of our own as it is."""
    return wording.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
