"""Adding drafted entries to a folder of keyword files: what the lint accepts, without what is there already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dataset_safety.keywords.errors import InvalidEntry
from dataset_safety.keywords.files import read_file, write_file
from dataset_safety.keywords.importing import Origin, acceptable, read_draft


@dataclass(frozen=True, slots=True)
class Added:
    """How many entries are new and how many were there, and why others were refused."""

    added: int
    known: int
    refused: tuple[str, ...]


def add_draft(draft: Path, origin: Origin, store: Path) -> Added:
    """Read a draft file and write its acceptable entries into ``store/<risk>/<language>.tsv``."""
    read = read_draft(draft, origin)
    accepted, problems = acceptable(read.entries)
    path = store / origin.risk / f"{origin.language}.tsv"
    present = list(read_file(path, bundled=origin.bundled)) if path.exists() else []
    known = {entry.id for entry in present}
    new = [entry for entry in accepted if entry.id not in known]
    header = {
        "risk": origin.risk, "language": origin.language, "author": origin.author, "added": origin.added,
        "provenance": origin.provenance, "status": origin.status.value,
    }  # fmt: skip
    if new:
        write_file(path, header, [*present, *new])
    refused = [str(error) for error in read.refused if isinstance(error, InvalidEntry)]
    refused += [f"entry {problem.entry.id}: {problem.rule}. Hint: {problem.hint}" for problem in problems]
    return Added(len(new), len(accepted) - len(new), tuple(refused))
