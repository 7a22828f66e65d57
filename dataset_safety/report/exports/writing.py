"""Writing a release in one format: every document whole or not at all, below ``reports/`` or in a folder of the caller."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataset_safety.report.exports import card, croissant, eu_summary
from dataset_safety.report.exports.facts import Published, published
from dataset_safety.report.exports.formats import Format
from dataset_safety.report.exports.html import to_html
from dataset_safety.report.exports.markdown import to_markdown
from dataset_safety.report.exports.oscal import oscal
from dataset_safety.report.writing import publish, report_path
from dataset_safety.store.facade import Store


def write_documents(store: Store, release_id: str, form: Format, folder: Path | None = None) -> list[Path]:
    """Write one format of a release into ``folder``, or into one named after the format beside the report."""
    facts = published(store, release_id)
    target = folder or report_path(store, release_id).parent / form.value
    return [publish(store, target / name, content) for name, content in documents(form, facts).items()]


def documents(form: Format, facts: Published) -> Mapping[str, bytes]:
    """The documents of a format by file name; the same facts give the same bytes."""
    if form is Format.OSCAL:
        return {name: _json(document) for name, document in oscal(facts).items()}
    if form is Format.CARD:
        return {card.DOCUMENT: card.card(facts).encode("utf-8")}
    if form is Format.EU_SUMMARY:
        page = eu_summary.summary(facts)
        return {eu_summary.MARKDOWN: to_markdown(page).encode("utf-8"), eu_summary.HTML: to_html(page).encode("utf-8")}
    document, manifest = croissant.croissant(facts)
    return {croissant.DOCUMENT: _json(document)} | ({croissant.MANIFEST: manifest} if manifest else {})


def _json(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
