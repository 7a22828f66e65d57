"""Signed checkpoints of the audit log outside the database (R.5.e, 8.1 b 5).

A chain of hashes does not show that its tail was cut off, nor that all of it was written anew. A checkpoint says how many
events there were and which hash the last one had; it is signed with a key of the home and appended to a file in a second
place. Every checkpoint ever written has to be a prefix of the present log.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.safeguards.audit_log import ChainState, verify_chain
from dataset_safety.safeguards.places import CHECKPOINTS, other_device, outside, remember
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.audit import GENESIS, hashes_at
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.facade import Store
from dataset_safety.store.home import sync_folder
from dataset_safety.store.objects import room_for
from dataset_safety.store.signatures import sign_with, verify, wrapped

CLAUSE, KIND = "8.1.b.5", "checkpoint"
FILE = "audit-checkpoints.jsonl"
KEY = "audit-checkpoint"
TYPE = "application/vnd.dataset-safety.audit-checkpoint+json"
ORIGIN = "dataset-safety audit log"
SERIES = "series"
SIGNED = ("origin", "size", "head", "at")
LONGEST_LINE = 4096


class CheckpointRefused(DatasetSafetyError):
    """The log is not the one of which earlier checkpoints were written, so a new one would hide that."""

    exit_code: ClassVar[int] = 1


class CheckpointsUnreadable(DatasetSafetyError):
    """There is no file of checkpoints where one is expected."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log had ``size`` events and its last hash was ``head``; ``at`` is a moment in UTC (ISO 8601)."""

    origin: str
    size: int
    head: str
    at: str
    public_key: str
    signature: str

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Checkpoint | None:
        """A checkpoint from what was written; None when it is none."""
        found = [content.get(name) for name in cls.__slots__]
        texts = [value for name, value in zip(cls.__slots__, found, strict=True) if name != "size"]
        size = content.get("size")
        if not all(isinstance(value, str) for value in texts) or type(size) is not int or size < 0:
            return None
        return cls(*found)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Any]:
        """As it is written."""
        return {name: getattr(self, name) for name in self.__slots__}

    def genuine(self) -> bool:
        """Whether the holder of its key signed exactly this."""
        return self.origin == ORIGIN and verify(self.public_key, _message(self.as_dict()), self.signature)


@dataclass(frozen=True, slots=True)
class LogState:
    """The chain, the checkpoints held against it, and everything that does not fit."""

    chain: ChainState
    checkpoints: Sequence[Checkpoint]
    problems: Sequence[str]

    @property
    def intact(self) -> bool:
        """Whether the chain verifies and every checkpoint is a prefix of it."""
        return self.chain.intact and not self.problems


def write_checkpoint(store: Store, folder: Path) -> Checkpoint:
    """Append a checkpoint of the present log to the file in ``folder``; :class:`CheckpointRefused` if an earlier one differs."""
    outside(store.home, folder)
    with room_for(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = read_checkpoints(folder) if (folder / FILE).exists() else None
        with store.database.read() as connection:
            state = held_against(connection, before)
        if not state.intact:
            problem = state.problems[0] if state.problems else f"the chain breaks at event {state.chain.broken_at}"
            raise CheckpointRefused(f"no checkpoint was written: {problem}", hint=_COMPARE, problem=problem)
        made = _signed(store, state.chain)
        _append(folder / FILE, made)
    remember(store.home, CHECKPOINTS, folder)
    away = other_device(store.home, folder)
    series = (before[0] if before else made).signature
    stated = f"{made.size} events, head {made.head[:12]}" + ("" if away else ", on the same device as the home")
    content = {**made.as_dict(), SERIES: series, "other_device": away, "result": stated}
    with store.database.write() as connection:
        save_evidence(connection, Evidence(KIND, CLAUSE, "audit log", content, made.at))
    return made


def read_checkpoints(folder: Path) -> list[Checkpoint]:
    """Every checkpoint in the file of a folder, oldest first; a line that is none counts as forged and does not verify.

    The beginning of a line at the end of the file is neither: a writer was stopped there before the checkpoint was recorded.
    One that was recorded, and of which somebody took the end away, is missed by its record.
    """
    try:
        content = (folder / FILE).read_bytes()
    except OSError:
        hint = "`dataset-safety audit checkpoint --to DIR` writes the first one."
        raise CheckpointsUnreadable(f"no checkpoints can be read in {folder.name}/", hint=hint, folder=folder) from None
    return [_line(line) for line in content[: len(content) - len(_torn(content))].splitlines()]


def _torn(content: bytes) -> bytes:
    """The beginning of a line at the end of a file: it has no end and is no whole document."""
    last = content[content.rfind(b"\n") + 1 :]
    try:
        json.loads(last)
    except (ValueError, RecursionError):
        return last
    return b""


def held_against(connection: Connection, written: Sequence[Checkpoint] | None, key: str = "") -> LogState:
    """Hold the checkpoints of a file (None: there is no file yet) against the log, and against those that the database remembers.

    ``key`` is the only signer that counts, if one is stated.
    """
    chain, checkpoints = verify_chain(connection), list(written or ())
    problems = list(disagreements(connection, checkpoints, key))
    if written is not None:
        problems += _lost(connection, checkpoints)
    return LogState(chain, checkpoints, problems)


def _lost(connection: Connection, checkpoints: Sequence[Checkpoint]) -> Iterator[str]:
    """Checkpoints that were written to this file and are not in it any more; a file is known by its first checkpoint."""
    rows = [found for found in evidence_for(connection, CLAUSE) if found.kind == KIND]
    if not checkpoints:
        if rows:
            yield "the file of checkpoints was emptied"
        return
    kept, first = {one.signature for one in checkpoints}, checkpoints[0].signature
    if any(row.content.get("signature") == first != row.content.get(SERIES) for row in rows):
        yield "the file of checkpoints has lost its beginning"
    for row in rows:
        if row.content.get(SERIES) == first and row.content.get("signature") not in kept:
            yield f"the checkpoint of {row.collected_at} is recorded and no longer in the file"


def disagreements(connection: Connection, checkpoints: Sequence[Checkpoint], key: str = "") -> Iterator[str]:
    """What does not fit: forged checkpoints, a log that was cut off, a log that was written anew."""
    hashes = hashes_at(connection, {one.size for one in checkpoints})
    for before, one in zip([None, *checkpoints], checkpoints, strict=False):
        if not one.genuine():
            yield "a checkpoint was changed or forged: its signature does not hold"
        elif key and one.public_key != key:
            yield f"the checkpoint of {one.at} is signed by another key than the one stated"
        elif before is not None and (one.size < before.size or one.at < before.at):
            yield f"the checkpoint of {one.at} is older than the one before it"
        elif one.size and one.size not in hashes:
            yield f"the log was cut off: on {one.at} it had {one.size} events"
        elif hashes.get(one.size, GENESIS) != one.head:
            yield f"the log was written anew: event {one.size} is not the one of {one.at}"


def recorded(found: Evidence) -> Checkpoint:
    """The checkpoint of a stored row."""
    return Checkpoint.read(found.content) or _FORGED


def _signed(store: Store, chain: ChainState) -> Checkpoint:
    stated = {"origin": ORIGIN, "size": chain.events, "head": chain.head, "at": clock.now().isoformat()}
    public, signature = sign_with(Ed25519PrivateKey.from_private_bytes(store.home.key(KEY)), _message(stated))
    return Checkpoint(ORIGIN, chain.events, chain.head, str(stated["at"]), public, signature)


def _message(stated: Mapping[str, Any]) -> bytes:
    return wrapped(TYPE, canonical_json({name: stated[name] for name in SIGNED}).encode())


def _append(path: Path, made: Checkpoint) -> None:
    """One line at the end of the file, durable before this returns; what a stopped writer left there makes room for it."""
    before = path.read_bytes() if path.exists() else b""
    torn = _torn(before)
    gap = "" if torn or not before or before.endswith(b"\n") else "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if torn:
            os.ftruncate(descriptor, len(before) - len(torn))
        os.write(descriptor, f"{gap}{canonical_json(made.as_dict())}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def _line(line: bytes) -> Checkpoint:
    try:
        content = json.loads(line) if len(line) <= LONGEST_LINE else None
    except (ValueError, RecursionError):
        content = None
    return (Checkpoint.read(content) if isinstance(content, dict) else None) or _FORGED


_FORGED = Checkpoint("", 0, "", "", "", "")
_COMPARE = "compare with `dataset-safety audit verify --checkpoints DIR` and restore the database from a backup."
