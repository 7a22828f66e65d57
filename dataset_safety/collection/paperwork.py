"""Adding the document of an agreement to a source (6.1 a 2): the file is copied beside the data and named with its hash."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from dataset_safety.collection.errors import InboxError
from dataset_safety.collection.inbox import file_sha256
from dataset_safety.standard.stages import Stage

SOURCE_FILE = "source.toml"


@dataclass(frozen=True, slots=True)
class DocumentAdded:
    """Where the document is named now, under which name and hash."""

    source_toml: Path
    document: str
    sha256: str


def add_agreement_document(inbox: Path, source_id: str, file: Path, stage: str | None = None) -> DocumentAdded:
    """Copy ``file`` into the source's folder and record name and SHA-256 in ``[agreement]``; comments stay."""
    folder = _folder(inbox, source_id, stage)
    name = f"agreement{file.suffix.lower()}" if file.name == SOURCE_FILE else file.name
    target = folder / name
    if target.exists() and target.resolve() != file.resolve():
        raise InboxError(
            f"{source_id}/{name} is there already.", hint="remove it first, or give the new document another name.", path=target
        )
    if not target.exists():
        shutil.copyfile(file, target)
    digest = file_sha256(target)
    toml = folder / SOURCE_FILE
    document = tomlkit.parse(toml.read_text(encoding="utf-8"))
    table = document.setdefault("agreement", tomlkit.table())
    table["document"], table["sha256"] = name, digest
    staged = folder / f".{SOURCE_FILE}"
    staged.write_text(tomlkit.dumps(document), encoding="utf-8")
    os.replace(staged, toml)
    return DocumentAdded(toml, name, digest)


def _folder(inbox: Path, source_id: str, stage: str | None) -> Path:
    found = [inbox / one.value / source_id for one in ([Stage(stage)] if stage else Stage)]
    present = [folder for folder in found if (folder / SOURCE_FILE).is_file()]
    if len(present) == 1:
        return present[0]
    hint = "name its stage with --stage." if present else "`dataset-safety ledger show` lists the sources."
    raise InboxError(
        f"source {source_id!r} is {'in both stages' if present else 'not in the inbox'}.", hint=hint, source_id=source_id
    )
