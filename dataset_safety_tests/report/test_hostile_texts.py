"""The shared hostile texts in every place of the report that others can write: text, and nothing else."""

from __future__ import annotations

import json

from dataset_safety.report.bundle.tables import json_bytes, tables_of
from dataset_safety.report.bundle.tables import plain as plainly
from dataset_safety.report.gathering import gather
from dataset_safety.report.html import render
from dataset_safety.report.wording import visible
from dataset_safety.store.facade import open_store
from dataset_safety.store.spreadsheets import FORMULA, restored
from dataset_safety_tests.hostile import TEXTS
from dataset_safety_tests.report.bundle.test_tables import rows_of
from dataset_safety_tests.report.test_report import parsed, stored


def test_hostile_texts_stand_in_the_report_as_text(tmp_path):
    with open_store(tmp_path / "home") as store, open_store(tmp_path / "plain") as other:
        for number, hostile in enumerate(TEXTS, 1):  # with every release the history grows, in both alike
            release_id = stored(store, title=hostile or "-", why=hostile or "-", release_id=f"{number:064x}")
            plain = parsed(render(gather(other, stored(other, release_id=release_id)))).elements
            data = gather(store, release_id)
            tags = parsed(render(data))
            assert [tag for tag, _ in tags.elements] == [tag for tag, _ in plain], number
            attributes = {name for _, found in tags.elements for name, _ in found}
            assert not any(name.startswith("on") or name in ("src", "style", "action", "data") for name in attributes)
            assert " ".join(visible(hostile).split()) in " ".join("".join(tags.text).split())
            _bundled(plainly(data), hostile or "-")


def _bundled(document, hostile):
    """The same report as JSON and CSV of a bundle."""
    assert json.loads(json_bytes(document)) == document and hostile in texts_of(document)
    tables = [rows_of(content) for content in tables_of(document).values()]
    cells = {value for rows in tables for row in rows for value in row}
    assert not any(value.lstrip(" ").startswith(FORMULA) for value in cells)
    assert visible(hostile) in {restored(value) for value in cells}


def texts_of(value):
    """Every text in a JSON document."""
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(texts_of, inner))
