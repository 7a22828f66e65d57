"""Clean text that the model must leave alone: documents of a real inbox and texts written for it (*gold* texts).

Each document has a share, fixed by its hash: ``training`` (only where the licence lets its traces ship in weights),
``calibration`` (thresholds) or ``evaluation`` (never seen before the figures are printed).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dataset_safety.collection.inbox import discover
from dataset_safety.collection.reading import read_shard
from dataset_safety.collection.units import Unit
from dataset_safety.standard.stages import Stage

__all__ = ["EVERYDAY", "GOLD", "CleanText", "Share", "everyday_texts", "gold_texts", "inbox_texts"]

Share = Literal["training", "calibration", "evaluation"]
GOLD = "gold"
EVERYDAY = "everyday"
NOT_CLEAN = frozenset({"forum-comments", "pictures", "speech"})
"""About half of the forum comments carry discrimination; pictures and sound have no text."""
SHIPPABLE = frozenset({
    "chinese-poetry", "inaugural-addresses", "udhr", "dingo-sft", "vicuna-zh", "web-pages-parquet", "identity-templates",
    "code-headers", "code-repositories", "belle", "c4-sample", GOLD,
})  # fmt: skip
"""MIT, Apache-2.0, ODC-By, public domain, or written for the project: these may leave traces in the weights."""
MOST_OF_A_FILE = 1500
"""Documents taken from one file, so that one big collection does not stand for all clean text."""


@dataclass(frozen=True, slots=True)
class CleanText:
    """One document; ``source`` is the inbox source, or ``gold/<topic>``."""

    text: str
    source: str

    @property
    def share(self) -> Share:
        """What the document may be used for; the same on every machine."""
        number = hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).digest()[0] % 4
        origin = self.source.partition("/")[0]
        if origin == EVERYDAY:  # written to be hard: it teaches and sets thresholds, and is never measured on
            return "training" if number else "calibration"
        if origin in SHIPPABLE and (number == 0 or (origin == GOLD and number in (1, 2))):
            return "training"  # three quarters of the gold texts: they are the hard ones, and few
        return "calibration" if number in (0, 1) else "evaluation"


def inbox_texts(inbox: Path) -> Iterator[CleanText]:
    """Text documents of an inbox as the workflow reads them; sources that are not clean are left out."""
    for stage in Stage:
        for source in discover(inbox, stage):
            if source.record.source_id in NOT_CLEAN:
                continue
            for file in source.files:
                taken: Counter[str] = Counter()
                for unit in read_shard(file.path, name=file.name, record=source.record):
                    if isinstance(unit, Unit) and unit.text and taken[file.name] < MOST_OF_A_FILE:
                        taken[file.name] += 1
                        yield CleanText(unit.text, source.record.source_id)


def everyday_texts(folder: Path) -> Iterator[CleanText]:
    """Texts of ``<language>.txt``, one a line: harmless everyday text written for training, never for measuring."""
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield CleanText(line.strip(), f"{EVERYDAY}/{path.stem}")


def gold_texts(folder: Path) -> Iterator[CleanText]:
    """Texts of ``<topic>.<language>.txt``, one a line, written for the project."""
    for path in sorted(folder.glob("*.txt")):
        topic = path.name.split(".")[0]
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                yield CleanText(line.strip(), f"{GOLD}/{topic}")
