"""Freezing a release (P0): the ledger and the list of shards with their SHA-256, under one name.

The name is the hash of stage, shard hashes and canonical ledger. Recipe and time are not in it, so a new
keyword library gives the same release new labels and new verdicts.
"""

from __future__ import annotations

from pathlib import Path

from dataset_safety import clock
from dataset_safety.collection.agreements import attached_documents
from dataset_safety.collection.inbox import InboxSource, discover, file_sha256
from dataset_safety.standard.stages import Stage
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.releases import Release, Shard

READER_VERSION = "1"  # raise it when the same bytes would be read into other units or metadata


def freeze(inbox: Path, stage: Stage, label: str | None = None) -> Release:
    """Hash every file of a stage's inbox and name the release."""
    sources = discover(inbox, stage)
    shards = [shard for source in sources for shard in _shards(source, stage)]
    records = {
        source.record.source_id: {**source.record.canonical(), "documents": attached_documents(source.record, source.folder)}
        for source in sources
    }
    ledger = digest_of(records)
    identity = [stage.value, ledger, [[shard.source_id, shard.name, shard.sha256] for shard in shards]]
    return Release(digest_of(identity), stage, label, ledger, inbox.resolve(), clock.now().isoformat(), records, shards)


def _shards(source: InboxSource, stage: Stage) -> list[Shard]:
    shards = []
    for file in source.files:
        digest = file_sha256(file.path)
        record = source.record.for_file(file.name).canonical()
        key = digest_of([READER_VERSION, stage.value, source.record.source_id, file.name, digest, record])
        shards.append(Shard(source.record.source_id, file.name, digest, file.size, key))
    return shards
