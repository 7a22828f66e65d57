"""Scanning files on their own: the readers and detectors of the workflow, without ledger and home.

One row out for each unit in, in order; several files are numbered on. A unit that cannot be read keeps its
row as ``not_identified``, so that rows can be joined to the input by position.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from dataset_safety.collection.reading import read_shard
from dataset_safety.collection.sources import Fields, SourceRecord
from dataset_safety.collection.units import Skipped, Unit, Unreadable
from dataset_safety.engine.local import map_unordered
from dataset_safety.engine.progress import report
from dataset_safety.frames import Identifications
from dataset_safety.preprocessing.identification import identification_records
from dataset_safety.preprocessing.language import languages
from dataset_safety.preprocessing.recipes import DetectorSources, build_detectors
from dataset_safety.records import SourceKind
from dataset_safety.standard.stages import Stage

BATCH_UNITS = 20_000
BATCH_CHARACTERS = 12_000_000
IN_PROCESS_BYTES = 8 << 20
COLUMNS = ["row", "outcome", "risks", "personal_information", "findings"]


def scan_files(files: Sequence[Path], out: Path, sources: DetectorSources, *, text_field: str | None = None) -> dict[str, int]:
    """Scan ``files`` into one Parquet file; how many rows have which outcome."""
    small = sum(path.stat().st_size for path in files) <= IN_PROCESS_BYTES
    tasks = [(path, sources, text_field) for path in files]
    found: dict[Path, pl.DataFrame] = {}
    report(0, len(tasks), "scanning")
    for count, (task, frame) in enumerate(map_unordered(_scan_file, tasks, workers=1 if small else None), 1):
        found[task[0]] = frame
        report(count, len(tasks), "scanning")
    whole = pl.concat([found[path] for path in files]).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    staged = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        whole.select(COLUMNS).write_parquet(staged, compression="zstd")
        os.replace(staged, out)
    finally:
        staged.unlink(missing_ok=True)
    return dict(sorted(Counter(whole["outcome"].to_list()).items()))


def texts_of(path: Path, text_field: str | None = None) -> list[str]:
    """The readable texts of one file."""
    units = read_shard(path, name=path.name, record=_record(text_field))
    return [unit.text for unit in units if isinstance(unit, Unit) and unit.text is not None]


def _record(text_field: str | None) -> SourceRecord:
    fields = Fields(unit="line", text=text_field)
    return SourceRecord(stage=Stage.PRE_TRAINING, source_id="scan", kind=SourceKind.SELF_PRODUCED, fields=fields)


def _scan_file(task: tuple[Path, DetectorSources, str | None]) -> pl.DataFrame:
    path, sources, text_field = task
    record = _record(text_field)
    detectors = build_detectors(sources)
    frames = [
        identification_records(_frame(units), detectors, "scan")
        for units in _batches(read_shard(path, name=path.name, record=record))
    ]
    empty = Identifications.create_empty()
    return pl.concat([empty, *frames]).select(COLUMNS[1:])


def _batches(items: Iterator[Unit | Unreadable | Skipped]) -> Iterator[list[Unit | Unreadable]]:
    batch: list[Unit | Unreadable] = []
    characters = 0
    for item in items:
        if isinstance(item, Skipped):
            continue
        batch.append(item)
        characters += len(item.text or "") if isinstance(item, Unit) else 0
        if len(batch) >= BATCH_UNITS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _frame(units: Sequence[Unit | Unreadable]) -> pl.DataFrame:
    texts = [unit.text if isinstance(unit, Unit) else None for unit in units]
    kinds = [unit.modality if isinstance(unit, Unit) else "text" for unit in units]
    detected = iter(languages([text for text in texts if text is not None]))
    types = [
        (f"text:{next(detected)}" if kind == "text" else (next(detected), kind)[1]) if text is not None else kind
        for text, kind in zip(texts, kinds, strict=True)
    ]
    schema = {
        "sample_id": pl.String,
        "content_sha256": pl.String,
        "data_type": pl.String,
        "text": pl.String,
        "generated": pl.Boolean,
    }
    ids = [str(number) for number in range(len(units))]
    return pl.DataFrame(
        {"sample_id": ids, "content_sha256": ids, "data_type": types, "text": texts, "generated": [False] * len(units)},
        schema=schema,
    )
