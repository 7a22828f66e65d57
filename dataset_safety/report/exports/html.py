"""Pages as one HTML file without script or request."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dataset_safety.report.exports.markdown import plain
from dataset_safety.report.exports.page import Page
from dataset_safety.report.html import POLICY


def to_html(page: Page) -> str:
    """The whole document."""
    return _environment().get_template("page.html.j2").render(page=page, policy=POLICY)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("dataset_safety.report.exports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
