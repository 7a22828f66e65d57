"""Metadata of every sample (6.2 a, 7.2 b): from a unit as read to a row of P1.

A missing fact is recorded in ``missing`` and judged by the checks of 8.2.2 and 8.3.2; it is never invented.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from dataset_safety.preprocessing.language import languages
from dataset_safety.records import SourceKind
from dataset_safety.store.canonical import canonical_json

if TYPE_CHECKING:
    from dataset_safety.collection.sources import SourceRecord
    from dataset_safety.collection.units import Unit

TOKEN_VERSION = "u1"
HIDDEN = {
    "tag": range(0xE0000, 0xE0080),
    "bidi_override": (0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069),
    "zero_width": (0x200B, 0x2060, 0xFEFF),
}
_HIDDEN_KIND = {chr(point): kind for kind, points in HIDDEN.items() for point in points}
_HIDDEN = f"[{''.join(_HIDDEN_KIND)}]"


def user_token(key: bytes, service: str, user: str) -> str:
    """A keyed token in place of a service user's identity number (6.2 a 4): same user, same token; no way back."""
    subject = f"{unicodedata.normalize('NFKC', service)}\x00{unicodedata.normalize('NFKC', user).strip().upper()}"
    return f"{TOKEN_VERSION}:{hmac.new(key, subject.encode(), hashlib.sha256).hexdigest()[:40]}"


class MetadataWriter:
    """Turns the units of one file into rows; keeps the count of equal contents, so that ids are stable."""

    def __init__(self, record: SourceRecord, *, shard: str, file: str, identity_key: bytes) -> None:
        self.record = record
        self.shard = shard
        self.file = file
        self.identity_key = identity_key
        self.copies: Counter[bytes] = Counter()
        origin = record.origin
        self.constant: dict[str, Any] = {
            "source_id": record.source_id,
            "origin_kind": record.kind.value,
            "shard": shard,
            "file": file,
            "dataset_name": origin.dataset_name,
            "organisation": origin.organisation,
            "service_name": origin.service_name,
        }

    def rows(self, units: Sequence[Unit]) -> list[dict[str, Any]]:
        """Rows of P1 for a run of units of this file, in order."""
        undeclared = [
            unit.text for unit in units if unit.modality == "text" and not unit.declared_language and unit.text is not None
        ]
        detected = iter(languages(undeclared))
        hidden = hidden_characters([unit.text or "" for unit in units])
        return [self._row(unit, detected, kinds) for unit, kinds in zip(units, hidden, strict=True)]

    def _row(self, unit: Unit, detected: Iterator[str], hidden: Sequence[str]) -> dict[str, Any]:
        content = unit.text.encode() if unit.text is not None else unit.content or b""
        digest = hashlib.sha256(content)
        copy = self._copy(digest.digest())
        language = None
        if unit.modality == "text":
            language = unit.declared_language or (next(detected) if unit.text is not None else None)
        row = {
            **self.constant,
            "sample_id": self._sample_id(digest.hexdigest(), copy),
            "unit": unit.ordinal,
            "data_type": f"text:{language}" if unit.modality == "text" else unit.modality,
            "language": language,
            "text": unit.text,
            "content": unit.content if unit.text is None else None,
            "content_sha256": digest.hexdigest(),
            "size_bytes": len(content),
            "turns": unit.turns,
            "url": unit.url,
            "retrieved_at": unit.retrieved_at,
            "http_status": unit.http_status,
            "payload_digest": unit.payload_digest,
            "user_token": self._token(unit),
            "licence": unit.licence,
            "embedded_source": canonical_json(unit.embedded_source) if unit.embedded_source else None,
            "remarks": _remarks(unit, copy, hidden),
            **self._generation(unit),
        }
        row["missing"] = missing_metadata(row)
        return row

    def _copy(self, digest: bytes) -> int:
        self.copies[digest[:12]] += 1
        return self.copies[digest[:12]]

    def _sample_id(self, content_sha256: str, copy: int) -> str:
        return hashlib.sha256(f"{self.record.source_id}\x00{self.file}\x00{content_sha256}\x00{copy}".encode()).hexdigest()

    def _token(self, unit: Unit) -> str | None:
        if unit.user is None:
            return None
        return user_token(self.identity_key, self.record.origin.service_name or self.record.source_id, unit.user)

    def _generation(self, unit: Unit) -> dict[str, Any]:
        stated = self.record.generated
        generated = stated is not None or bool(unit.generated_model or unit.generated_version)
        if not generated:
            return {"generated": False, "generator_model": None, "generator_version": None, "acquired_at": None}
        acquired = str(stated.acquired_at) if stated and stated.acquired_at else None
        return {
            "generated": True,
            "generator_model": unit.generated_model or (stated and (stated.model or stated.service)) or None,
            "generator_version": unit.generated_version or (stated.version if stated else None),
            "acquired_at": unit.acquired_at or acquired,
        }


def missing_metadata(row: dict[str, Any]) -> list[str]:
    """Fields that 6.2 a and 7.2 b ask of this kind of origin and that are not there."""
    required = {
        SourceKind.WEBSITE.value: ("url",),
        SourceKind.ORGANISATION.value: ("dataset_name", "organisation"),
        SourceKind.SERVICE_USER.value: ("service_name", "user_token"),
        SourceKind.SELF_PRODUCED.value: (),
    }[row["origin_kind"]]
    missing = [name for name in required if not row[name]]
    if row["generated"]:
        missing += [name for name in ("generator_model", "acquired_at") if not row[name]]
        if not row["generator_version"] or row["generator_version"].strip().lower() == "latest":
            missing.append("generator_version")
    return sorted(missing)


def hidden_characters(texts: Sequence[str]) -> list[list[str]]:
    """Kinds of hidden characters in each text (4.1 b); polars looks at the whole column, Python at hit rows only."""
    found: list[list[str]] = [[] for _ in texts]
    for row in pl.Series(texts, dtype=pl.String).str.contains(_HIDDEN).arg_true():
        found[row] = sorted({_HIDDEN_KIND[character] for character in set(texts[row]) & _HIDDEN_KIND.keys()})
    return found


def _remarks(unit: Unit, copy: int, hidden: Sequence[str]) -> list[str]:
    remarks = [*unit.repairs, *(f"hidden_characters:{kind}" for kind in hidden)]
    return [*remarks, "copy_in_file"] if copy > 1 else remarks
