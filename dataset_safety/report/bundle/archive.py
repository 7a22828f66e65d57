"""The canonical archive: a ZIP file of which there is exactly one for given members.

Names are sorted, nothing is compressed (a compressor's output differs between its versions), time and attributes
are fixed, nothing stands before, between or behind the members. So a reader that knows name, size and CRC of each
member knows every other byte of the file; it compares them all, and a file that differs anywhere is refused.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dataset_safety.report.bundle.errors import BundleChanged, NotABundle

MOST_MEMBERS = 100_000
MOST_DIRECTORY = 32 << 20
BLOCK = 1 << 20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,2}")

_LOCAL, _CENTRAL = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L")
_END, _END64, _LOCATOR = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_PLAIN, _LARGE = 20, 45  # versions of the format: with 32-bit sizes, and with 64-bit ones
_DAY = 0x21  # 1 January 1980, the first day that a ZIP file knows
_UNIX = 3 << 8
_MODE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    name: str
    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Every byte of an archive that is no content: a header before each member, the directory behind all of them."""

    headers: Sequence[bytes]
    starts: Sequence[int]
    tail: bytes
    tail_at: int


def write_archive(out: BinaryIO, files: Mapping[str, Path]) -> None:
    """Write the one archive of these files."""
    members = [_measured(name, files[name]) for name in sorted(files)]
    layout = layout_of(members)
    for member, header in zip(members, layout.headers, strict=True):
        out.write(header)
        with files[member.name].open("rb") as stream:
            for block in _blocks(stream, member.size):
                out.write(block)
    out.write(layout.tail)


def layout_of(members: Sequence[Member]) -> Layout:
    """The bytes around the members, which their names, sizes and CRCs determine."""
    headers, starts, directory, at = [], [], [], 0
    for member in members:
        header = _local(member)
        directory.append(_central(member, at))
        headers.append(header)
        starts.append(at + len(header))
        at += len(header) + member.size
    central = b"".join(directory)
    return Layout(headers, starts, central + _ends(len(members), len(central), at), at)


def read_directory(stream: BinaryIO) -> tuple[list[Member], Layout]:
    """Members of an archive whose bytes outside of the members are canonical to the last one; their content is not read."""
    length = stream.seek(0, 2)
    count, size, at = _end_of(stream, length)
    if count > MOST_MEMBERS or size > MOST_DIRECTORY:
        raise NotABundle(
            f"the archive states {count} members in a directory of {size} bytes, more than a bundle holds",
            hint=_ASK,
            members=count,
        )
    stream.seek(at)
    members = _members(stream.read(size), count)
    layout = layout_of(members)
    if layout.tail_at != at or at + len(layout.tail) != length:
        raise _changed("its length is not that of its members")
    stream.seek(at)
    if stream.read(len(layout.tail)) != layout.tail:
        raise _changed("its directory is not the canonical one")
    for header, start in zip(layout.headers, layout.starts, strict=True):
        stream.seek(start - len(header))
        if stream.read(len(header)) != header:
            raise _changed("a member's header is not the canonical one")
    return members, layout


def digests(stream: BinaryIO, members: Sequence[Member], layout: Layout) -> dict[str, str]:
    """SHA-256 of every member, its CRC compared on the way."""
    found = {}
    for member, start in zip(members, layout.starts, strict=True):
        stream.seek(start)
        total, crc = hashlib.sha256(), 0
        for block in _blocks(stream, member.size):
            total.update(block)
            crc = zlib.crc32(block, crc)
        if crc != member.crc:
            raise _changed(f"the content of {member.name} was changed", member=member.name)
        found[member.name] = total.hexdigest()
    return found


def _measured(name: str, path: Path) -> Member:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a member")
    crc, size = 0, path.stat().st_size
    with path.open("rb") as stream:
        for block in _blocks(stream, size):
            crc = zlib.crc32(block, crc)
    return Member(name, size, crc)


def _blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left:
        block = stream.read(min(BLOCK, left))
        if not block:
            raise _changed("it ends before its content does")
        left -= len(block)
        yield block


def _local(member: Member) -> bytes:
    name, large = member.name.encode("ascii"), member.size >= _FULL32
    extra = struct.pack("<2H2Q", 1, 16, member.size, member.size) if large else b""
    size = _FULL32 if large else member.size
    version = _LARGE if large else _PLAIN
    return _LOCAL.pack(b"PK\3\4", version, 0, 0, 0, _DAY, member.crc, size, size, len(name), len(extra)) + name + extra


def _central(member: Member, at: int) -> bytes:
    name, wide = member.name.encode("ascii"), []
    if member.size >= _FULL32:
        wide += [member.size, member.size]
    if at >= _FULL32:
        wide.append(at)
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    size, offset, version = min(member.size, _FULL32), min(at, _FULL32), _LARGE if wide else _PLAIN
    fixed = (b"PK\1\2", _UNIX | version, version, 0, 0, 0, _DAY, member.crc, size, size, len(name), len(extra), 0, 0, 0)
    return _CENTRAL.pack(*fixed, _MODE, offset) + name + extra


def _ends(count: int, size: int, at: int) -> bytes:
    short = _END.pack(b"PK\5\6", 0, 0, min(count, _FULL16), min(count, _FULL16), min(size, _FULL32), min(at, _FULL32), 0)
    if count < _FULL16 and size < _FULL32 and at < _FULL32:
        return short
    long = _END64.pack(b"PK\6\6", _END64.size - 12, _UNIX | _LARGE, _LARGE, 0, 0, count, count, size, at)
    return long + _LOCATOR.pack(b"PK\6\7", 0, at + size, 1) + short


def _end_of(stream: BinaryIO, length: int) -> tuple[int, int, int]:
    """Number of members, size and place of the directory, as the end of the file states them; nothing is believed yet."""
    if length < _END.size:
        raise _none("it is too short")
    stream.seek(length - _END.size)
    mark, _, _, _, count, size, at, _ = _END.unpack(stream.read(_END.size))
    if mark != b"PK\5\6":
        raise _none("it does not end as an archive without comment does")
    if count == _FULL16 or _FULL32 in (size, at):
        place = length - _END.size - _LOCATOR.size - _END64.size
        if place < 0:
            raise _none("its end is cut off")
        stream.seek(place)
        mark, _, _, _, _, _, _, count, size, at = _END64.unpack(stream.read(_END64.size))
        if mark != b"PK\6\6":
            raise _none("its 64-bit end is not where it belongs")
    if at + size > length:
        raise _none("its directory lies outside of the file")
    return count, size, at


def _members(directory: bytes, count: int) -> list[Member]:
    """The members that a directory names; names are plain, sorted and differ in more than upper and lower case."""
    found: list[Member] = []
    at = 0
    while at < len(directory) and len(found) < count:
        if len(directory) - at < _CENTRAL.size:
            raise _none("its directory is cut off")
        fields = _CENTRAL.unpack_from(directory, at)
        crc, size, name_size, extra_size = fields[7], fields[9], fields[10], fields[11]
        at += _CENTRAL.size
        name = directory[at : at + name_size].decode("ascii", "replace")
        if not NAME.fullmatch(name):
            raise _none("a member has a name that no bundle uses")
        if fields[4] or fields[3]:
            raise _none("a member is compressed or encrypted")
        if size == _FULL32:
            stated = directory[at + name_size + 4 : at + name_size + 12]
            if len(stated) < 8:
                raise _none("a member has no size")
            size = int.from_bytes(stated, "little")
        at += name_size + extra_size
        found.append(Member(name, size, crc))
    names = [member.name for member in found]
    if len(found) != count or names != sorted(names) or len({name.casefold() for name in names}) != count:
        raise _none("its members are not sorted, or one stands twice")
    return found


_ASK = "ask for the bundle again, from whoever made it: `dataset-safety report --bundle`."


def _none(problem: str) -> NotABundle:
    return NotABundle(f"the file is no bundle: {problem}", hint=_ASK)


def _changed(problem: str, **facts: object) -> BundleChanged:
    return BundleChanged(f"the bundle was changed: {problem}", hint=_ASK, **facts)
