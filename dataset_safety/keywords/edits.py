"""A reviewer's edit: lines in the draft format that become entries, and ids of entries to withdraw (B.1 c)."""

from __future__ import annotations

from collections.abc import Sequence

from dataset_safety import clock
from dataset_safety.keywords.entries import Entry
from dataset_safety.keywords.errors import SourceRefused
from dataset_safety.keywords.importing import Origin, read_lines
from dataset_safety.keywords.incoming import retired
from dataset_safety.keywords.library import Library
from dataset_safety.standard import load_edition


def edited(library: Library, lines: Sequence[str], risk: str, language: str, author: str, retire: Sequence[str]) -> list[Entry]:
    """The entries of an edit; the first thing that cannot be followed refuses all of it."""
    if lines and (risk not in load_edition().risk_ids or not language):
        raise _refused("the risk or language of the new entries is not stated", "state --risk A.2.e --language zh.")
    origin = Origin(risk, language, author, clock.today().isoformat(), f"edit by {author}", bundled=False)
    draft = read_lines("\n".join(lines), origin, name="edit")
    if draft.refused:
        raise draft.refused[0]
    active = {entry.id: entry for entry in library.active}
    for identity in retire:
        if identity not in active:
            raise _refused(f"no active entry has the id {identity[:12]}", "`dataset-safety keywords impact` shows ids.")
    if not lines and not retire:
        raise _refused("it is empty", "state at least one TEXT or --retire ID.")
    return [*draft.entries, *(retired(active[identity], author) for identity in retire)]


def _refused(problem: str, hint: str) -> SourceRefused:
    return SourceRefused(f"the edit is refused: {problem}.", hint=hint, source="edit")
