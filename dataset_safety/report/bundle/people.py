"""Service users and annotators in a bundle: numbers, the same wherever one of them is named, in place of who they are.

Tokens of users are made again from the numbers under a key that everybody knows, so that rules which compare tokens work
on the bundle as they do at home, and nothing leads back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from dataset_safety.collection.annotations import numbered_records, record_files
from dataset_safety.collection.authorisations import KEYS, Authorisation, authorisations
from dataset_safety.collection.errors import CollectionError
from dataset_safety.collection.sources import SourceRecord
from dataset_safety.preprocessing.metadata import user_token
from dataset_safety.preprocessing.releases import IDENTITY_KEY
from dataset_safety.records import SourceKind
from dataset_safety.report.bundle.errors import NotABundle
from dataset_safety.report.bundle.opening import Opened
from dataset_safety.report.bundle.staging import Staging
from dataset_safety.report.bundle.tables import json_bytes
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.home import Home
from dataset_safety.store.releases import Release
from dataset_safety.usage.sources import recorded_source

AUTHORISATIONS, ANNOTATIONS = "authorisations.json", "annotations.json"
RECORDS = "annotations/"
KNOWN_KEY = b"dataset-safety: users in this bundle are numbers"


@dataclass(slots=True)
class Users:
    """Numbers of service users, in the order in which they are met; ``key`` is the one that the home's tokens are made with."""

    key: bytes
    numbers: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def number(self, user: str, services: Iterable[str]) -> int:
        """The number of a user, whose tokens with these services are known from now on."""
        number = self._next(user_token(self.key, "", user))
        for service in services:
            self.tokens[user_token(self.key, service, user)] = user_token(KNOWN_KEY, service, str(number))
        return number

    def without_tokens(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Samples with the tokens of numbers; a token that no authorisation accounts for gets a number of its own."""
        if "user_token" not in frame.columns:
            return frame
        found = frame["user_token"].drop_nulls().unique(maintain_order=True).to_list()
        named = {token: self.tokens.get(token) or user_token(KNOWN_KEY, "", str(self._next(token))) for token in found}
        return frame.with_columns(pl.col("user_token").replace_strict(named, default=None, return_dtype=pl.String))

    def _next(self, token: str) -> int:
        return self.numbers.setdefault(token, len(self.numbers) + 1)


def add_people(staging: Staging, release: Release, key: bytes) -> Users:
    """Authorisations and records of annotation as members, with numbers; the users' numbers for the samples."""
    users, listed = Users(key), list[dict[str, str]]()
    staging.add(AUTHORISATIONS, json_bytes(_authorisations(release, users)))
    for source_id in sorted(release.sources):
        for numbered in numbered_records(recorded_source(release, source_id), _folder(release, source_id)):
            member = f"{RECORDS}{len(listed) + 1}.jsonl"
            staging.add(member, numbered.content)
            listed.append({"source": source_id, "name": numbered.name, "sha256": numbered.sha256, "member": member})
    staging.add(ANNOTATIONS, json_bytes(listed))
    return users


def _authorisations(release: Release, users: Users) -> dict[str, list[dict[str, Any]]]:
    """Authorisations by source; a source whose records cannot be read is left out."""
    found = {}
    for source_id in sorted(release.sources):
        record = recorded_source(release, source_id)
        if record.kind is not SourceKind.SERVICE_USER or record.authorisation is None or not record.authorisation.records:
            continue
        try:
            given = authorisations(record, _folder(release, source_id))
        except CollectionError:
            continue
        services = _services(release, record)
        found[source_id] = [_numbered(one, users.number(one.user, services)) for one in given]
    return found


def _services(release: Release, record: SourceRecord) -> set[str]:
    """What the tokens of a source's users are made with, by file."""
    files = (record.for_file(shard.name) for shard in release.shards if shard.source_id == record.source_id)
    return {held.origin.service_name or record.source_id for held in files}


def _numbered(given: Authorisation, user: int) -> dict[str, Any]:
    days = {"granted_at": given.granted_at, "revoked_at": given.revoked_at}
    stated = {name: day.isoformat() if day else None for name, day in days.items()}
    return {"user": user, "scope": list(given.scope), **stated, "text_version": given.text_version}


def write_people(bundle: Opened, release: Release, home: Home) -> Release:
    """Put both where the ledger looks for them; the release as it holds for what was written."""
    home.keep_key(IDENTITY_KEY, KNOWN_KEY)
    for source_id, given in bundle.json(AUTHORISATIONS).items():
        declared = recorded_source(release, source_id).authorisation
        path = _inside(release, source_id, (declared and declared.records) or "")
        rows = [{name: one[name] for name in KEYS} for one in given]
        path.write_text(_csv(rows) if path.suffix.lower() == ".csv" else _json(rows), encoding="utf-8")
    return replace(release, sources=_with_annotations(bundle, release))


def _with_annotations(bundle: Opened, release: Release) -> dict[str, Mapping[str, Any]]:
    """Write the records of annotation; the sources, whose frozen hashes are now those of what stands for the frozen files."""
    sources, written = dict(release.sources), dict[str, set[Path]]()
    for listed in bundle.json(ANNOTATIONS):
        source_id, name, member = listed["source"], listed["name"], listed["member"]
        path = _inside(release, source_id, name)
        bundle.extract(member, path)
        written.setdefault(source_id, set()).add(path)
        documents = sources[source_id]["documents"]
        if documents.get(name) == listed["sha256"]:
            standing_in = {**documents, name: bundle.manifest.members[member].sha256}
            sources[source_id] = {**sources[source_id], "documents": standing_in}
    for source_id, paths in written.items():
        declared = recorded_source(release, source_id).annotation
        if not declared or not declared.records or paths != set(record_files(_folder(release, source_id), declared.records)):
            raise _unnamed()
    return sources


def _folder(release: Release, source_id: str) -> Path:
    return release.inbox / release.stage.value / source_id


def _inside(release: Release, source_id: str, name: str) -> Path:
    """Where a file of a source belongs, in a folder that is there; never outside of the rebuilt inbox."""
    path = _folder(release, source_id) / name
    if source_id not in release.sources or not name or not path.resolve().is_relative_to(release.inbox.resolve()):
        raise _unnamed()
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(f"{canonical_json(row)}\n" for row in rows)


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, KEYS)
    writer.writeheader()
    writer.writerows({**row, "scope": ";".join(row["scope"])} for row in rows)
    return out.getvalue()


def _unnamed() -> NotABundle:
    message = "the bundle holds authorisations or records of annotation that its ledger does not name"
    return NotABundle(message, hint="ask for the bundle again; if it comes the same, its evidence was changed before signing.")
