"""Changes that were refused (B.1 c): set aside with the reason, so that they never block the ones that come after.

A file goes to ``HOME/incoming/refused/<first digits of its SHA-256>/`` with ``reason.json`` beside it; corrected and dropped into
``HOME/incoming`` it is taken as a new file. An address and the keyword folders cannot be moved: they are passed over and listed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from dataset_safety import clock
from dataset_safety.keywords.canary import Gate
from dataset_safety.keywords.entries import Entry
from dataset_safety.keywords.errors import CandidateRefused, SourceRefused
from dataset_safety.keywords.incoming import FOLDER, Incoming, Refusal
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.stored import difference, with_changes
from dataset_safety.store import audit
from dataset_safety.store.facade import Store
from dataset_safety.store.home import Home

ASIDE, REASON = "refused", "reason.json"
MOST_LISTED = 100


class SetAside(BaseModel):
    """A refused file that still lies aside: ``reason.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    refused_at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sifted:
    """Changes that pass the gate together, the gate that they passed, and the refusals of the others."""

    changes: tuple[Incoming, ...]
    gate: Gate | None
    refused: tuple[Refusal, ...] = ()


def sift(old: Library, changes: Sequence[Incoming], examined: Callable[[Library], Gate]) -> Sifted:
    """All ``changes`` if the gate takes them together; otherwise one after the other, without those that it refuses."""
    gate = examined(with_changes(old, _entries(changes)))
    if not gate.refusals:
        return Sifted(tuple(changes), gate)
    kept: list[Incoming] = []
    refused: list[Refusal] = []
    passed: Gate | None = None
    for one in changes:
        new = with_changes(old, _entries([*kept, one]))
        if not difference(with_changes(old, _entries(kept)), new).changes:
            continue
        tried = gate if len(changes) == 1 else examined(new)
        try:
            tried.insist()
        except CandidateRefused as error:
            refused.append(Refusal(one.name, one.sha256, error, one.path))
        else:
            kept.append(one)
            passed = tried
    return Sifted(tuple(kept), passed, tuple(refused))


def set_aside(store: Store, refused: Sequence[Refusal]) -> None:
    """Move refused files out of the way and write every refusal to the audit log."""
    for one in refused:
        reasons = one.error.reasons if isinstance(one.error, CandidateRefused) else (one.error.message,)
        with store.database.write() as connection:
            audit.append(connection, "keywords.refuse", one.sha256 or one.name, source=one.name, reasons=list(reasons))
        if one.path is not None:
            with suppress(OSError):  # a file that cannot be moved is refused again the next time
                _move(store.home, one)


def lying_aside(home: Home) -> list[SetAside]:
    """Refused files that nobody has dealt with yet, in order of their time."""
    found = []
    for path in sorted((home.root / FOLDER / ASIDE).glob(f"*/{REASON}"))[:MOST_LISTED]:
        with suppress(OSError, ValidationError):
            found.append(SetAside.model_validate_json(path.read_bytes()))
    return sorted(found, key=lambda one: (one.refused_at, one.name))


def insist(refused: Sequence[Refusal]) -> None:
    """Raise what was refused, when nothing else is left."""
    if len(refused) == 1:
        raise refused[0].error
    if refused:
        said = " ".join(one.error.message for one in refused[:10])
        hint = f"correct them ({FOLDER}/{ASIDE} holds the files and the reasons) and drop them again."
        raise SourceRefused(
            f"{len(refused)} changes are refused: {said}", hint=hint, source=", ".join(one.name for one in refused)
        )


def _move(home: Home, one: Refusal) -> None:
    assert one.path is not None
    folder = home.root / FOLDER / ASIDE / (one.sha256[:12] or "unread")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = SetAside(name=one.name, sha256=one.sha256, refused_at=clock.now().isoformat(), reason=str(one.error))
    (folder / REASON).write_text(known.model_dump_json(indent=2) + "\n", encoding="utf-8")
    os.replace(one.path, folder / one.path.name)


def _entries(changes: Sequence[Incoming]) -> list[Entry]:
    return [entry for one in changes for entry in one.entries]
