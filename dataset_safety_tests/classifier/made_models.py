"""Small real models for tests: tables whose words are chosen by hand, written as complete model folders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dataset_safety.classifier.features import BUCKETS, FEATURES_VERSION, blocks_of
from dataset_safety.classifier.graph import INPUT_NAMES, OUTPUT_NAME, unit_graph
from dataset_safety.preprocessing.folding import TextBatch
from dataset_safety.standard import load_edition

RISKS = load_edition().risk_ids


def bucket(word: str) -> int:
    """Bucket of one word or character alone, and not that of its first letters, which longer words share."""
    (found,) = _buckets(word) - (_buckets(word[:5] + "qqq") if len(word) > 5 else set())
    return found


def _buckets(text: str) -> set[int]:
    (blocks,) = blocks_of(TextBatch.of([text]))
    return set(blocks.buckets[blocks.buckets > 0].tolist())


def word_graph(words: Mapping[str, Mapping[str, int]], *, bias: float = -3.0, labels: tuple[str, ...] = RISKS) -> bytes:
    """A model whose outputs rise with the words given for them; a weight of 1 adds .1 before the division by length."""
    table = np.zeros((BUCKETS, len(labels)), dtype=np.int8)
    for label, weights in words.items():
        for word, weight in weights.items():
            table[bucket(word), labels.index(label)] = weight
    return unit_graph(table, np.full(len(labels), 0.1, dtype=np.float32), np.full(len(labels), bias, dtype=np.float32), labels)


def manifest_of(graph: bytes, *, outputs: tuple[str, ...] = RISKS, **changes: Any) -> dict[str, Any]:
    """A manifest that fits ``graph``; ``changes`` replace its keys."""
    return {
        "format": 1,
        "name": "made",
        "version": "1",
        "licence": "Apache-2.0",
        "languages": ["en"],
        "files": {"model.onnx": hashlib.sha256(graph).hexdigest()},
        "input": {"kind": "units", "features": FEATURES_VERSION, "names": list(INPUT_NAMES)},
        "output": {"name": OUTPUT_NAME, "kind": "probability"},
        "labels": [{"index": index, "label": risk, "risks": [risk]} for index, risk in enumerate(outputs)],
        "thresholds": {risk: {"review": 0.5, "reject": 0.9} for risk in outputs},
    } | changes


def write_model(
    folder: Path, graph: bytes, manifest: dict[str, Any] | None = None, statuses: Mapping[str, str] | None = None
) -> Path:
    """The model as a folder, with a probe report that gives ``statuses``."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(manifest or manifest_of(graph)).encode()
    (folder / "model.onnx").write_bytes(graph)
    (folder / "manifest.json").write_bytes(content)
    if statuses:
        report = {
            "manifest_sha256": hashlib.sha256(content).hexdigest(),
            "risks": {risk: {"status": state} for risk, state in statuses.items()},
        }
        (folder / "probe_report.json").write_text(json.dumps(report), encoding="utf-8")
    return folder
