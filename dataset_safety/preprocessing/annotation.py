"""Annotated shards (P1): each file is read unit by unit, and what cannot be read is quarantined with its reason.

One call handles one shard in bounded memory: units are turned into Parquet parts of about
:data:`PART_BYTES` of text. Nothing here commits; the caller does, in one transaction a shard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dataset_safety.collection.errors import ShardChanged
from dataset_safety.collection.inbox import file_sha256
from dataset_safety.collection.reading import read_shard
from dataset_safety.collection.sources import SourceRecord
from dataset_safety.collection.units import Skipped, Unit, Unreadable
from dataset_safety.frames import Quarantined, Samples, column
from dataset_safety.preprocessing.metadata import MetadataWriter
from dataset_safety.store.canonical import canonical_json, digest_of_lines
from dataset_safety.store.objects import ObjectStore
from dataset_safety.store.shards import Annotation, Part

PART_BYTES = 24 << 20
PART_SAMPLES = 40_000
BLOCK_UNITS = 2_000


@dataclass(frozen=True, slots=True)
class AnnotationTask:
    """One shard to read: plain data, so that it can travel to a worker process."""

    path: Path
    name: str
    sha256: str
    shard_key: str
    record: dict[str, Any]
    objects: Path
    staging: Path
    identity_key: bytes


def annotate(task: AnnotationTask) -> Annotation:
    """Read one shard and store its parts; :class:`ShardChanged` if the file is not the one of the ledger."""
    if file_sha256(task.path) != task.sha256:
        raise ShardChanged(
            f"file {task.name!r} changed since its release was frozen",
            hint="run again: a changed file makes a new release.",
            name=task.name,
            expected=task.sha256,
        )
    record = SourceRecord.model_validate_json(canonical_json(task.record)).for_file(task.name)
    writer = _ShardWriter(task, record)
    for block in _blocks(read_shard(task.path, name=task.name, record=record)):
        writer.add(block)
    return writer.finish()


class _ShardWriter:
    """Collects blocks of units into parts."""

    def __init__(self, task: AnnotationTask, record: SourceRecord) -> None:
        self.task = task
        self.objects = ObjectStore(task.objects, task.staging)
        self.metadata = MetadataWriter(record, shard=task.sha256, file=task.name, identity_key=task.identity_key)
        self.frames: list[pl.DataFrame] = []
        self.parts: list[Part] = []
        self.quarantine: list[dict[str, Any]] = []
        self.skipped: Counter[str] = Counter()
        self.pending_bytes = self.pending_samples = 0
        self.schema = Samples.create_empty().schema

    def add(self, block: Sequence[Unit | Unreadable | Skipped]) -> None:
        units = [item for item in block if isinstance(item, Unit)]
        for item in block:
            if isinstance(item, Skipped):
                self.skipped[item.kind] += item.count
            elif isinstance(item, Unreadable):
                self.quarantine.append(self._quarantined(item))
        if units:
            rows = self.metadata.rows(units)
            frame = pl.DataFrame([column(name, [row[name] for row in rows], dtype) for name, dtype in self.schema.items()])
            self.frames.append(frame)
            self.pending_bytes += int(frame["size_bytes"].sum())
            self.pending_samples += frame.height
        if self.pending_bytes >= PART_BYTES or self.pending_samples >= PART_SAMPLES:
            self._close_part()

    def finish(self) -> Annotation:
        self._close_part()
        quarantine = Quarantined.validate(pl.DataFrame(self.quarantine, schema=Quarantined.create_empty().schema))
        samples = sum(part.samples for part in self.parts)
        return Annotation(
            self.task.shard_key,
            samples + quarantine.height,
            samples,
            quarantine.height,
            dict(self.skipped),
            self.objects.publish_frame(quarantine),
            self.parts,
        )

    def _quarantined(self, item: Unreadable) -> dict[str, Any]:
        return {
            "source_id": self.metadata.record.source_id,
            "shard": self.task.sha256,
            "file": self.task.name,
            "unit": item.ordinal,
            "byte_offset": item.byte_offset,
            "length": item.length,
            "reason": item.reason,
            "detail": item.detail,
        }

    def _close_part(self) -> None:
        if not self.frames:
            return
        frame = Samples.validate(pl.concat(self.frames, rechunk=False))
        digest = digest_of_lines(frame["sample_id"])
        stored = self.objects.publish_frame(frame)
        self.parts.append(Part(len(self.parts), stored, frame.height, self.pending_bytes, digest))
        self.frames, self.pending_bytes, self.pending_samples = [], 0, 0


def _blocks(items: Iterator[Unit | Unreadable | Skipped]) -> Iterator[list[Unit | Unreadable | Skipped]]:
    """Runs of units bounded in number and in bytes, so that a file of large units stays small in memory."""
    block: list[Unit | Unreadable | Skipped] = []
    size = 0
    for item in items:
        block.append(item)
        if isinstance(item, Unit):
            size += len(item.text or "") * 2 + len(item.content or b"")
        if len(block) >= BLOCK_UNITS or size >= PART_BYTES // 4:
            yield block
            block, size = [], 0
    if block:
        yield block
