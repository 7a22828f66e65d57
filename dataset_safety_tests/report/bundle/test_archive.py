"""The archive: one file for given members, and every other file is refused."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_safety.report.bundle.archive import Member, digests, layout_of, read_directory
from dataset_safety.report.bundle.errors import BundleChanged, BundleError, NotABundle
from dataset_safety_tests.report.bundle.bundles import archived

FILES = {"b.json": b"{}", "rows/a.jsonl": b"one\ntwo\n", "objects/x.parquet": bytes(range(256)), "empty.csv": b""}
QUIET = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> bytes:
    return archived(FILES, tmp_path_factory.mktemp("archive") / "a.zip").read_bytes()


def read_all(content: bytes) -> set[str]:
    stream = io.BytesIO(content)
    members, layout = read_directory(stream)
    return set(digests(stream, members, layout))


def test_other_programs_read_it(content):
    with zipfile.ZipFile(io.BytesIO(content)) as other:
        assert other.testzip() is None
        assert {name: other.read(name) for name in other.namelist()} == FILES
        assert other.namelist() == sorted(FILES)
        assert all(info.date_time == (1980, 1, 1, 0, 0, 0) and not info.is_dir() for info in other.infolist())


def test_the_order_in_which_members_were_made_does_not_matter(content, tmp_path):
    assert archived(dict(reversed(FILES.items())), tmp_path / "b.zip").read_bytes() == content


def test_every_changed_byte_is_noticed(content):
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        with pytest.raises(BundleError):
            read_all(bytes(changed))


@QUIET
@given(st.data())
def test_bytes_cut_off_added_or_repeated_are_noticed(content, data):
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    added = data.draw(st.binary(max_size=40))
    changed = data.draw(
        st.sampled_from(
            [content[:start] + added + content[end:], content[:end] + content[start:], added + content, content + added]
        )
    )
    if changed != content:
        with pytest.raises(BundleError):
            read_all(changed)


@given(st.binary(max_size=400))
def test_other_files_are_no_bundles(found):
    with pytest.raises(BundleError):
        read_all(found)


def zipped(*members: tuple[zipfile.ZipInfo | str, bytes], compression: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in members:
            made.writestr(name, content, compress_type=compression)
        made.comment = comment
    return out.getvalue()


def symlink() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    return info


def canonical(*members: tuple[str, bytes]) -> bytes:
    """Bytes as the writer would lay them out, if it took such members."""
    layout = layout_of([Member(name, len(content), zlib.crc32(content)) for name, content in members])
    return b"".join(header + content for header, (_, content) in zip(layout.headers, members, strict=True)) + layout.tail


NAMES = [
    "../up",
    "/etc/passwd",
    "a/../b",
    "C:\\x",
    "a\\b",
    "a//b",
    "folder/",
    "nul\0byte",
    "a/b/c/d",
    ".hidden",
    "~",
    "x" * 200,
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_elsewhere_are_refused(name):
    with pytest.raises(NotABundle):
        read_all(canonical((name, b"x")))


@pytest.mark.parametrize("name", ["name\u202e", "文件.json"])
def test_names_that_hide_something_are_refused(name):
    with pytest.raises(NotABundle):
        read_all(zipped((zipfile.ZipInfo(name), b"x")))


@pytest.mark.parametrize(
    "hostile",
    [
        lambda: zipped(("a", b"\0" * 10_000_000), compression=zipfile.ZIP_DEFLATED),
        lambda: canonical(("a", b"1"), ("a", b"2")),
        lambda: canonical(("A", b"1"), ("a", b"2")),
        lambda: canonical(("b", b"1"), ("a", b"2")),
        lambda: zipped((symlink(), b"/etc/passwd")),
        lambda: canonical(("a", b"1"))[:-2] + b"\7\0comment",
        lambda: b"#!/bin/sh\n" + canonical(("a", b"1")),
        lambda: canonical(("a", b"1")) + b"\n",
        lambda: canonical(("a", b"1")) * 2,
        lambda: canonical(*((f"{n:06}", b"") for n in range(100_001))),
    ],
    ids=["bomb", "twice", "case", "unsorted", "symlink", "comment", "before", "behind", "two", "too many"],
)
def test_tricks_with_archives_are_refused(hostile):
    with pytest.raises(BundleError):
        read_all(hostile())


def test_more_members_than_the_short_end_can_count_are_read():
    members = [(f"{n:06}", b"") for n in range(70_000)]
    assert len(read_all(canonical(*members))) == 70_000
    with zipfile.ZipFile(io.BytesIO(canonical(*members))) as other:
        assert len(other.namelist()) == 70_000


def test_overlapping_and_missing_members_are_refused(content):
    members, layout = read_directory(io.BytesIO(content))
    shared = layout_of([Member("a", 8, members[0].crc), Member("b", 8, members[0].crc)])
    with pytest.raises(BundleError):
        read_all(shared.headers[0] + b"x" * 8 + shared.tail)
    with pytest.raises(NotABundle):
        read_all(layout.tail)


def test_a_directory_that_states_too_much_is_refused_at_once():
    end = b"PK\5\6" + b"\0" * 4 + b"\xfe\xff" * 2 + (1 << 30).to_bytes(4, "little") + (0).to_bytes(4, "little") + b"\0\0"
    with pytest.raises(NotABundle):
        read_all(end)


@pytest.mark.parametrize("size", [0xFFFFFFFE, 0xFFFFFFFF, 5 << 30])
def test_members_beyond_four_gigabytes_are_written_as_others_read_them(tmp_path: Path, size):
    members = [Member("large", size, 7), Member("small", 3, 8)]
    layout = layout_of(members)
    path = tmp_path / "sparse.zip"
    with path.open("wb") as out:
        for header, start in zip(layout.headers, layout.starts, strict=True):
            out.seek(start - len(header))
            out.write(header)
        out.seek(layout.tail_at)
        out.write(layout.tail)
    with zipfile.ZipFile(path) as other:
        assert [(info.filename, info.file_size, info.CRC) for info in other.infolist()] == [("large", size, 7), ("small", 3, 8)]
    with path.open("rb") as stream:
        assert read_directory(stream)[0] == members


def test_a_changed_content_names_its_member(content):
    changed = content.replace(b"one\ntwo\n", b"one\nTWO\n")
    with pytest.raises(BundleChanged, match=r"rows/a\.jsonl"):
        read_all(changed)
