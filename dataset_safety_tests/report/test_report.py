"""The report: one file, no script, every name given by others is text only, and every table says what is stored."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dataset_safety import clock
from dataset_safety.report.charts import drawing, history
from dataset_safety.report.charts.risk import STEPS
from dataset_safety.report.errors import NothingToReport
from dataset_safety.report.gathering import gather
from dataset_safety.report.headings import SECTIONS
from dataset_safety.report.html import render
from dataset_safety.report.wording import VERDICTS, at_most, percent, size, visible
from dataset_safety.report.writing import report_path, write
from dataset_safety.standard import Stage, VerdictValue, load_edition
from dataset_safety.store import releases
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.made import RELEASE, frozen, parsed, stored

HOSTILE = [json.loads(line) for line in (Path(__file__).parent / "hostile_names.jsonl").read_text().splitlines()]


@pytest.fixture
def store(tmp_path):
    with clock.fixed(datetime(2026, 11, 23, 12, tzinfo=UTC)), open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture(scope="module")
def template_elements(tmp_path_factory):
    """The elements of a report whose names are harmless."""
    with open_store(tmp_path_factory.mktemp("plain") / "home") as opened:
        return [tag for tag, _ in parsed(render(gather(opened, stored(opened)))).elements]


def test_hostile_names_are_text_and_nothing_else(tmp_path, template_elements):
    assert len(set(HOSTILE)) >= 60
    with open_store(tmp_path / "empty") as opened:
        empty = opened.home.root
    for number, hostile in enumerate(HOSTILE):
        home = shutil.copytree(empty, tmp_path / str(number))
        with open_store(home) as opened:
            document = render(gather(opened, stored(opened, hostile, hostile, hostile, hostile)))
        tags = parsed(document)
        assert [tag for tag, _ in tags.elements] == template_elements, hostile
        assert not tags.other and document.count("<!") == 1
        attributes = {name for _, found in tags.elements for name, _ in found}
        assert not any(name.startswith("on") or name in ("src", "style", "action", "data") for name in attributes)
        assert all(value.startswith("#") for _, found in tags.elements for name, value in found if name == "href")
        assert visible(hostile).strip() in " ".join("".join(tags.text).split()) or visible(hostile) in "".join(tags.text)


def test_nothing_invisible_survives(store):
    document = render(gather(store, stored(store, "a\u202eb", "c\u200bd", "e\U000e0041f", "g\x07h")))
    hidden = "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f\x00-\x08\x0b-\x1f\x7f-\x9f"
    assert not re.search(f"[{hidden}]", document)
    assert "a[U+202E]b" in document


def test_it_is_one_file_without_script_or_request(store):
    document = render(gather(store, stored(store)))
    tags = parsed(document)
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in tags.elements}
    policies = [dict(found)["content"] for tag, found in tags.elements if tag == "meta" and dict(found).get("http-equiv")]
    assert policies and policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "http:" not in document and "https:" not in document and not re.search(r"url\((?!#)", document)


def test_the_contents_lead_to_every_section_and_titles_are_in_two_languages(store):
    document = render(gather(store, stored(store)))
    tags = parsed(document)
    found = [dict(attributes).get("id") for tag, attributes in tags.elements if tag == "section"]
    linked = [dict(attributes)["href"] for tag, attributes in tags.elements if tag == "a"]
    assert [name for name in found if name] == ["export", *(name for name in SECTIONS if name != "export")]
    assert {f"#{name}" for name in SECTIONS} <= set(linked)
    assert {f"t{number}" for number in range(1, 14)} <= set(found)
    text = "".join(tags.text)
    assert all(en in text and zh in text for en, zh in SECTIONS.values())
    assert text.count("unofficial") == 1


def test_every_head_of_a_column_has_a_chinese_one(store):
    document = render(gather(store, stored(store)))
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', document)
    assert len(heads) > 100 and all('lang="zh-Hans"' in head for head in heads if "<bdi>" not in head)


def test_no_sample_text_is_in_it(store):
    assert "SECRET" not in render(gather(store, stored(store)))


def test_every_table_has_scoped_headers_and_languages_are_marked(store):
    tags = parsed(render(gather(store, stored(store))))
    assert all("scope" in dict(found) for tag, found in tags.elements if tag == "th")
    assert ("html", (("lang", "en"),)) in tags.elements
    assert sum(1 for tag, found in tags.elements if dict(found).get("lang") == "zh-Hans") >= 16


def test_every_expected_result_stands_in_t1_with_word_and_symbol(store):
    data = gather(store, stored(store))
    document = render(data)
    assert [row.check for row in data.results] == [clause.id for clause in load_edition().expected_results(Stage.PRE_TRAINING)]
    for clause in load_edition().expected_results(Stage.PRE_TRAINING):
        assert f'id="c-{clause.id}"' in document and clause.title_zh in document
    assert all(told.word in document and told.symbol in document for told in VERDICTS.values())
    assert data.overall is VerdictValue.ERROR
    assert {row.check for row in data.closed} == {row.check for row in data.results if not row.value.passed}


def test_counts_are_those_of_the_stored_files(store):
    data = gather(store, stored(store))
    assert data.totals == {"units": 12, "kept": 7, "removed": 2, "held": 1, "quarantined": 2, "skipped": 4}
    volumes = {row.data_type: (row.preprocessed.samples, row.for_use.samples) for row in data.inventory}
    assert volumes == {"text:en": (5, 3), "text:zh": (5, 4)}
    assert sum(row.preprocessed.size_bytes for row in data.inventory) == 1000
    source = data.sources[0]
    assert (source.collected.samples, source.preprocessed, source.kept) == (12, 10, 7)
    assert (source.removed, source.held, source.quarantined) == (2, 1, 2)
    assert source.missing == {"url": 1}
    assert data.risks.found == {"site": {"A.1.h": 3, "A.2.e": 1}} and data.risks.samples == {"site": 10}
    assert data.reasons == {"risk:A.1.h": 2, "personal_information:email": 1, "review:A.1.h": 1, "review:A.2.e": 1}


def test_only_the_last_answer_counts_and_the_census_is_a_printed_deviation(store):
    data = gather(store, stored(store))
    manual = next(row for row in data.sampling.answers if row.purpose == "manual")
    assert manual.answers == {"no": 1} and data.sampling.judged_risks == {"A.2.e": 1}
    assert [row.judged for row in data.sampling.draws] == [1, 1]
    assert "census of all 7 samples" in render(data)


def test_a_release_that_was_not_assessed_is_incomplete_and_one_not_filtered_has_no_report(store):
    with store.database.write() as connection:
        releases.save(connection, frozen("site", "pages.jsonl", "A site"))
    with pytest.raises(NothingToReport) as refused:
        gather(store, RELEASE)
    assert refused.value.hint and refused.value.exit_code == 3


def test_verdicts_of_another_population_are_called_out(store):
    data = gather(store, stored(store))
    assert not data.outdated
    assert replace(data, population="ee" * 32).outdated
    assert "another state of the data" in render(replace(data, population="ee" * 32))


def test_writing_leaves_one_whole_file_and_writes_again(store):
    release_id = stored(store)
    path = write(store, release_id)
    assert path == report_path(store, release_id) == store.home.reports / RELEASE[:12] / "report.html"
    assert write(store, release_id) == path and [found.name for found in path.parent.iterdir()] == ["report.html"]
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize("label", ["../../up", "a/b", "..", "", "x" * 200, "nul\0", "<b>"])
def test_a_label_never_leads_out_of_the_reports_folder(store, label):
    with store.database.write() as connection:
        releases.save(connection, replace(frozen("site", "pages.jsonl", "A site"), label=label))
    assert report_path(store, RELEASE) == store.home.reports / RELEASE[:12] / "report.html"


def test_a_share_never_reads_better_than_it_is():
    assert at_most(0.04001) == "4.01 %" and at_most(0.04) == "4.00 %" and at_most(0.0) == "0.00 %"
    assert percent(0.97999) == "97.99 %" and percent(0.98) == "98.00 %" and percent(1.0) == "100.00 %"
    assert [size(number) for number in (0, 999, 1000, 1_234_567)] == ["0 B", "999 B", "1.0 kB", "1.2 MB"]


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_text_stands_out_from_its_ground(store):
    document = render(gather(store, stored(store)))
    pairs = [(fill, colour) for _, fill, colour in STEPS] + [*drawing.PAIRS, *history.COLOURS.values()]
    pairs += re.findall(r"color: (#[0-9a-f]{6}); background: (#[0-9a-f]{6})", document)
    inks = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", document))
    pairs += [(inks[ink], inks[ground]) for ink in ("ink", "soft", "link") for ground in ("paper", "wash")]
    assert len(pairs) >= 16
    assert min(_contrast(*pair) for pair in pairs) >= 4.5
