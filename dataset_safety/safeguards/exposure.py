"""Who else can reach a file or folder by its mode and owner (8.1 b 3: access control)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Exposed:
    """A path below the root (``.`` is the root itself) that others can reach, and why."""

    name: str
    why: str


def exposed(root: Path, *, secret: bool = False) -> Iterator[Exposed]:
    """Files and folders at or below ``root`` that the group or others can reach, or that somebody else owns.

    What stands in a folder that nobody else may enter is out of reach whatever its own mode says, except where the files
    are ``secret`` (keys): those must be private by themselves. The root itself must always be private.
    """
    status = root.stat()
    yield from _own(".", status, status.st_uid)
    if stat.S_ISDIR(status.st_mode):
        yield from _below(root, "", _enterable(status), status.st_uid, secret)


def exposed_file(path: Path) -> Iterator[Exposed]:
    """The same for one file and what its program keeps beside it (``-wal``, ``-shm``); its folder may keep all of it private."""
    owner, reachable = path.stat().st_uid, _enterable(path.parent.stat())
    for found in (path, *path.parent.glob(f"{path.name}-*")):
        status = _status(found, follow=True)
        if status is not None and (reachable or status.st_uid != owner):
            yield from _own(found.name, status, owner)


def _below(folder: Path, prefix: str, reachable: bool, owner: int, secret: bool) -> Iterator[Exposed]:
    """What stands below a folder; what vanishes while it is looked at (a staged file, a finished export) is not there."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        status = _status(folder / entry.name)
        name = f"{prefix}{entry.name}"
        if status is None or stat.S_ISLNK(status.st_mode):
            continue
        if reachable or secret:
            yield from _own(name, status, owner)
        elif status.st_uid != owner:
            yield Exposed(name, "belongs to another account")
        if stat.S_ISDIR(status.st_mode):
            yield from _below(folder / entry.name, f"{name}/", reachable and _enterable(status), owner, secret)


def _status(path: Path, *, follow: bool = False) -> os.stat_result | None:
    """Mode and owner of a file, or of the link that stands there; None when it is gone."""
    try:
        return path.stat(follow_symlinks=follow)
    except FileNotFoundError:
        return None


def _own(name: str, status: os.stat_result, owner: int) -> Iterator[Exposed]:
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != owner:
        yield Exposed(name, "belongs to another account")
    elif mode & OTHERS:
        yield Exposed(name, f"mode {mode:04o}")


def _enterable(status: os.stat_result) -> bool:
    """Whether anybody but the owner may enter a folder."""
    return bool(status.st_mode & 0o011)
