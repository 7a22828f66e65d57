"""Assessed homes, their bundles, and what a forger can make of a bundle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dataset_safety.report.bundle.archive import write_archive
from dataset_safety.report.bundle.manifest import MANIFEST, SIGNATURE, Manifest, read_manifest
from dataset_safety.report.bundle.opening import opened
from dataset_safety.report.bundle.staging import Staging
from dataset_safety.store.home import Home

Files = dict[str, bytes]


def files_of(path: Path) -> Files:
    """All members of a bundle."""
    with opened(path) as bundle:
        return {name: bundle.read(name) for name in bundle.places}


def archived(files: Files, target: Path) -> Path:
    """The canonical archive of these members, whatever they say."""
    with TemporaryDirectory(dir=target.parent) as folder, target.open("wb") as out:
        paths = {name: Path(folder) / str(number) for number, name in enumerate(files)}
        for name, path in paths.items():
            path.write_bytes(files[name])
        write_archive(out, paths)
    return target


def forged(files: Files, target: Path, key: Path | None = None, **facts: object) -> Path:
    """A bundle of changed members with right hashes, signed by somebody else (or with ``key``)."""
    rest = {name: content for name, content in files.items() if name not in (MANIFEST, SIGNATURE)}
    with TemporaryDirectory(dir=target.parent) as folder:
        staging = Staging(Path(folder))
        for name, content in rest.items():
            staging.add(name, content)
        manifest = read_manifest(files[MANIFEST]).model_copy(update={"members": staging.facts(), **facts})
        staging.sign(Manifest.model_validate_json(manifest.canonical()), Home(target.parent / "forger"), key)
        staging.publish(target, lambda path: None)
    return target


def json_changed(content: bytes, change: Callable[[dict[str, object]], None]) -> bytes:
    """A JSON document after a change."""
    document = json.loads(content)
    change(document)
    return json.dumps(document, ensure_ascii=False).encode()


def lines_changed(content: bytes, change: Callable[[list[dict[str, object]]], object]) -> bytes:
    """JSON lines after a change of their list."""
    rows = [json.loads(line) for line in content.splitlines()]
    change(rows)
    return as_lines(rows)


def as_lines(rows: Iterable[object]) -> bytes:
    """JSON lines."""
    return b"".join(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n" for row in rows)


def private_key(path: Path) -> Path:
    """A file with a new private key."""
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
    return path
