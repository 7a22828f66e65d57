"""The report: one file, no script, every name given by others is text only, and every table says what is stored."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from dataset_safety import clock
from dataset_safety.frames import Identifications, Samples
from dataset_safety.records import Verdict
from dataset_safety.report.chart import STEPS
from dataset_safety.report.errors import NothingToReport
from dataset_safety.report.gathering import gather
from dataset_safety.report.html import render
from dataset_safety.report.sampling import wilson
from dataset_safety.report.wording import VERDICTS, percent, size, visible
from dataset_safety.report.writing import report_path, write
from dataset_safety.standard import Stage, VerdictValue, load_edition
from dataset_safety.store import corpora, draws, releases, shards, verdicts
from dataset_safety.store.corpora import Corpus, CorpusPart, ShardCount
from dataset_safety.store.draws import Draw, Judgement
from dataset_safety.store.facade import open_store
from dataset_safety.store.releases import Release, Shard
from dataset_safety.store.verdicts import Assessment

RELEASE = "ab" * 32
POPULATION = "cd" * 32
HOSTILE = [json.loads(line) for line in (Path(__file__).parent / "hostile_names.jsonl").read_text().splitlines()]


class Tags(HTMLParser):
    """Elements with their attributes, and the text of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text: list[str] = []
        self.other: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.other.append(data)

    def unknown_decl(self, data):
        self.other.append(data)

    def handle_pi(self, data):
        self.other.append(data)


def parsed(document: str) -> Tags:
    tags = Tags()
    tags.feed(document)
    tags.close()
    return tags


def labels_of(samples: pl.DataFrame, risks: list[list[str]]) -> pl.DataFrame:
    schema = Identifications.create_empty().schema
    lists = {name: [] for name in ("findings", "personal_information", "sensitive_information")}
    common = {**lists, "content_sha256": "0" * 64, "looked": ["keyword"], "rights": "none", "generated": False, "recipe": "r"}
    rows = [
        {**common, "sample_id": sample_id, "outcome": "review" if risk else "clear", "risks": risk}
        for sample_id, risk in zip(samples["sample_id"], risks, strict=True)
    ]
    return pl.DataFrame(rows, schema=schema)


def samples_of(source_id: str, file: str, count: int) -> pl.DataFrame:
    schema = Samples.create_empty().schema
    common = {
        **dict.fromkeys(schema.names()),
        "source_id": source_id,
        "file": file,
        "origin_kind": "website",
        "shard": "0" * 64,
        "content_sha256": "0" * 64,
        "text": "SECRET SAMPLE TEXT",
        "size_bytes": 100,
        "turns": [],
        "generated": False,
        "remarks": [],
    }
    rows = [
        {
            **common,
            "sample_id": f"{source_id}-{file}-{number}",
            "unit": number,
            "data_type": "text:zh" if number % 2 else "text:en",
            "missing": ["url"] if number == 0 else [],
        }
        for number in range(count)
    ]
    return pl.DataFrame(rows, schema=schema)


def frozen(source: str, name: str, title: str, release_id: str = RELEASE) -> Release:
    record = {
        "kind": "website", "title": title, "origin": {"url": title, "collected_at": "2026-01-01"}, "documents": {},
        "agreement": {"kind": "contract", "scope": [title], "parties": [title, "us"], "valid_until": "2030-01-01"},
        "reviews": [{"of": "data", "result": title, "date": "2026-02-02"}],
    }  # fmt: skip
    shard = Shard(source, name, "1" * 64, 4321, "2" * 64)
    at = "2026-11-01T10:00:00+00:00"
    return Release(release_id, Stage.PRE_TRAINING, None, "3" * 64, Path("/inbox"), at, {source: record}, [shard])


def verdicts_of(stage: Stage, why: str) -> list[Verdict]:
    values = list(VerdictValue)
    made = []
    for number, clause in enumerate(load_edition().expected_results(stage)):
        manual = Verdict(f"{clause.id}.manual", VerdictValue.COMPLIANT, why, "at least 96%", "all judged", 4000, 160, remedy=why)
        parts = (manual,) if clause.id.endswith(".4") else ()
        value = values[number % len(values)]
        made.append(Verdict(clause.id, value, why, why, why, 100, 3, offenders=(why, "s-1"), remedy=why, parts=parts))
    return made


def stored(
    store, source: str = "site", name: str = "pages.jsonl", title: str = "A site", why: str = "because", release_id: str = RELEASE
) -> str:
    """A small release with everything a report shows, through the store's own functions."""
    release = frozen(source, name, title, release_id)
    samples = samples_of(source, name, 10)
    risks = [["A.1.h"]] * 2 + [["A.1.h", "A.2.e"]] + [[]] * 7
    labels = labels_of(samples, risks)
    excluded = pl.DataFrame(
        {"sample_id": samples["sample_id"][:3], "decision": ["removed", "removed", "held"], "outcome": ["review"] * 3,
         "reasons": [["risk:A.1.h"], ["risk:A.1.h", "personal_information:email"], ["review:A.1.h", "review:A.2.e"]]}
    )  # fmt: skip
    publish = store.objects.publish_frame
    part = CorpusPart("2" * 64, 0, publish(samples), publish(labels), publish(samples[3:]), publish(excluded), 7, 3)
    drawn = ("manual", POPULATION, 7, 7, True, "5" * 64, "blake2b-bottom-k-1", "6" * 64)
    made = Draw(f"4{release_id[1:]}", release_id, Stage.PRE_TRAINING, *drawn, why, title)
    at = ("2026-11-01T10:00:00", "2026-11-01T10:01:00")
    answer = Judgement(made.draw_id, "s1", "risk", "yes", ["A.1.h"], "", "reviewer", "reviewer", "1", "0" * 64, *at)
    with store.database.write() as connection:
        releases.save(connection, release)
        recipe = shards.save_recipe(connection, {"detectors": {"keyword": "7" * 64, "rights": title}})
        counts = [ShardCount(source, name, 12, 7, 2, 1, 2, {"blank_line": 4})]
        corpus_id = f"8{release_id[1:]}"
        corpora.save(connection, Corpus(corpus_id, release_id, recipe, {"review": "hold"}, POPULATION, 7, "", counts, [part], []))
        draws.save_draw(connection, made)
        draws.save_judgements(connection, [answer, replace(answer, answer="no", categories=["A.2.e"])])
        digest = load_edition().digest
        found = verdicts_of(Stage.PRE_TRAINING, why)
        verdicts.save(connection, Assessment(release_id, Stage.PRE_TRAINING, POPULATION, digest, "9" * 64, found))
    return release_id


@pytest.fixture
def store(tmp_path):
    with clock.fixed(datetime(2026, 11, 23, 12, tzinfo=UTC)), open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture(scope="module")
def template_elements(tmp_path_factory):
    """The elements of a report whose names are harmless."""
    with open_store(tmp_path_factory.mktemp("plain") / "home") as opened:
        return [tag for tag, _ in parsed(render(gather(opened, stored(opened)))).elements]


def test_hostile_names_are_text_and_nothing_else(store, template_elements):
    assert len(set(HOSTILE)) >= 60
    for number, hostile in enumerate(HOSTILE):
        document = render(gather(store, stored(store, hostile, hostile, hostile, hostile, f"{number:064x}")))
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
    assert "http:" not in document and "https:" not in document and "url(" not in document


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
    assert data.sampling.answers[0].answers == {"no": 1} and data.sampling.judged_risks == {"A.2.e": 1}
    assert data.sampling.draws[0].judged == 1
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
    assert percent(0.97999) == "97.99 %" and percent(0.98) == "98.00 %" and percent(1.0) == "100.00 %"
    assert [size(number) for number in (0, 999, 1000, 1_234_567)] == ["0 B", "999 B", "1.0 kB", "1.2 MB"]


def test_the_interval_is_wilson():
    low, high = wilson(3840, 4000)
    assert (round(low, 4), round(high, 4)) == (0.9535, 0.9656)
    assert wilson(0, 10)[0] == 0.0 and wilson(10, 10)[1] == pytest.approx(1.0)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_text_stands_out_from_its_ground(store):
    document = render(gather(store, stored(store)))
    pairs = [(fill, colour) for _, fill, colour in STEPS]
    pairs += re.findall(r"color: (#[0-9a-f]{6}); background: (#[0-9a-f]{6})", document)
    inks = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", document))
    pairs += [(inks[ink], inks[ground]) for ink in ("ink", "soft", "link") for ground in ("paper", "wash")]
    assert len(pairs) >= 16
    assert min(_contrast(*pair) for pair in pairs) >= 4.5
