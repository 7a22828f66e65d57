"""Croissant 1.0 JSON-LD with the RAI vocabulary, as far as the ledger and the stored counts can fill it truthfully.

Where P2 was exported, the distribution is its files with their SHA-256 and the records are its rows. Otherwise it is the
manifest of the release, which names every file by its SHA-256 and no file by its name.
"""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import polars as pl

from dataset_safety.report.exports import rai
from dataset_safety.report.exports.facts import ExportedFile, Published
from dataset_safety.report.exports.licences import licence_address
from dataset_safety.report.exports.markdown import plain

DOCUMENT, MANIFEST = "croissant.json", "release-files.csv"
SPECIFICATION, RAI = "http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"
_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace",
    "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
_SCALARS: dict[type[pl.DataType], str] = {
    pl.String: "sc:Text",
    pl.Int64: "sc:Integer",
    pl.Boolean: "sc:Boolean",
    pl.Float64: "sc:Float",
}
_FILE_COLUMNS = {"source": "sc:Text", "number": "sc:Integer", "sha256": "sc:Text", "size_bytes": "sc:Integer"}
Json = dict[str, Any]


def croissant(facts: Published) -> tuple[Json, bytes]:
    """The document, and the manifest that it distributes as long as P2 was not exported (empty afterwards)."""
    manifest = b"" if facts.files else manifest_of(facts)
    distribution = _parts(facts) if facts.files else [_file(ExportedFile(MANIFEST, _sha256(manifest), len(manifest)), "text/csv")]
    report = facts.report
    document: Json = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [SPECIFICATION, RAI],
        "name": f"{report.stage.value}-{report.release_id[:12]}",
        "description": _description(facts),
        "version": f"1.0.0+{report.population[:12]}",
        "dateCreated": report.frozen_at[:10],
        "identifier": report.release_id,
        **_licences(facts),
        **rai.fields(facts),
        "distribution": distribution,
        "recordSet": [_samples(facts) if facts.files else _listing()],
    }
    return document, manifest


def manifest_of(facts: Published) -> bytes:
    """Every file of the release as CSV: its source, a number in it, SHA-256 and size in bytes."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(_FILE_COLUMNS)
    numbers: dict[str, int] = {}
    for shard in facts.shards:
        numbers[shard.source_id] = numbers.get(shard.source_id, 0) + 1
        rows.writerow([_cell(shard.source_id), numbers[shard.source_id], shard.sha256, shard.size_bytes])
    return written.getvalue().encode("utf-8")


def _cell(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    shown = plain(name)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@", "'")) else shown


def _description(facts: Published) -> str:
    report, use = facts.report, facts.for_use
    stage = report.stage.value.replace("_", "-")
    gaps = " Licence, creator, address and date of publication are not on record." if not _licences(facts) else (
        " Creator, address and date of publication are not on record."
    )  # fmt: skip
    where = "" if facts.files else " It was not exported; the distribution is the manifest of its input files."
    return (
        f"{stage.capitalize()} data for generative AI: {use.samples} samples for use (sources: {len(facts.used)}). "
        f"Overall verdict under {report.edition.id}: {report.overall.value}.{where}{gaps}"
    )


def _licences(facts: Published) -> Json:
    """Licences as SPDX addresses, only where every source of P2 states a known one."""
    found = sorted({source.licence for source in facts.used})
    if not found or "" in found:
        return {}
    stated = [licence_address(one) or one for one in found]
    return {"license": stated[0] if len(stated) == 1 else stated}


def _parts(facts: Published) -> list[Json]:
    files = [_file(one, "application/x-parquet") for one in facts.files]
    described = {"encodingFormat": "application/x-parquet", "includes": "part-*.parquet", "description": "All rows for use (P2)."}
    return [*files, {"@type": "cr:FileSet", "@id": "parts", "name": "parts", **described}]


def _file(one: ExportedFile, kind: str) -> Json:
    return {
        "@type": "cr:FileObject",
        "@id": one.name,
        "name": one.name,
        "contentUrl": one.name,
        "contentSize": f"{one.size_bytes} B",
        "encodingFormat": kind,
        "sha256": one.sha256,
    }


def _samples(facts: Published) -> Json:
    """Rows of P2; bytes of images, sound and film (``content``) have no type in Croissant 1.0 and are left out."""
    fields = [made for name, kind in facts.columns.items() for made in _field(name, kind)]
    left = sorted(set(facts.columns) - {field["name"] for field in fields})
    note = f" Columns not described here: {', '.join(left)}." if left else ""
    described = {"description": f"One row a sample for use (P2).{note}", "key": {"@id": "samples/sample_id"}}
    return {"@type": "cr:RecordSet", "@id": "samples", "name": "samples", **described, "field": fields}


def _field(name: str, kind: pl.DataType) -> list[Json]:
    inner = kind.inner if isinstance(kind, pl.List) else kind
    scalar = _SCALARS.get(type(inner))  # type: ignore[arg-type]
    if scalar is None:
        return []
    extract = {"fileSet": {"@id": "parts"}, "extract": {"column": name}}
    repeated = {"repeated": True} if isinstance(kind, pl.List) else {}
    return [_typed(f"samples/{name}", name, scalar, extract) | repeated]


def _listing() -> Json:
    fields = [
        _typed(f"files/{name}", name, kind, {"fileObject": {"@id": MANIFEST}, "extract": {"column": name}})
        for name, kind in _FILE_COLUMNS.items()
    ]
    described = "One row an input file of the release; file names are not published."
    return {"@type": "cr:RecordSet", "@id": "files", "name": "files", "description": described, "field": fields}


def _typed(identity: str, name: str, kind: str, source: Json) -> Json:
    return {"@type": "cr:Field", "@id": identity, "name": name, "dataType": kind, "source": source}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
