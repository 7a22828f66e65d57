"""Rendering a report as one self-contained HTML file: no script, no request, everything that others named is text only."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dataset_safety.report import wording
from dataset_safety.report.chart import risk_chart
from dataset_safety.report.model import ReportData

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render(data: ReportData) -> str:
    """The whole document."""
    template = _environment().get_template("report.html.j2")
    return template.render(data=data, edition=data.edition, chart=risk_chart(data.risks, data.edition), policy=POLICY)


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
    environment.globals |= named
    environment.filters |= {name: getattr(wording, name) for name in ("count", "size", "percent", "moment", "reason")}
    return environment


def _shown(value: Any) -> Any:
    """Strings with nothing hidden in them; markup of our own as it is."""
    return wording.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
