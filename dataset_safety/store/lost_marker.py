"""A home that was encrypted and has lost the note that says so takes nothing plain (R.5.c: key custody).

Encryption is never switched off, so that a key of the home's own or an encrypted object without ``keys/encryption.json``
means that the file was lost.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from dataset_safety.store import sealing
from dataset_safety.store.errors import KeyMissing
from dataset_safety.store.keyring import MARKER, Keyring

_found_plain: set[Path] = set()
"""``objects/`` folders that this process has looked through: headers are read once, not at every write."""


def refuse_plain(keys: Keyring, objects: Path) -> None:
    """:class:`KeyMissing` if the home of these objects was encrypted; called where no current key is named."""
    if keys.holds_own:
        found = "a key for encryption lies in keys/"
    elif objects not in _found_plain and any(map(_is_sealed, objects.glob("*/*"))):
        found = "stored objects are encrypted"
    else:
        _found_plain.add(objects)
        return
    raise KeyMissing(
        f"{found}, but {MARKER} in keys/, which says which key is in use, is missing: nothing was written plain",
        hint="restore keys/ from a backup, or put a key in use: `dataset-safety encryption on`.",
        key_id="",
    )


def _is_sealed(path: Path) -> bool:
    """A plain document may begin like an encrypted one; its name is then the hash of the whole file."""
    try:
        with path.open("rb") as stream:
            if not sealing.seals(stream.read(len(sealing.MAGIC))):
                return False
            stream.seek(0)
            return hashlib.file_digest(stream, "sha256").hexdigest() != path.name
    except FileNotFoundError:  # collected as garbage meanwhile
        return False
