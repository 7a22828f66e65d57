"""After a change of the library only added and withdrawn entries are looked for; the labels are those of a full scan."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dataset_safety.keywords.importing import Origin, read_lines
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.matching import KeywordDetector
from dataset_safety.keywords.stored import difference
from dataset_safety.preprocessing.identification import identification_records
from dataset_safety.preprocessing.recipes import DetectorSources, build_detectors
from dataset_safety.preprocessing.relabelling import Update, updated_records
from dataset_safety_tests.keywords.stored import stored_generation

LINES = """出租 + 银行卡 ~8 @reject !出租车
包夜上门 @review
叶子 @context
走量 @context
走量 + 叶子 ~6 @review
绝密渠道 @reject
cheap meds @review
meds + no prescription ~10 @reject
办假证件 @context
代办入境 @review
冰糖到货 @context"""
PIECES = [
    *("出租", "银行卡", "出租车", "包夜上门", "叶子", "走量", "绝密渠道", "cheap meds", "no prescription", "meds", "办假证件"),
    *("代办入境", "冰糖到货", "，平常的话，", "绝.密.渠.道", "包 夜 上 门", "“", "”", "有人说", "13812345678", " ", "。\n"),
    "今天天气很好我们去公园",
]
ORIGIN = Origin("A.1.h", "zh", "t", "2026-11-20", "test")
ENTRIES = read_lines(LINES, ORIGIN, name="t").entries


def samples_of(texts):
    ids = [str(number) for number in range(len(texts))]
    types = ["text:zh" if text is not None else "image" for text in texts]
    columns = {"sample_id": ids, "content_sha256": ids, "data_type": types, "text": texts, "generated": [False] * len(ids)}
    return pl.DataFrame(columns, schema_overrides={"text": pl.String})


def full(samples, sources, recipe):
    return identification_records(samples, build_detectors(sources), recipe)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("generations")


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.sampled_from(ENTRIES), max_size=11),
    st.sets(st.sampled_from(ENTRIES), min_size=1, max_size=11),
    st.lists(st.one_of(st.none(), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)), min_size=1, max_size=12),
)
def test_an_update_equals_a_full_scan(folder, before, after, texts):
    sources = []
    for chosen in (before, after):
        path = stored_generation(folder, Library.of(chosen))
        sources.append(DetectorSources((path,), (), ("keyword", "pattern", "rights")))
    samples = samples_of(texts)
    old, new = Library.of(before), Library.of(after)
    differs = difference(old, new)
    versions = [KeywordDetector(library).version for library in (old, new)]
    update = Update(differs.added, frozenset(entry.id for entry in differs.withdrawn), *versions)
    updated = updated_records(samples, full(samples, sources[0], "old"), update, sources[1], "new")
    assert_frame_equal(updated, full(samples, sources[1], "new"))


def test_a_context_entry_counts_from_the_day_on_which_its_company_is_added(folder):
    alone = Library.of(entry for entry in ENTRIES if entry.text == "叶子")
    both = Library.of(entry for entry in ENTRIES if entry.text in ("叶子", "绝密渠道"))
    samples = samples_of(["叶子，绝密渠道", "叶子", None])
    for old, new, outcomes in ((alone, both, ["reject", "clear"]), (both, alone, ["clear", "clear"])):
        paths = [stored_generation(folder, library) for library in (old, new)]
        sources = DetectorSources((paths[0],), (), ("keyword",))
        differs = difference(old, new)
        versions = [KeywordDetector(library).version for library in (old, new)]
        update = Update(differs.added, frozenset(entry.id for entry in differs.withdrawn), *versions)
        found = updated_records(samples, full(samples, sources, "old"), update, replace(sources, libraries=(paths[1],)), "new")
        assert found["outcome"].to_list() == [*outcomes, "not_identified"]
