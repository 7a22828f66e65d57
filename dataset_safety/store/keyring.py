"""Keys that encrypt the objects of a home, and where they live (R.5.c: key custody).

Encryption is on when ``keys/encryption.json`` names a current key; nothing is ever written plain because a key could not
be found, nor because that file was lost (``store.lost_marker``). A key is looked for in this order:

1. ``DATASET_SAFETY_ENCRYPTION_KEY``: 64 hexadecimal digits; several, parted by spaces, while one follows another.
2. ``DATASET_SAFETY_ENCRYPTION_KEY_FILE``: a file that holds the same, on another disk than the data.
3. ``$CREDENTIALS_DIRECTORY/dataset-safety-encryption-key``: the same, handed over by systemd (``LoadCredential=``).
4. ``keys/encryption-<id>.key`` in the home: made where nothing else is stated, and weak, because it lies beside the data.

Worker processes look for themselves: they inherit the environment, and no key travels to them.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataset_safety.store.errors import KeyMissing, KeyUnreadable
from dataset_safety.store.home import Home, sync_folder
from dataset_safety.store.sealing import KEY_BYTES, Key

KEY_VARIABLE = "DATASET_SAFETY_ENCRYPTION_KEY"
KEY_FILE_VARIABLE = "DATASET_SAFETY_ENCRYPTION_KEY_FILE"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "dataset-safety-encryption-key"
SWITCH_VARIABLE = "DATASET_SAFETY_ENCRYPT"
MARKER = "encryption.json"
OWN = "encryption-"


@dataclass(frozen=True, slots=True)
class Held:
    """A key and where it was found; ``beside`` when whoever takes the home folder takes the key with it."""

    key: Key
    place: str
    beside: bool


class Keyring:
    """The keys of one home that this process can get at."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._known: dict[str, Held] = {}

    @property
    def current_id(self) -> str | None:
        """Id of the key that new objects are encrypted with; None where encryption is off."""
        try:
            return str(json.loads((self.home.keys / MARKER).read_bytes())["key"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise KeyUnreadable(
                f"{MARKER} in keys/ does not say which key is in use", hint="restore keys/ from a backup.", name=MARKER
            ) from None

    @property
    def holds_own(self) -> bool:
        """Whether a key that was made for this home lies in it, damaged or not."""
        return bool(_own_paths(self.home))

    def current(self) -> Key | None:
        """The key for new objects, None where encryption is off, :class:`KeyMissing` where it is out of reach."""
        current = self.current_id
        return None if current is None else self.find(current)

    def find(self, identity: str) -> Key:
        """The key of this id, or :class:`KeyMissing`."""
        return self.held(identity).key

    def held(self, identity: str) -> Held:
        """The key of this id and its place; looked for again when it is not known, because keys change while we run."""
        if identity not in self._known:
            stated = {one.key.id: one for one in reversed((*stated_keys(self.home),))}
            needed = None if identity in stated else identity
            self._known = {one.key.id: one for one in _own_keys(self.home, needed)} | stated
        if identity not in self._known:
            raise KeyMissing(
                f"key {identity[:12]}…, which stored objects are encrypted with, is not at hand",
                hint=f"set {KEY_VARIABLE} or {KEY_FILE_VARIABLE}, or restore keys/ from a backup; nothing was read or written. "
                "If this one object names a key that was never in use, it is damaged: restore it.",
                key_id=identity,
            )
        return self._known[identity]

    def switch_on(self) -> str:
        """Encrypt new objects from now on; the id of the key in use. Where it is on already, nothing changes."""
        if (current := self.current_id) is None:
            made = next(stated_keys(self.home), None)
            identity = made.key.id if made else self._new_own_key()
            staged = self._staged_marker(identity)
            try:
                os.link(staged, self.home.keys / MARKER)
            except FileExistsError:
                pass  # another process was first: its key is in use
            finally:
                staged.unlink()
                sync_folder(self.home.keys)
            current = self.current_id
        assert current is not None  # written above
        return current

    def change_key(self) -> tuple[str, str]:
        """Encrypt new objects with another key; the ids of the old and the new one. Earlier keys stay where they are."""
        before = self.current_id
        if before is None:
            raise KeyMissing("encryption is not on, so there is no key to change", hint="`dataset-safety encryption on`.")
        self.find(before)  # without it nothing could be wrapped anew
        stated = next(stated_keys(self.home), None)
        if stated is not None and stated.key.id == before:
            raise KeyMissing(
                f"no new key is stated: the first one in {stated.place} is the one in use",
                hint=f"put the new key before it; `python -c 'import secrets; print(secrets.token_hex({KEY_BYTES}))'` makes one.",
            )
        after = stated.key.id if stated else self._new_own_key()
        os.replace(self._staged_marker(after), self.home.keys / MARKER)
        sync_folder(self.home.keys)
        return before, after

    def _new_own_key(self) -> str:
        secret = secrets.token_bytes(KEY_BYTES)
        identity = Key.of(secret).id
        self.home.keep_key(OWN + identity, secret)
        return identity

    def _staged_marker(self, identity: str) -> Path:
        staged = self.home.keys / f".{MARKER}.{secrets.token_hex(6)}"
        with staged.open("x") as stream:
            stream.write(json.dumps({"key": identity}))
            stream.flush()
            os.fsync(stream.fileno())
        return staged


def stated_keys(home: Home) -> Iterator[Held]:
    """Keys that the environment states, the wanted one first."""
    if text := os.environ.get(KEY_VARIABLE):
        yield from (Held(key, f"the environment ({KEY_VARIABLE})", False) for key in _parsed(text, KEY_VARIABLE))
    files = [(os.environ.get(KEY_FILE_VARIABLE), KEY_FILE_VARIABLE)]
    if folder := os.environ.get(CREDENTIALS_VARIABLE):
        credential = Path(folder) / CREDENTIAL
        files.append((str(credential) if credential.is_file() else None, CREDENTIALS_VARIABLE))
    for name, variable in files:
        if name:
            path = Path(name).resolve()
            inside = path.is_relative_to(home.root.resolve())
            yield from (Held(key, f"{path.name} ({variable})", inside) for key in _parsed(_text(path, variable), variable))


def wanted() -> bool:
    """Whether the environment asks that homes are encrypted (``DATASET_SAFETY_ENCRYPT=1``)."""
    return os.environ.get(SWITCH_VARIABLE, "").lower() in ("1", "true", "yes", "on")


def _own_paths(home: Home) -> list[Path]:
    return sorted(home.keys.glob(f"{OWN}*.key"))


def _own_keys(home: Home, needed: str | None) -> Iterator[Held]:
    """Keys of the home; a damaged one is passed over unless it is the needed one."""
    for path in _own_paths(home):
        secret, identity = path.read_bytes(), path.stem.removeprefix(OWN)
        if len(secret) == KEY_BYTES and (key := Key.of(secret)).id == identity:
            yield Held(key, f"{path.name} in the home folder", True)
        elif identity == needed:
            raise KeyUnreadable(f"{path.name} in keys/ is damaged", hint="restore keys/ from a backup.", name=path.name)


def _parsed(text: str, variable: str) -> Iterator[Key]:
    for word in text.split():
        try:
            yield Key.of(bytes.fromhex(word))
        except ValueError:
            raise KeyUnreadable(
                f"{variable} states no key", hint=f"write {2 * KEY_BYTES} hexadecimal digits.", name=variable
            ) from None


def _text(path: Path, variable: str) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise KeyUnreadable(
            f"the file that {variable} names cannot be read", hint="name a file of keys, readable by this account.", name=variable
        ) from None
