"""Opening a bundle that somebody sent: archive, manifest, hashes and signature, in this order, and nothing else of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from dataset_safety.collection import strict_json
from dataset_safety.collection.errors import UnitRefused
from dataset_safety.report.bundle.archive import BLOCK, digests, read_directory
from dataset_safety.report.bundle.errors import BundleChanged, NotABundle
from dataset_safety.report.bundle.manifest import (
    MANIFEST,
    MOST_BYTES,
    SIGNATURE,
    Manifest,
    MemberFacts,
    Signature,
    read_manifest,
    read_signature,
)

MOST_JSON = 256 << 20
MOST_LINE = 16 << 20


@dataclass(frozen=True)
class Opened:
    """A bundle whose every byte was compared; ``known`` says whether its signer is the one who was expected."""

    stream: BinaryIO
    size: int
    places: dict[str, tuple[int, int]]
    manifest: Manifest
    signature: Signature
    known: bool

    def read(self, name: str, most: int = MOST_JSON) -> bytes:
        """The content of a member."""
        at, size = self._place(name)
        if size > most:
            raise NotABundle(f"{name} of the bundle has {size} bytes, more than it may have", hint=_ASK, member=name)
        self.stream.seek(at)
        return self.stream.read(size)

    def json(self, name: str) -> Any:
        """A member that is one JSON document."""
        return _parsed(name, self.read(name))

    def lines(self, name: str) -> Iterator[Any]:
        """A member of JSON lines."""
        at, left = self._place(name)
        while left:
            self.stream.seek(at)  # others may read between two lines
            line = self.stream.readline(min(left, MOST_LINE))
            if not line.endswith(b"\n"):
                raise NotABundle(f"a line of {name} of the bundle does not end", hint=_ASK, member=name)
            at, left = at + len(line), left - len(line)
            yield _parsed(name, line)

    def extract(self, name: str, target: Path) -> None:
        """Write a member to a file."""
        at, left = self._place(name)
        with target.open("xb") as out:
            self.stream.seek(at)
            while left:
                block = self.stream.read(min(left, BLOCK))
                out.write(block)
                left -= len(block)

    def _place(self, name: str) -> tuple[int, int]:
        if name not in self.places:
            raise NotABundle(f"the bundle has no {name}", hint=_ASK, member=name)
        return self.places[name]


@contextmanager
def opened(path: Path, public_key: str | None = None) -> Iterator[Opened]:
    """A bundle that is intact and signed; :class:`BundleChanged` if it is not, or if another key than this one signed it."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise NotABundle(f"{path.name} cannot be read ({error.strerror})", hint="name the file of a bundle.") from None
    with stream:
        members, layout = read_directory(stream)
        places = {member.name: (at, member.size) for member, at in zip(members, layout.starts, strict=True)}
        hashes = digests(stream, members, layout)
        size = layout.tail_at + len(layout.tail)
        content = _small(stream, places, MANIFEST)
        manifest, signature = read_manifest(content), read_signature(_small(stream, places, SIGNATURE))
        _compare(manifest, {member.name: MemberFacts(sha256=hashes[member.name], size=member.size) for member in members})
        if not signature.holds_for(content):
            raise BundleChanged("the bundle was changed: the signature does not hold for its manifest", hint=_ASK)
        if public_key is not None and signature.public_key != public_key:
            message = f"the bundle was signed by another key ({signature.public_key[:16]}…) than the one stated"
            raise BundleChanged(message, hint="ask the signer which key is theirs, by another way.", key=signature.public_key)
        yield Opened(stream, size, places, manifest, signature, public_key is not None)


def _compare(manifest: Manifest, found: dict[str, MemberFacts]) -> None:
    listed = manifest.members
    present = {name: facts for name, facts in found.items() if name not in (MANIFEST, SIGNATURE)}
    for problem, names in (
        ("is missing", listed.keys() - present.keys()),
        ("is not in the manifest", present.keys() - listed.keys()),
        ("is not the file that the manifest names", {name for name in listed if present.get(name) != listed[name]}),
    ):
        if names:
            name = min(names)
            raise BundleChanged(f"the bundle was changed: {name} {problem}", hint=_ASK, member=name)


def _small(stream: BinaryIO, places: dict[str, tuple[int, int]], name: str) -> bytes:
    if name not in places:
        raise BundleChanged(f"the bundle has no {name}, so nobody signed it" if name == SIGNATURE else _NO_MANIFEST, hint=_ASK)
    at, size = places[name]
    if size > MOST_BYTES:
        raise NotABundle(f"{name} of the bundle has {size} bytes, more than it may have", hint=_ASK, member=name)
    stream.seek(at)
    return stream.read(size)


def _parsed(name: str, content: bytes) -> Any:
    try:
        return strict_json.parse(content)
    except (UnitRefused, json.JSONDecodeError):
        raise NotABundle(f"{name} of the bundle is no JSON as bundles hold it", hint=_ASK, member=name) from None


_NO_MANIFEST = f"the archive has no {MANIFEST}: it is no bundle"
_ASK = "ask for the bundle again, from whoever signed it."
