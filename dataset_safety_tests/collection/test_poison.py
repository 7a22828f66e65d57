"""Files made to break readers: a bad unit is quarantined with place and reason, the rest is read, memory stays bounded."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import subprocess
import sys
import zlib
from pathlib import Path

import polars as pl
import pytest
import zstandard

from dataset_safety.collection.limits import KIB, MIB, Limits
from dataset_safety.collection.reading import Read, Unit, Unreadable, read_shard
from dataset_safety.collection.sources import SourceRecord

SMALL = Limits(line=64 * KIB, document=256 * KIB, payload=256 * KIB)


def source(**tables: object) -> SourceRecord:
    return SourceRecord.model_validate({"stage": "pre_training", "source_id": "poison", "kind": "organisation", **tables})


def items(folder: Path, name: str, data: bytes, limits: Limits | None = None, **tables: object) -> list[Read]:
    path = folder / "shard"
    path.write_bytes(data)
    return list(read_shard(path, name=name, record=source(**tables), limits=limits))


def outcome(found: list[Read]) -> list[str]:
    return [
        item.text if isinstance(item, Unit) else item.reason if isinstance(item, Unreadable) else f"{item.kind}={item.count}"
        for item in found
    ]


def row(text: str) -> bytes:
    return json.dumps({"text": text}).encode()


BAD_LINES = {
    b'{"text":"a","text":"b"}': "duplicate_key",
    b'{"meta":{"k":1,"k":2},"text":"a"}': "duplicate_key",
    rb'{"text":"\ud800"}': "lone_surrogate",
    rb'{"\uDFFF":1,"text":"a"}': "lone_surrogate",
    b'{"text":"a","x":NaN}': "not_a_number",
    b'{"text":"a","x":-Infinity}': "not_a_number",
    b'{"text":"a","x":1e999}': "not_a_number",
    b'{"text":"a","x":' + b"9" * 5000 + b"}": "invalid_json",
    b'{"text":"\xff\xfe"}': "bad_utf8",
    '{"text":"数据安全"}'.encode("gb18030"): "bad_utf8",
    b'{"text":"a\0b"}': "invalid_json",
    rb'{"text":"a\u0000b"}': "nul_character",
    b'{"text":"cut': "invalid_json",
    b'{"text":"a"} x': "invalid_json",
    b"[" * 30_000: "too_deep",
    b'{"text":' + b"[" * 200 + b"]" * 200 + b"}": "too_deep",
    b'{"text":["x"]}': "wrong_type",
    b'{"text":7}': "wrong_type",
    b'{"text":""}': "empty_text",
    b'{"text":" \\n"}': "empty_text",
    b'{"id":7}': "no_text",
    b"{}": "no_text",
    b"7": "no_text",
    b"null": "no_text",
    b"x" * (64 * KIB + 1): "too_large",
}


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: f"{BAD_LINES[line]}-{zlib.crc32(line):x}")
def test_a_bad_line_is_quarantined_alone(tmp_path, line):
    found = items(tmp_path, "rows.jsonl", row("before") + b"\n" + line + b"\n" + row("安全") + b"\n", SMALL)
    assert outcome(found) == ["before", BAD_LINES[line], "安全"]
    bad = found[1]
    assert (bad.byte_offset, bad.length) == (len(row("before")) + 1, len(line))
    assert "cut" not in bad.detail and "数据" not in bad.detail


@pytest.mark.parametrize("line", [line for line in BAD_LINES if line[:1] == b"{" and b"cut" not in line and b"} x" not in line])
def test_a_bad_element_of_an_array_is_quarantined_alone(tmp_path, line):
    found = items(tmp_path, "rows.json", b"[\n" + row("before") + b",\n" + line + b",\n" + row("after") + b"\n]\n", SMALL)
    assert outcome(found) == ["before", BAD_LINES[line], "after"]
    assert (found[1].byte_offset, found[1].length) == (len(b"[\n" + row("before") + b",\n"), len(line))


def test_an_element_beyond_the_limit_is_passed_over_with_its_hash(tmp_path):
    import hashlib

    big = json.dumps({"text": 'a"\\]},{[' * 200_000}).encode()
    found = items(tmp_path, "rows.json", b"[" + row("before") + b"," + big + b"," + row("after") + b"]", SMALL)
    assert outcome(found) == ["before", "too_large", "after"]
    assert found[1].length == len(big) and hashlib.sha256(big).hexdigest() in found[1].detail
    assert found[1].byte_offset == len(row("before")) + 2


def test_blank_lines_and_marks_are_counted_apart(tmp_path):
    data = b"\xef\xbb\xbf" + row("a") + b"\r\n\r\n  \n" + row("b")
    assert outcome(items(tmp_path, "rows.jsonl", data)) == ["a", "b", "blank_line=2"]


def test_a_bad_line_in_the_middle_of_a_text_is_quarantined_alone(tmp_path):
    data = "第一行\n".encode() + b"\xff\xff\xff\n" + "第三行\nbe\0d\n".encode()
    found = items(tmp_path, "lines.txt", data, fields={"unit": "line"})
    assert outcome(found) == ["第一行", "bad_utf8", "第三行", "nul_character"]
    assert [item.byte_offset for item in found] == [0, 10, 14, 24]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "gb18030", "big5", "utf-8-sig"])
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.csv", "lines.txt", "document.txt"])
def test_texts_in_other_encodings_read_as_themselves(tmp_path, name, encoding):
    texts = ["我們在這裡討論資料安全的問題，這是一個很重要的事情。", "他們說的話都是為了大家好，所以我也來了。"]
    made = {
        "rows.jsonl": "\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts),
        "rows.json": json.dumps([{"text": text} for text in texts], ensure_ascii=False),
        "rows.csv": "text,n\n" + "\n".join(f"{text},1" for text in texts),
        "lines.txt": "\r\n".join(texts),
        "document.txt": texts[0],
    }[name]
    tables = {"fields": {"unit": "line"}} if name == "lines.txt" else {}
    found = items(tmp_path, name, made.encode(encoding), **tables)
    assert outcome(found) == (texts[:1] if name == "document.txt" else texts)
    assert all(bool(unit.repairs) == ("8" not in encoding or encoding == "gb18030") for unit in found)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("shift", range(4))
def test_one_very_long_line_does_not_mislead_the_encoding(tmp_path, encoding, shift):
    texts = ["x" * shift + "我们在这里讨论数据安全的问题，这是一个很重要的事情。" * 40] * 400
    made = json.dumps([{"text": text} for text in texts], ensure_ascii=False).encode(encoding)
    assert len(made) > 3 * 256 * KIB and made.count(b"\n") == 0
    found = items(tmp_path, "rows.json", made)
    assert outcome(found) == texts and bool(found[0].repairs) == (encoding != "utf-8")


COMPRESSORS = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}  # fmt: skip


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_every_member_of_a_compressed_file_is_read(tmp_path, suffix):
    compress = COMPRESSORS[suffix]
    data = compress(row("one") + b"\n" + row("tw")[:5]) + compress(row("tw")[5:] + b"\n") + compress(row("three"))
    assert outcome(items(tmp_path, f"rows.jsonl.{suffix}", data)) == ["one", "tw", "three"]


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_a_cut_off_compressed_file_keeps_what_was_read(tmp_path, suffix):
    lines = [row(os.urandom(300).hex()) for _ in range(4000)]
    whole = COMPRESSORS[suffix](b"\n".join(lines))
    found = items(tmp_path, f"rows.jsonl.{suffix}", whole[: len(whole) * 2 // 3])
    *read, last = found
    assert last.reason == "truncated_stream" and len(read) > 100 and all(isinstance(item, Unit) for item in read)
    assert last.byte_offset == sum(len(line) + 1 for line in lines[: len(read)]) and last.ordinal == len(read)


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_damaged_compressed_bytes_never_crash(tmp_path, suffix):
    whole = bytearray(COMPRESSORS[suffix](b"\n".join(row(f"{k:05}" * 50) for k in range(2000))))
    for place in range(8, len(whole), max(1, len(whole) // 12)):
        broken = bytes(whole[:place]) + bytes([whole[place] ^ 0xFF]) + bytes(whole[place + 1 :])
        found = items(tmp_path, f"rows.jsonl.{suffix}", broken)
        assert found and sum(isinstance(item, Unreadable) for item in found) <= 2001


@pytest.mark.parametrize("suffix", ["gz", "zst", "xz", "bz2"])
def test_a_bomb_stops_and_what_was_read_stays(tmp_path, suffix):
    compress = COMPRESSORS[suffix]
    found = items(tmp_path, f"rows.jsonl.{suffix}", compress(row("before") + b"\n") + compress(b" " * (300 * MIB)))
    assert outcome(found) == ["before", "decompression_bomb"]


def test_trailing_bytes_behind_a_compressed_file_are_reported(tmp_path):
    data = gzip.compress(row("one") + b"\n") + b"\0" * 100
    assert outcome(items(tmp_path, "rows.jsonl.gz", data)) == ["one"]
    assert outcome(items(tmp_path, "rows.jsonl.gz", data + b"garbage here")) == ["one", "trailing_data"]


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.json", "a.csv", "a.txt", "a.parquet", "a.warc", "a.warc.gz", "a.png", "a.html", "a", "a.py"]
)
def test_an_empty_file_is_one_unreadable_unit(tmp_path, name):
    assert outcome(items(tmp_path, name, b"")) == ["empty_file"]
    assert outcome(items(tmp_path, f"{name}.gz", gzip.compress(b""))) == ["empty_file"]


@pytest.mark.parametrize("data", [b"\x7fELF" + bytes(100), b"PK\x03\x04" + bytes(100), b"SQLite format 3\0"])
def test_an_unknown_format_is_one_unreadable_unit(tmp_path, data):
    assert outcome(items(tmp_path, "data.bin", data)) == ["unknown_format"]


def test_a_media_file_must_be_what_its_name_says(tmp_path):
    png = b"\x89PNG\r\n\x1a\n" + bytes(32)
    (unit,) = items(tmp_path, "picture.png", png)
    assert (unit.modality, unit.content, unit.text) == ("image", png, None)
    assert outcome(items(tmp_path, "song.mp3", png)) == ["unknown_format"]
    assert outcome(items(tmp_path, "picture.png", b"no picture at all")) == ["unknown_format"]


def test_damaged_parquet_is_quarantined(tmp_path):
    path = tmp_path / "whole.parquet"
    pl.DataFrame({"text": [os.urandom(50).hex() for _ in range(5000)]}).write_parquet(path, row_group_size=1000)
    whole = path.read_bytes()
    for cut in (4, 100, len(whole) // 2, len(whole) - 1):
        assert outcome(items(tmp_path, "rows.parquet", whole[:cut])) == ["damaged_table"]
    assert outcome(items(tmp_path, "rows.parquet", b"PAR1" + bytes(200) + b"PAR1")) == ["damaged_table"]
    assert len(items(tmp_path, "rows.parquet.gz", gzip.compress(whole))) == 5000


def test_rows_of_a_table_that_do_not_fit_are_quarantined_alone(tmp_path):
    data = b'text,url\none,http://a.example/\n"two\nlines",http://b.example/\nthree\n\n"bad"x,y\n\xff\xfe,z\nlast,http://c.example/\n'
    found = items(tmp_path, "rows.csv", data)
    assert outcome(found) == ["one", "two\nlines", "wrong_width", "invalid_row", "bad_utf8", "last", "blank_line=1"]
    assert [found[0].url, found[0].byte_offset, found[2].byte_offset] == ["http://a.example/", 9, data.index(b"three")]


def test_an_open_quote_does_not_swallow_a_table(tmp_path):
    data = b'text,n\na,1\n"open,2\n' + b"b,3\n" * 50_000
    found = items(tmp_path, "rows.csv", data, SMALL)
    assert outcome(found)[:2] == ["a", "too_large"] and len(found) > 10_000


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_separators_are_told_by_the_first_rows(tmp_path, separator):
    data = "\n".join(separator.join(cells) for cells in (("id", "text", "url"), ("1", "hello there", "http://a.example/")))
    (unit,) = items(tmp_path, "rows.csv", data.encode())
    assert (unit.text, unit.url) == ("hello there", "http://a.example/")


def test_deeply_nested_markup_and_json_are_no_crash(tmp_path):
    page = b"<html><body>" + b"<div>" * 40_000 + b"deep text" + b"</div>" * 40_000
    assert len(items(tmp_path, "page.html", page)) == 1
    assert outcome(items(tmp_path, "page.html", b"<html><body>" + b"<p>x" * 200_000)) == ["too_large"]
    assert outcome(items(tmp_path, "deep.json", b"[" * 200_000 + b"]" * 200_000))[-1] in ("too_deep", "truncated_json")
    assert outcome(items(tmp_path, "deep.json", b'{"a":' * 200_000 + b"1" + b"}" * 200_000)) == ["too_deep"]


def test_an_array_that_ends_early_or_goes_on_keeps_its_elements(tmp_path):
    assert outcome(items(tmp_path, "rows.json", b"[" + row("a") + b"," + row("b")[:6])) == ["a", "truncated_json"]
    assert outcome(items(tmp_path, "rows.json", b"[" + row("a") + b"] tail")) == ["a", "trailing_data"]
    assert outcome(items(tmp_path, "rows.json", b"[" + row("a") + b",]")) == ["a", "invalid_json"]
    assert outcome(items(tmp_path, "rows.json", b"[]")) == []


def test_a_hundred_megabyte_line_is_passed_over_in_little_memory(tmp_path):
    path = tmp_path / "rows.jsonl"
    with path.open("wb") as file:
        file.write(row("before") + b"\n")
        file.seek(100 * MIB, os.SEEK_CUR)  # sparse: a line of 100 MiB of zeros
        file.write(b"\n" + row("after") + b"\n")
    script = (
        "import resource, sys, pathlib\n"
        "from dataset_safety.collection.reading import *\n"
        "from dataset_safety.collection.sources import SourceRecord\n"
        "record = SourceRecord(stage='pre_training', source_id='p', kind='organisation')\n"
        "list(read_shard(pathlib.Path(sys.argv[2]), name='x.jsonl', record=record))\n"
        "base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "found = list(read_shard(pathlib.Path(sys.argv[1]), name='x.jsonl', record=record))\n"
        "print([getattr(i, 'text', None) or i.reason + str(i.length) for i in found])\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) // 1024)\n"
    )
    (tmp_path / "tiny.jsonl").write_bytes(row("tiny"))
    command = [sys.executable, "-c", script, path, tmp_path / "tiny.jsonl"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    told, grown = ran.stdout.splitlines()
    assert told == f"['before', 'too_large{100 * MIB}', 'after']"
    assert int(grown) < 64  # MiB
