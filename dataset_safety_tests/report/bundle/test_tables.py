"""JSON and CSV of a report: complete, and nothing in them runs or hides."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_safety.report.bundle.archive import NAME
from dataset_safety.report.bundle.tables import cell, json_bytes, tables_of
from dataset_safety.report.wording import visible
from dataset_safety.store.spreadsheets import FORMULA, restored
from dataset_safety_tests.hostile import TEXTS

HOSTILE = [json.loads(line) for line in (Path(__file__).parents[1] / "hostile_names.jsonl").read_text().splitlines()]
CELLS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1", '=HYPERLINK("http://evil")', "=cmd|' /C calc'!A0"]


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", [*HOSTILE, *CELLS, *TEXTS])
def test_hostile_text_is_text_in_every_cell(text):
    document = {
        "sources": [{"source_id": text, "origin": [text], "missing": {text: 1}}],
        "reasons": {text: 2},
        "nested": {text: []},
    }
    tables = tables_of(json.loads(json_bytes(document)))
    assert set(tables) <= {"tables/sources.csv", "tables/reasons.csv", "tables/nested.csv", f"tables/nested-{text}.csv"}
    assert all(NAME.fullmatch(name) for name in tables)
    assert restored(rows_of(tables["tables/sources.csv"])[1][0]) == visible(text)
    for content in tables.values():
        assert all(not value.lstrip(" ").startswith(FORMULA) for row in rows_of(content) for value in row)
        assert not any(character in content.decode() for character in "\u202e\u200b\u2066\0\x1b")


def test_json_gives_hostile_text_back():
    texts = [*HOSTILE, *CELLS, *TEXTS]
    assert [json.loads(json_bytes({"x": text}))["x"] for text in texts] == texts


@given(st.text())
def test_no_cell_begins_as_a_formula(text):
    assert not cell(text).lstrip(" ").startswith(FORMULA)


def test_tables_inside_rows_carry_the_first_field_of_their_row():
    document = {
        "sections": [{"id": "8.1", "rows": [{"check": "a", "n": 1}, {"check": "b", "n": None}]}, {"id": "8.2", "rows": []}]
    }
    tables = tables_of(document)
    assert rows_of(tables["tables/sections-rows.csv"]) == [["of id", "check", "n"], ["8.1", "a", "1"], ["8.1", "b", ""]]
    assert [row[0] for row in rows_of(tables["tables/sections.csv"])] == ["id", "8.1", "8.2"]


def test_counts_by_names_of_others_are_rows():
    tables = tables_of({"risks": {"found": {"a/b": {"A.1.h": 3}}, "samples": {"a/b": 9}}})
    assert rows_of(tables["tables/risks-found.csv"]) == [["name", "A.1.h"], ["a/b", "3"]]
    assert rows_of(tables["tables/risks-samples.csv"]) == [["name", "value"], ["a/b", "9"]]
