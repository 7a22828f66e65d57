"""Places outside the home that a deployment works with (5 c, 5 e): the last backup, the checkpoints of the audit log.

The file only says where to look. What is found there, and never this file, makes a verdict.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import ClassVar

from dataset_safety.errors import DatasetSafetyError
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.home import Home

FILE = "places.json"
BACKUP, CHECKPOINTS = "backup", "checkpoints"


class PlaceInside(DatasetSafetyError):
    """A second place lies inside the home, where whoever changes the data can change it too."""

    exit_code: ClassVar[int] = 2


def remembered(home: Home, name: str) -> Path | None:
    """The place of that name, as it was last used; None when none was."""
    found = _read(home).get(name)
    return Path(found) if isinstance(found, str) and found else None


def remember(home: Home, name: str, place: Path) -> None:
    """Use this place from now on unless another one is named."""
    known = _read(home)
    if known.get(name) == str(place.resolve()):
        return
    staged = home.root / f".{FILE}.{secrets.token_hex(4)}"
    staged.touch(mode=0o600)
    staged.write_text(canonical_json({**known, name: str(place.resolve())}))
    os.replace(staged, home.root / FILE)


def outside(home: Home, place: Path) -> Path:
    """The place, if it is not inside the home."""
    if place.resolve().is_relative_to(home.root.resolve()):
        raise PlaceInside(
            f"{place.name}/ lies inside the home folder", hint="name a folder elsewhere, best on another machine.", place=place
        )
    return place


def other_device(home: Home, place: Path) -> bool:
    """Whether a place is on another device than the home, so that one broken or stolen disk does not take both."""
    return place.stat().st_dev != home.root.stat().st_dev


def _read(home: Home) -> dict[str, object]:
    try:
        found = json.loads((home.root / FILE).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
