"""The 69 files of the real inbox: units, unreadable units and skipped things, counted by other means.

JSON and CSV counts were taken with ``json.loads`` and ``len``; web archives with warcio's own iterator by record type and media
type; texts with ``str.splitlines``; Parquet with polars. 143 works of yuanqu have no paragraphs, 1,102 Tang authors no text.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from dataset_safety.collection.inbox import InboxSource, discover
from dataset_safety.collection.ledger import attached_documents, fact_gaps, source_key
from dataset_safety.collection.reading import Skipped, Unit, Unreadable, read_shard
from dataset_safety.records import SourceKind
from dataset_safety.standard.stages import Stage

REQUEST, REVISIT, WARCINFO = "warc:request", "warc:revisit", "warc:warcinfo"
EXAMPLE = {REQUEST: 2, REVISIT: 1, WARCINFO: 2}
# units read, units unreadable, skipped by kind
EXPECTED: dict[str, tuple[int, int, dict[str, int]]] = {
    "c4-sample/c4_demo.jsonl": (300, 0, {}),
    "chinese-poetry/元曲__yuanqu.json": (11057 - 143, 143, {}),
    "chinese-poetry/全唐诗__authors.tang.json": (3675 - 1102, 1102, {}),
    "chinese-poetry/全唐诗__error__poet.tang.0.json": (280, 0, {}),
    "chinese-poetry/全唐诗__poet.song.0.json": (1000, 0, {}),
    "chinese-poetry/全唐诗__poet.tang.0.json": (1000, 0, {}),
    "chinese-poetry/四书五经__daxue.json": (1, 0, {}),
    "chinese-poetry/四书五经__mengzi.json": (14, 0, {}),
    "chinese-poetry/蒙学__guwenguanzhi.json": (1, 0, {}),
    "cmrc2018/cmrc2018_trial.json": (256, 0, {}),
    "code-headers/code_headers.parquet": (10, 0, {}),
    "code-repositories/code_a.parquet": (11, 0, {}),
    "code-repositories/code_b.parquet": (16, 0, {}),
    "forum-comments/forum_comments_gb18030.txt": (6000, 0, {}),
    "iana-crawl/dupes.warc.gz": (
        1, 0, {REQUEST: 12, REVISIT: 9, WARCINFO: 1, "warc:response:application/x-javascript": 1, "warc:response:none": 1},
    ),
    "iana-crawl/iana.warc.gz": (
        18, 2,
        {
            REQUEST: 171, REVISIT: 123, WARCINFO: 1, "warc:response:application/octet-stream": 5,
            "warc:response:application/x-javascript": 17, "warc:response:image/png": 1, "warc:response:image/svg+xml": 3,
            "warc:response:text/css": 2,
        },
    ),
    **{
        f"inaugural-addresses/{name}.txt": (1, 0, {})
        for name in (
            "1861-Lincoln", "1933-Roosevelt", "1961-Kennedy", "1981-Reagan", "1989-Bush", "2001-Bush", "2005-Bush", "2009-Obama",
            "2013-Obama", "2017-Trump", "2021-Biden",
        )
    },
    "pictures/images_bytes.parquet": (3, 0, {}),
    "redpajama-pile/arxiv.jsonl": (11, 0, {}),
    "redpajama-pile/demo-dataset-deduplication.jsonl": (14, 0, {}),
    "redpajama-pile/redpajama-cc-2023-06-refined.jsonl": (10, 0, {}),
    "redpajama-pile/redpajama-pile-stackexchange-refined.jsonl": (10, 0, {}),
    "redpajama-pile/the-pile-nih-refined.jsonl": (10, 0, {}),
    "redpajama-pile/the-pile-uspto-refined.jsonl": (10, 0, {}),
    "speech/audio_5s.wav": (1, 0, {}),
    "stack-exchange/stack_exchange.jsonl": (70, 0, {}),
    **{f"udhr/udhr2_{name}.txt": (1, 0, {}) for name in ("arb", "bod", "cmn_hant", "fra", "uig_latn")},
    "warc-oddities/example-bad-non-chunked.warc.gz": (1, 0, EXAMPLE),
    "warc-oddities/example-iana.org-chunked.warc": (1, 0, {REQUEST: 1, WARCINFO: 1}),
    "warc-oddities/example-trunc.warc": (0, 1, {REQUEST: 1, WARCINFO: 2}),
    "warc-oddities/example-wget-bad-target-uri.warc.gz": (
        1, 0, {"warc:metadata": 1, REQUEST: 1, "warc:resource": 2, WARCINFO: 1},
    ),
    "warc-oddities/example.arc.gz": (1, 0, {"arc:header": 1}),
    "warc-oddities/example.warc": (1, 0, EXAMPLE),
    "warc-oddities/example.warc.gz": (1, 0, EXAMPLE),
    "warc-oddities/post-test.warc.gz": (0, 0, {REQUEST: 3, "warc:response:application/json": 3}),
    "web-pages-parquet/hap_web50.parquet": (50, 0, {}),
    "web-pages-parquet/mlfilter_1.parquet": (100, 0, {}),
    "web-pages-parquet/mlfilter_2.parquet": (100, 0, {}),
    "web-pages-parquet/web2parquet_html.parquet": (1, 0, {}),
    "wiki-en/wiki_demo.txt": (30, 0, {}),
    "alpaca-demo/alpaca_en_demo.json": (999, 0, {}),
    "alpaca-demo/alpaca_zh_demo.json": (1000, 0, {}),
    "belle/belle_eval_set.json": (1000, 0, {}),
    "belle/belle_zh_seed_tasks.json": (175, 0, {}),
    "dingo-sft/dingo_sft.jsonl": (5, 0, {}),
    "identity-templates/identity.json": (91, 0, {}),
    "preference-demo/dpo_en_demo.json": (299, 0, {}),
    "preference-demo/dpo_zh_demo.json": (300, 0, {}),
    "preference-demo/kto_en_demo.json": (300, 0, {}),
    "sft-messages/v1_sft_demo.jsonl": (500, 0, {}),
    "tool-call-demo/glaive_toolcall_zh_demo.json": (300, 0, {}),
    "tool-call-demo/reason_tool_use_demo_50.jsonl": (50, 0, {}),
    "vicuna-questions/gpt4llm_vicuna_80.jsonl": (80, 0, {}),
    "vicuna-zh/vicuna_zh_chat_sample.jsonl": (3, 0, {}),
    "vicuna-zh/vicuna_zh_instruct_sample.jsonl": (10, 0, {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def sources(inbox: Path) -> dict[str, InboxSource]:
    return {source.record.source_id: source for stage in Stage for source in discover(inbox, stage)}


@pytest.fixture(scope="module")
def read(sources: dict[str, InboxSource]) -> dict[str, list[Unit | Unreadable | Skipped]]:
    return {
        f"{name}/{file.name}": list(read_shard(file.path, name=file.name, record=source.record))
        for name, source in sources.items()
        for file in source.files
    }


def test_every_file_gives_the_units_that_other_means_count(read):
    found = {
        name: (
            sum(isinstance(item, Unit) for item in items),
            sum(isinstance(item, Unreadable) for item in items),
            {item.kind: item.count for item in items if isinstance(item, Skipped)},
        )
        for name, items in read.items()
    }
    assert len(found) == 69
    assert found == EXPECTED


def test_units_are_numbered_without_gaps(read):
    for items in read.values():
        numbers = [item.ordinal for item in items if not isinstance(item, Skipped)]
        assert numbers == list(range(len(numbers)))


def test_reasons_of_the_unreadable_units(read):
    reasons = Counter(item.reason for items in read.values() for item in items if isinstance(item, Unreadable))
    assert reasons == {"empty_text": 143 + 1102 + 2, "truncated_record": 1}


def test_modalities(read):
    units = [(name.split("/")[0], item) for name, items in read.items() for item in items if isinstance(item, Unit)]
    kinds = Counter((source, unit.modality) for source, unit in units)
    beyond_text = {key: count for key, count in kinds.items() if key[1] != "text"}
    assert beyond_text == {
        ("code-headers", "code"): 10, ("code-repositories", "code"): 27, ("pictures", "image"): 3, ("speech", "audio"): 1,
    }  # fmt: skip


def test_the_address_with_big5_punctuation_reads_with_its_dashes_and_apostrophes(read):
    (unit,) = read["inaugural-addresses/2005-Bush.txt"]
    assert Counter(sign for sign in unit.text if sign > "\x7f") == {"—": 17, "’": 12, "“": 3, "”": 3, "…": 2}
    assert unit.repairs == ["encoding_converted:big5"]


def test_the_forum_comments_read_as_chinese(read, inbox):
    units = read["forum-comments/forum_comments_gb18030.txt"]
    raw = (inbox / "pre_training/forum-comments/forum_comments_gb18030.txt").read_bytes()
    assert [unit.text for unit in units] == raw.decode("gb18030").split("\r\n")[:-1]
    assert all(unit.declared_language == "zh" and unit.repairs == ["encoding_converted:gb18030"] for unit in units)
    first = units[1]
    assert raw[first.byte_offset :].startswith(first.text.encode("gb18030"))


def test_the_bad_target_uri_is_repaired_and_the_page_kept(read):
    unit = next(item for item in read["warc-oddities/example-wget-bad-target-uri.warc.gz"] if isinstance(item, Unit))
    assert unit.url == "http://example.com/"
    assert unit.repairs == ["target_uri_unwrapped"]
    assert unit.text.startswith("This domain is established")


def test_web_responses_keep_address_date_status_and_digest(read):
    archives = [items for name, items in read.items() if ".warc" in name or ".arc" in name]
    pages = [item for items in archives for item in items if isinstance(item, Unit)]
    assert Counter(page.http_status for page in pages) == {200: 23, 302: 2}
    for page in pages:
        assert page.url.startswith("http") and page.payload_digest.startswith("sha1:")
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", page.retrieved_at)
    arc = next(item for item in read["warc-oddities/example.arc.gz"] if isinstance(item, Unit))
    assert re.fullmatch(r"2014-02-16T05:02:21Z", arc.retrieved_at) and arc.payload_digest.startswith("sha1:")


def test_the_cut_off_record_is_quarantined_at_its_place(read, inbox):
    (cut,) = [item for item in read["warc-oddities/example-trunc.warc"] if isinstance(item, Unreadable)]
    raw = (inbox / "pre_training/warc-oddities/example-trunc.warc").read_bytes()
    assert raw[cut.byte_offset :].startswith(b"WARC/1.0\r\n") and b"WARC-Type: response" in raw[cut.byte_offset :][:200]


def test_a_file_in_one_compressed_member_says_so(read):
    unit = next(item for item in read["warc-oddities/example-bad-non-chunked.warc.gz"] if isinstance(item, Unit))
    assert unit.repairs == ["one_compressed_member"]


def test_works_are_in_the_text(read):
    poem = read["chinese-poetry/元曲__yuanqu.json"][0]
    assert poem.text.splitlines()[:3] == ["诈妮子调风月・仙吕/点绛唇", "关汉卿", "半世为人，不曾教大人心困。"]
    (book,) = read["chinese-poetry/蒙学__guwenguanzhi.json"]
    assert len(book.text) > 140_000 and "\n鄭伯克段於鄢\n" in book.text


def test_embedded_source_information_is_copied_verbatim(read):
    paper = read["redpajama-pile/arxiv.jsonl"][0]
    assert paper.url == paper.embedded_source["meta"]["url"] == "https://arxiv.org/abs/1712.01076"
    assert paper.embedded_source["meta"]["timestamp"] == 1512465451000 and paper.retrieved_at == "2017-12-05T09:17:31+00:00"
    program = read["code-repositories/code_b.parquet"][0]
    assert program.licence == "MIT" and program.embedded_source["repo_name"] == "repo2"
    (page,) = read["web-pages-parquet/web2parquet_html.parquet"]
    assert page.url == "https://thealliance.ai/" and "<" not in page.text[:200]


def test_generated_rows_are_told_from_human_ones(read):
    assert {unit.generated_model for unit in read["belle/belle_eval_set.json"]} == {"ChatGPT"}
    assert {unit.generated_model for unit in read["belle/belle_zh_seed_tasks.json"]} == {None}
    alpaca = read["alpaca-demo/alpaca_zh_demo.json"]
    assert {(unit.generated_model, unit.generated_version, unit.acquired_at) for unit in alpaca} == {("GPT-4", None, None)}


def test_every_turn_is_a_span_of_its_text(read):
    roles: Counter[str] = Counter()
    for items in read.values():
        for unit in items:
            if isinstance(unit, Unit) and unit.turns:
                assert "\n\n".join(unit.text[start:end] for _, start, end in unit.turns) == unit.text
                roles.update(role for role, _, _ in unit.turns)
    assert set(roles) == {"user", "assistant", "system", "tools", "tool", "tool_call", "chosen", "rejected"}
    assert roles["chosen"] == roles["rejected"] == 599


def test_declared_languages_come_from_the_source(read):
    declared = {name: items[0].declared_language for name, items in read.items() if name.startswith("udhr/")}
    assert sorted(declared.values()) == ["ar", "bo", "fr", "ug", "zh"]


def test_the_ledger_names_what_is_missing_in_reality(sources):
    gaps = {
        name: fact_gaps(source.record, attached_documents(source.record, source.folder), source.record.stage, date(2026, 11, 24))
        for name, source in sources.items()
    }
    organisations = {name for name, source in sources.items() if source.record.kind is SourceKind.ORGANISATION}
    without = {name for name, found in gaps.items() if any(gap.key == "agreement.document" for gap in found)}
    assert len(organisations) == 21 and without == organisations
    assert all(
        gap.remedy == f"dataset-safety ledger add-document {name} FILE" and gap.clause == "6.1.a.2"
        for name in without for gap in gaps[name] if gap.key == "agreement.document"
    )  # fmt: skip
    nowhere = {name for name, found in gaps.items() if any(gap.clause == "6.1.a.1" for gap in found)}
    assert nowhere == {"c4-sample", "web-pages-parquet"}
    made = {(name, gap.key, gap.file) for name, found in gaps.items() for gap in found if gap.clause == "7.1.b"}
    assert made == {
        ("alpaca-demo", "generated.version", ""), ("alpaca-demo", "generated.acquired_at", ""),
        ("belle", "generated.version", "belle_eval_set.json"), ("belle", "generated.acquired_at", "belle_eval_set.json"),
    }  # fmt: skip
    assert source_key(sources["code-headers"].record) == source_key(sources["code-repositories"].record) == "entity:data-prep-kit"


def test_a_frozen_record_reads_back_as_itself(sources):
    for source in sources.values():
        frozen = source.record.canonical()
        assert type(source.record).model_validate(frozen) == source.record
        assert str(source.folder) not in repr(frozen)
