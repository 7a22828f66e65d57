"""Web archives: which records become units, how encodings are undone, what a damaged record leaves behind."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import brotli
import pytest

from dataset_safety.collection.limits import KIB, MIB, Limits
from dataset_safety.collection.reading import Skipped, Unit, Unreadable, read_shard
from dataset_safety.collection.sources import SourceRecord

TEXT = "The library opens at nine and closes at six."
PAGE = f"<html><head><title>t</title></head><body><p>{TEXT}</p></body></html>".encode()


def http(body: bytes, media_type: str = "text/html", *headers: str) -> bytes:
    head = ["HTTP/1.1 200 OK", f"Content-Type: {media_type}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def record(block: bytes, kind: str = "response", *headers: str, length: int | None = None) -> bytes:
    head = [
        "WARC/1.0", f"WARC-Type: {kind}", "WARC-Target-URI: http://example.org/a", "WARC-Date: 2024-05-06T07:08:09Z",
        "Content-Type: application/http", *headers, f"Content-Length: {len(block) if length is None else length}",
    ]  # fmt: skip
    return "\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def items(folder: Path, data: bytes, limits: Limits | None = None, **fields: object) -> list[Unit | Unreadable | Skipped]:
    path = folder / "crawl.warc"
    path.write_bytes(data)
    source = SourceRecord.model_validate({"stage": "pre_training", "source_id": "crawl", "kind": "website", "fields": fields})
    return list(read_shard(path, name="crawl.warc.gz" if data[:2] == b"\x1f\x8b" else "crawl.warc", record=source, limits=limits))


def told(found: list[Unit | Unreadable | Skipped]) -> list[str]:
    return [
        item.text if isinstance(item, Unit) else item.reason if isinstance(item, Unreadable) else f"{item.kind}={item.count}"
        for item in found
    ]


ENCODED = {
    "gzip": gzip.compress(PAGE),
    "deflate": zlib.compress(PAGE),
    "br": brotli.compress(PAGE),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_content_encodings_are_undone(tmp_path, encoding):
    (unit,) = items(tmp_path, record(http(ENCODED[encoding], "text/html", f"Content-Encoding: {encoding}")))
    assert (unit.text, unit.url, unit.http_status) == (TEXT, "http://example.org/a", 200)
    assert unit.retrieved_at == "2024-05-06T07:08:09Z"


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_cut_off_encoding_is_a_truncated_record(tmp_path, encoding):
    block = http(ENCODED[encoding][:-12], "text/html", f"Content-Encoding: {encoding}")
    assert told(items(tmp_path, record(block) + record(http(PAGE)))) == ["truncated_record", TEXT]


def test_chunks_are_joined_and_a_missing_one_is_noticed(tmp_path):
    chunked = b"10\r\n" + PAGE[:16] + b"\r\n" + f"{len(PAGE) - 16:x}".encode() + b"\r\n" + PAGE[16:] + b"\r\n0\r\n\r\n"
    header = "Transfer-Encoding: chunked"
    good, cut = record(http(chunked, "text/html", header)), record(http(chunked[:-5], "text/html", header))
    assert told(items(tmp_path, good + cut)) == [TEXT, "truncated_record"]
    (kept,) = items(tmp_path, record(http(PAGE, "text/html", header)))
    assert kept.repairs == ["transfer_encoding_absent:chunked"]


def test_a_bomb_in_a_response_is_refused(tmp_path):
    bomb = http(gzip.compress(b"a" * (40 * MIB)), "text/html", "Content-Encoding: gzip")
    assert told(items(tmp_path, record(bomb) + record(http(PAGE)))) == ["too_large", TEXT]


def test_only_declared_payloads_become_units(tmp_path):
    data = record(http(b"{}", "application/json")) + record(http(b"plain words", "text/plain; charset=utf-8"))
    assert told(items(tmp_path, data)) == ["plain words", "warc:response:application/json=1"]
    assert told(items(tmp_path, data, payloads=["application/json"])) == ["{}", "warc:response:text/plain=1"]
    assert told(items(tmp_path, record(http(b"x", "<script>/evil type")))) == ["warc:response:other=1"]


def test_charsets_of_response_and_page_are_followed(tmp_path):
    body = "<p>Größe über Straße, schöne Grüße aus München, und so weiter.</p>"
    latin = items(tmp_path, record(http(body.encode("latin-1"), "text/html; charset=ISO-8859-1")))
    assert latin[0].text.startswith("Größe") and latin[0].repairs == ["encoding_converted:cp1252"]
    page = '<html><head><meta charset="gb2312"></head><body><p>我们在这里讨论数据安全的问题。</p></body></html>'
    assert items(tmp_path, record(http(page.encode("gbk"))))[0].text == "我们在这里讨论数据安全的问题。"


def test_a_wrong_length_spoils_one_record_only(tmp_path):
    short = record(http(PAGE), length=len(http(PAGE)) - 3)
    assert told(items(tmp_path, short + record(http(PAGE)))) == ["truncated_record", TEXT]
    assert told(items(tmp_path, record(http(PAGE)) + record(http(PAGE))[:-40])) == [TEXT, "truncated_record"]


def test_junk_between_records_is_reported_and_passed(tmp_path):
    data = b"no archive here\r\n" + record(http(PAGE)) + record(b"a request", "request")
    assert told(items(tmp_path, b"WARC/1.0\r\nContent-Length: x\r\n\r\n" + data)) == ["invalid_record", TEXT, "warc:request=1"]


def test_changed_bytes_are_noticed_by_their_digest(tmp_path):
    import base64
    import hashlib

    digest = base64.b32encode(hashlib.sha1(http(PAGE)).digest()).decode()
    good = record(http(PAGE), "response", f"WARC-Block-Digest: sha1:{digest}")
    assert told(items(tmp_path, good + good.replace(b"library", b"LIBRARY"))) == [TEXT, "digest_mismatch"]


def test_a_cut_compressed_archive_keeps_its_whole_records(tmp_path):
    members = [gzip.compress(record(http(PAGE))) for _ in range(3)]
    assert told(items(tmp_path, b"".join(members)[:-30])) == [TEXT, TEXT, "truncated_stream"]


def test_a_large_payload_is_not_held(tmp_path):
    limits = Limits(payload=64 * KIB)
    assert told(items(tmp_path, record(http(b"x" * (3 * MIB))) + record(http(PAGE)), limits)) == ["too_large", TEXT]
