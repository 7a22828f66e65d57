"""The members of a bundle while they are made: files in one folder, then one signed archive, whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataset_safety.report.bundle.archive import write_archive
from dataset_safety.report.bundle.manifest import MANIFEST, SIGNATURE, Manifest, MemberFacts, signed
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.home import Home, sync_folder
from dataset_safety.store.objects import room_for, sha256_of


@dataclass(slots=True)
class Staging:
    """Members by name, each a file of its own, so that none has to fit into memory."""

    folder: Path
    files: dict[str, Path] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> None:
        """A member of some bytes."""
        path = self._path()
        path.write_bytes(content)
        self.files[name] = path

    def add_lines(self, name: str, rows: Iterable[Any]) -> None:
        """A member of canonical JSON, one value a line."""
        path = self._path()
        with path.open("wb") as stream:
            for row in rows:
                stream.write(canonical_json(row).encode("utf-8", "backslashreplace") + b"\n")
        self.files[name] = path

    def add_file(self, name: str, path: Path) -> None:
        """A member that is a file already, and is not changed before the archive is written."""
        self.files[name] = path

    def facts(self) -> dict[str, MemberFacts]:
        """Hash and size of every member so far."""
        return {name: _facts(path) for name, path in sorted(self.files.items())}

    def sign(self, manifest: Manifest, home: Home, key: Path | None) -> str:
        """Add manifest and signature; the public key that signed."""
        content = manifest.canonical()
        signature = signed(content, home, key)
        self.add(MANIFEST, content)
        self.add(SIGNATURE, signature.canonical())
        return signature.public_key

    def publish(self, target: Path, check: Callable[[Path], None]) -> int:
        """Write the archive beside its place, let ``check`` refuse it, move it there; its size in bytes."""
        staged = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        with room_for(target.parent):
            try:
                with staged.open("xb") as out:
                    write_archive(out, self.files)
                    out.flush()
                    os.fsync(out.fileno())
                check(staged)
                size = staged.stat().st_size
                os.replace(staged, target)
            finally:
                staged.unlink(missing_ok=True)
            sync_folder(target.parent)
        return size

    def _path(self) -> Path:
        return self.folder / secrets.token_hex(8)


def _facts(path: Path) -> MemberFacts:
    with path.open("rb") as stream:
        return MemberFacts(sha256=sha256_of(stream), size=path.stat().st_size)
