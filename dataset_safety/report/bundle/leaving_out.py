"""What of a stored frame travels in a bundle: ids, hashes and metadata that the rules need; never text or personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from dataset_safety.records import SourceKind
from dataset_safety.report.bundle.people import Users
from dataset_safety.store.objects import ObjectStore, sha256_of

SAMPLES = (
    "sample_id", "source_id", "origin_kind", "shard", "file", "unit", "data_type", "language", "content_sha256", "size_bytes",
    "url", "retrieved_at", "http_status", "payload_digest", "dataset_name", "organisation", "service_name", "user_token",
    "licence", "generated", "generator_model", "generator_version", "acquired_at", "remarks", "missing",
)  # fmt: skip
LABELS = (
    "sample_id", "content_sha256", "outcome", "risks", "looked", "personal_information", "sensitive_information", "rights",
    "generated", "recipe",
)  # fmt: skip
ITEMS = ("position", "sample_id", "shown_sha256", "outcome", "risks", "looked", "rights", "generated")
QUARANTINED = ("source_id", "shard", "file", "unit", "byte_offset", "length", "reason")
COLUMNS: Mapping[str, tuple[str, ...] | None] = {
    "part": SAMPLES,
    "kept_object": SAMPLES,
    "labels": LABELS,
    "excluded_object": None,
    "quarantine_object": QUARANTINED,
    "items_object": ITEMS,
}
"""Columns that travel, by what a frame is; all of PX, which holds decisions and their reasons only."""
IN_WORDS = (
    "texts and contents of samples, their dialogue turns and what units said of their own source",
    "who service users and annotators are: they are numbered; addresses of pages that are not from websites",
    "findings (spans and the entries that matched), and details of unreadable units",
    "documents: their hashes travel",
    "free-text notes of reviewers, their tokens and sessions",
    "who graded data, is on the emergency team or handled incidents: they are numbered; what they wrote about it",
    "keyword libraries and models: their versions travel",
)


@dataclass(slots=True)
class Excerpts:
    """Frames without what is left out, each written once to ``folder``; ``made`` maps an original to what travels."""

    objects: ObjectStore
    folder: Path
    users: Users
    made: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, digest: str, kind: str) -> str:
        """Digest of the frame that travels instead of this one."""
        if (digest, kind) not in self.made:
            present, wanted = self.objects.frame_schema(digest), COLUMNS[kind]
            columns = [name for name in wanted or present if name in present]
            frame = self.objects.read_frame(digest, columns)
            self.made[digest, kind] = self._written(self.users.without_tokens(_without_foreign_addresses(frame)))
        return self.made[digest, kind]

    def path(self, digest: str) -> Path:
        """Where a frame that travels was written."""
        return self.folder / digest

    def _written(self, frame: pl.DataFrame) -> str:
        staged = self.folder / "staged"
        frame.write_parquet(staged, compression="zstd", statistics=False)
        with staged.open("rb") as stream:
            digest = sha256_of(stream)
        staged.replace(self.folder / digest)
        return digest


def _without_foreign_addresses(frame: pl.DataFrame) -> pl.DataFrame:
    """Only web data need the address of their page (6.1 a 1)."""
    if "url" not in frame.columns:
        return frame
    return frame.with_columns(url=pl.when(pl.col("origin_kind") == SourceKind.WEBSITE.value).then(pl.col("url")))
