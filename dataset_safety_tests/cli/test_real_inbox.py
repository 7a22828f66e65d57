"""What the real inbox must show: facts of the data, so they are tests."""

from __future__ import annotations

import csv
import json

import polars as pl
import pytest

from dataset_safety.evaluation.populations import Populations
from dataset_safety.standard.stages import Stage
from dataset_safety.store import corpora, releases
from dataset_safety.store.facade import open_store
from dataset_safety.store.shards import annotated
from dataset_safety.usage.accounting import recount

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", params=list(Stage))
def assessed(request, assessed_inbox):
    home, _ = assessed_inbox
    with open_store(home) as store:
        with store.database.read() as connection:
            release = releases.latest(connection, request.param)
            corpus = corpora.latest(connection, release.release_id)
        yield store, release, corpus


@pytest.fixture(scope="module")
def pre_training(assessed_inbox):
    home, _ = assessed_inbox
    with open_store(home) as store:
        with store.database.read() as connection:
            release = releases.latest(connection, Stage.PRE_TRAINING)
            corpus = corpora.latest(connection, release.release_id)
        yield store, release, corpus


@pytest.fixture(scope="module")
def outcomes(pre_training):
    store, _, corpus = pre_training
    populations = Populations(store, corpus)
    rows = populations.p1.select("sample_id", "source_id", "file", "unit", "data_type").join(populations.labels, on="sample_id")
    return rows.collect()


def verdict(assessed_inbox, stage, clause):
    found = {one["id"]: one for one in assessed_inbox[1][stage]["verdicts"]}
    return found[clause]


def part(verdict_row, clause):
    return next(one for one in verdict_row["parts"] if one["id"].endswith(clause))


def test_every_file_is_accounted_for(assessed):
    store, release, corpus = assessed
    assert recount(store, release, corpus) == []
    assert len(corpus.shards) == len(release.shards)
    for shard in corpus.shards:
        assert shard.units == shard.kept + shard.removed + shard.held + shard.quarantined


def test_69_files_of_25_sources(assessed_inbox):
    home, _ = assessed_inbox
    with open_store(home) as store, store.database.read() as connection:
        found = [releases.latest(connection, stage) for stage in Stage]
    assert sum(len(release.sources) for release in found) == 25
    assert sum(len(release.shards) for release in found) == 69


def test_records_of_web_archives_are_skipped_by_kind_and_the_cut_off_one_is_quarantined(pre_training):
    store, release, corpus = pre_training
    skipped = {(shard.source_id, shard.name): shard.skipped for shard in corpus.shards}
    assert skipped["iana-crawl", "iana.warc.gz"]["warc:request"] == 171
    assert skipped["iana-crawl", "iana.warc.gz"]["warc:revisit"] == 123
    cut_off = next(shard for shard in release.shards if shard.name == "example-trunc.warc")
    with store.database.read() as connection:
        quarantine = store.objects.read_frame(annotated(connection, [cut_off.shard_key])[cut_off.shard_key].quarantine_object)
    assert quarantine["reason"].to_list() == ["truncated_record"]
    assert quarantine["byte_offset"][0] > 0


def test_the_page_with_a_bad_address_is_repaired_and_the_arc_is_read(pre_training):
    store, _, corpus = pre_training
    rows = Populations(store, corpus).p1.filter(pl.col("source_id") == "warc-oddities").select("file", "url", "remarks").collect()
    bad = rows.filter(pl.col("file") == "example-wget-bad-target-uri.warc.gz")
    assert bad.height == 1
    assert not bad["url"][0].startswith("<")
    assert bad["remarks"][0].len() == 1
    assert rows.filter(pl.col("file") == "example.arc.gz").height == 1


def test_languages_of_the_real_files(outcomes):
    types = {source: set(found) for source, found in outcomes.group_by("source_id").agg(pl.col("data_type").unique()).iter_rows()}
    assert types["forum-comments"] == {"text:zh"}
    assert types["chinese-poetry"] == {"text:zh"}
    assert types["udhr"] == {"text:ar", "text:bo", "text:zh", "text:fr", "text:ug"}
    assert types["speech"] == {"audio"}


def test_collection_verdicts(assessed_inbox):
    recorded = verdict(assessed_inbox, "pre_training", "8.2.1.b.1")
    assert recorded["verdict"] == "NON_COMPLIANT"
    assert {"c4-sample", "web-pages-parquet"} <= set(part(recorded, "web")["why"].replace("(", " ").split())
    organisations = [
        part(recorded, "org"), part(part(verdict(assessed_inbox, "fine_tuning", "8.3.1.b.1"), "8.2.1.b.1"), "org"),
    ]  # fmt: skip
    assert [one["k"] for one in organisations] == [12, 9]
    assert all("dataset-safety ledger add-document" in one["remedy"] for one in organisations)
    several = verdict(assessed_inbox, "pre_training", "8.2.1.b.2")
    assert several["verdict"] == "NON_COMPLIANT"
    for kind in ("audio", "image", "code", "text:ar", "text:bo", "text:es", "text:ug"):
        assert f"{kind} (" in several["why"]
    assert "text:zh (" not in several["why"]


def test_metadata_and_generation_verdicts(assessed_inbox):
    assert verdict(assessed_inbox, "pre_training", "8.2.2.b.1")["verdict"] == "NON_COMPLIANT"
    assert verdict(assessed_inbox, "fine_tuning", "8.3.2.b.2")["verdict"] == "NON_COMPLIANT"
    generated = verdict(assessed_inbox, "fine_tuning", "8.3.1.b.2")
    assert generated["verdict"] == "NON_COMPLIANT"
    assert "alpaca-demo" in generated["why"]
    assert "belle" in generated["why"]


def test_human_seed_tasks_are_not_generated_content(assessed_inbox):
    home, _ = assessed_inbox
    with open_store(home) as store:
        with store.database.read() as connection:
            release = releases.latest(connection, Stage.FINE_TUNING)
            corpus = corpora.latest(connection, release.release_id)
        rows = (
            Populations(store, corpus).p1.filter(pl.col("source_id") == "belle").group_by("file").agg(pl.col("generated").all())
        )
        assert dict(rows.collect().iter_rows()) == {"belle_eval_set.json": True, "belle_zh_seed_tasks.json": False}


def test_nobody_judged_so_nothing_is_compliant_by_default(assessed_inbox):
    content = verdict(assessed_inbox, "pre_training", "8.2.3.b.4")
    assert content["verdict"] != "COMPLIANT"
    manual = part(content, "manual")
    assert manual["verdict"] == "INCOMPLETE"
    assert manual["observed"].startswith("0 of 4000 judged")


def test_all_verdicts_of_both_stages_are_there(assessed_inbox):
    _, stages = assessed_inbox
    assert [len(stages[stage]["verdicts"]) for stage in ("pre_training", "fine_tuning")] == [16, 13]
    assert len({one["id"] for stage in stages.values() for one in stage["verdicts"]}) == 24
    assert not [one for stage in stages.values() for one in stage["verdicts"] if one["verdict"] == "ERROR"]


def test_pictures_and_sound_are_held_and_never_clear(outcomes):
    media = outcomes.filter(pl.col("data_type").is_in(["image", "audio"]))
    assert set(media["outcome"]) == {"not_identified"}


@pytest.mark.parametrize("source", ["udhr", "inaugural-addresses"])
def test_rights_and_addresses_pass_untouched(outcomes, source):
    assert set(outcomes.filter(pl.col("source_id") == source)["outcome"]) == {"clear"}


@pytest.mark.parametrize("source", ["wiki-en", "cmrc2018", "chinese-poetry"])
def test_encyclopedia_and_poetry_pass(outcomes, source):
    found = outcomes.filter(pl.col("source_id") == source)["outcome"].to_list()
    assert found.count("reject") == 0
    assert found.count("review") * 50 <= len(found)


def test_a_third_of_the_offensive_comments_is_found(outcomes, labelled):
    with (labelled / "zh" / "cold_train.csv").open(encoding="utf-8") as stream:
        offensive = [row["label"] == "1" for row, _ in zip(csv.DictReader(stream), range(6000), strict=False)]
    found = outcomes.filter(pl.col("source_id") == "forum-comments").sort("unit")["outcome"].is_in(["review", "reject"]).to_list()
    hits = sum(is_offensive and is_found for is_offensive, is_found in zip(offensive, found, strict=True))
    assert hits * 3 >= sum(offensive)


def test_the_inaugural_address_with_big5_punctuation_reads_with_its_dashes(pre_training):
    store, _, corpus = pre_training
    texts = Populations(store, corpus).p1.filter(pl.col("source_id") == "inaugural-addresses").select("file", "text").collect()
    bush = dict(texts.iter_rows())["2005-Bush.txt"]
    assert "’" in bush or "—" in bush
    assert not any(0xE000 <= ord(character) <= 0xF8FF for character in bush)


def test_a_second_run_scans_nothing_again(assessed_inbox, inbox, command):
    home, stages = assessed_inbox
    again = command("run", "--inbox", inbox, "--json", home=home)
    assert again.returncode == 1
    assert {one["stage"]: one for one in json.loads(again.stdout)["releases"]} == stages
    with open_store(home) as store, store.database.read() as connection:
        from dataset_safety.store import audit

        events = [event.action for event in audit.events(connection)]
    assert events.count("collect.freeze") == 2
    assert events.count("preprocess.annotate") == 69
