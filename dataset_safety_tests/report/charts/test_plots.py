"""Every plot is well-formed SVG with a title and a description, tells nothing by colour alone, and is empty without data."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dataset_safety import clock
from dataset_safety.report.charts.composition import OTHERS, composition_chart
from dataset_safety.report.charts.drawing import shortened, steps
from dataset_safety.report.charts.history import history_chart
from dataset_safety.report.charts.library import library_chart
from dataset_safety.report.charts.operating import operating_chart
from dataset_safety.report.charts.progress import progress_chart
from dataset_safety.report.charts.risk import risk_chart
from dataset_safety.report.gathering import gather
from dataset_safety.report.html import charts, render
from dataset_safety.report.model import InventoryRow, RiskCounts, Volume
from dataset_safety.report.plotted import DrawProgress, HistoryColumn, Plan
from dataset_safety.report.tables import GenerationRow
from dataset_safety.report.wording import VERDICTS
from dataset_safety.standard import VerdictValue, load_edition
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.made import stored

HOSTILE = [json.loads(line) for line in (Path(__file__).parents[1] / "hostile_names.jsonl").read_text().splitlines()]
PLAN = Plan("8.2.3.b.4.manual", "people", 4000, 160, 0.04, 48, True, False, (0.009, 0.016))
HISTORY = [
    HistoryColumn(f"release-{number}", "2026-11-20T10:00:00", {"8.1.b.1": value}, number == 5)
    for number, value in enumerate(VerdictValue)
]
GENERATION = GenerationRow("a" * 64, "2026-11-20T10:00:00", "2026-11-20", 12000, 11000, 1000, "approved change", 2, ("w", "l"), 3)


def words(plot: str) -> str:
    return " ".join(ElementTree.fromstring(plot).itertext())


def every(hostile: str):
    """All plots with one name wherever others can give one."""
    volume = Volume(10, 100)
    return [
        risk_chart(RiskCounts({hostile: 10}, {hostile: {"A.1.h": 3}}), load_edition()),
        composition_chart([InventoryRow(f"text:{hostile}", "website", volume, volume)]),
        progress_chart([DrawProgress(hostile, "d", 100, 60, 5, 8, 10)]),
        library_chart([GENERATION], 10_000),
        operating_chart(PLAN),
        history_chart([replace(column, release=hostile) for column in HISTORY], {"8.1.b.1": hostile}),
    ]


@pytest.mark.parametrize("place", range(6))
def test_every_plot_is_well_formed_and_says_what_it_shows(place):
    tree = ElementTree.fromstring(every("name")[place])
    names = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(names) == len(set(names)) and tree.get("aria-labelledby").split() == names[:2]
    assert tree.find("title").text and tree.find("desc").text
    assert not any(element.tag.endswith(("script", "style", "foreignObject", "image", "a")) for element in tree.iter())


def test_hostile_names_are_text_in_every_plot():
    plain = [[element.tag for element in ElementTree.fromstring(plot).iter()] for plot in every("name")]
    for hostile in HOSTILE:
        assert [[element.tag for element in ElementTree.fromstring(plot).iter()] for plot in every(hostile)] == plain, hostile


def test_nothing_to_plot_is_no_plot():
    nothing = (
        risk_chart(RiskCounts({}, {}), load_edition()), composition_chart([]), progress_chart([]), library_chart([], 10_000),
        history_chart([], {}),
    )  # fmt: skip
    assert set(nothing) == {""}


def test_a_verdict_is_told_in_symbol_and_word():
    said = words(history_chart(HISTORY, {"8.1.b.1": "Grading"}))
    assert all(f"{told.symbol} {told.word}" in said for told in VERDICTS.values()) and "this one" in said


def test_the_observed_point_stands_with_its_counts_and_a_plan_without_one_says_so():
    assert "observed 48 of 4,000, 1.20 %" in words(operating_chart(PLAN))
    assert "not settled yet" in words(operating_chart(replace(PLAN, settled=False, interval=None)))
    assert "no error of sampling" in words(operating_chart(replace(PLAN, census=True, interval=None)))


def test_progress_tells_counts_in_words():
    said = words(progress_chart([DrawProgress("manual", "d", 100, 60, 5, 8, 10)]))
    assert "60 of 100, 5 disputed" in said and "35 open" in said and "8 judged by two people" in said


def test_growth_keeps_bundled_and_operator_apart():
    said = words(library_chart([GENERATION], 10_000))
    assert "11,000 bundled" in said and "1,000 operator" in said and "B.1 a: 10,000" in said


def test_many_types_of_data_are_gathered_and_none_is_lost():
    rows = [InventoryRow(f"text:x{number}", "website", Volume(number + 1, 1), Volume(number, 1)) for number in range(40)]
    said = words(composition_chart(rows))
    assert OTHERS in said and f"of {sum(range(1, 25))} " in said


@pytest.mark.parametrize("top", [0, 0.4, 1, 2.5, 7, 12, 99, 100, 14_716, 1_000_000])
def test_an_axis_reaches_its_highest_value_in_few_steps(top):
    marks = steps(top)
    assert marks[0] == 0 and marks[-1] >= top and len(marks) <= 7


def test_long_names_are_cut_by_their_width():
    assert shortened("abc", 5) == "abc" and shortened("关键词库版本", 6) == "关键…" and len(shortened("x" * 99, 26)) <= 26


def test_every_plot_of_a_report_has_its_numbers_in_a_table_of_the_same_section(tmp_path):
    with clock.fixed(datetime(2026, 11, 23, 12, tzinfo=UTC)), open_store(tmp_path / "home") as store:
        data = gather(store, stored(store))
        document = render(data)
    drawn = charts(data)
    assert all(drawn[name] for name in ("risk", "composition", "progress", "library", "history", "plans"))
    for section in document.split("<section")[1:]:
        assert "<svg" not in section or "<table" in section
