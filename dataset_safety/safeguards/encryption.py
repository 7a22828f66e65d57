"""Encryption at rest of the stored shard files (R.5.c, 8.1 b 3): switching it on, changing the key, and its state.

What is encrypted is ``objects/``: samples, identification records, decisions, draws, documents, keyword generations. The
database and ``reports/`` stay plain: they hold ids, hashes, counts, the ledger and reviewers' notes. So do ``libraries/``,
``models/``, and what is made to leave the home: ``exports/`` and bundles. For all these use an encrypted volume, or
PostgreSQL on one. What was written plain before may survive in free blocks of the disk, in snapshots and earlier backups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dataset_safety.engine.progress import report
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.store import audit
from dataset_safety.store.errors import KeyMissing, ObjectDamaged
from dataset_safety.store.facade import Store, open_store
from dataset_safety.store.home import Home
from dataset_safety.store.keyring import Held
from dataset_safety.store.locking import exclusive
from dataset_safety.store.objects import Change, ObjectStore

PLAIN_IN_ANY_CASE = "database and reports are plain in any case: use an encrypted volume, or PostgreSQL on one"
WEAK = "; weak: whoever takes the folder takes the key. Hint: state one elsewhere, then `dataset-safety encryption rotate`"
VERB = "`dataset-safety encryption on`"


@dataclass(frozen=True, slots=True)
class Converted:
    """What a pass over all objects did. ``left`` are those that stayed as they were: damaged, or their key is not at hand."""

    key_id: str
    encrypted: int
    rewrapped: int
    unchanged: int
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """How many objects are encrypted, under which keys, and where the current one lives. ``current`` is None when off."""

    objects: int
    by_key: Mapping[str, int]
    current: str | None
    held: Held | None
    problem: str = ""

    @property
    def encrypted(self) -> int:
        """Objects that are encrypted, under whichever key."""
        return sum(self.by_key.values())

    @property
    def under_current(self) -> int:
        """Objects that are encrypted under the current key."""
        return self.by_key.get(self.current or "", 0)


def switch_on(home: Home) -> Converted:
    """Encrypt new objects from now on and those that are there; started again after a kill it goes on from there."""
    with exclusive(home.root, purpose="dataset-safety encryption on"), open_store(home) as store:
        store.objects.keys.find(store.objects.keys.switch_on())
        return _convert(store, "safeguards.encrypt")


def rotate(home: Home) -> Converted:
    """Put another key in use and wrap every data key under it; no content is decrypted. Earlier keys are not deleted."""
    with exclusive(home.root, purpose="dataset-safety encryption rotate"), open_store(home) as store:
        store.objects.keys.change_key()
        return _convert(store, "safeguards.rotate_key")


def state(objects: ObjectStore) -> State:
    """Read the header of every object; a key that is out of reach is a problem of the state and no error."""
    keys = [objects.key_of(name) for name in objects.names()]
    by_key = dict(sorted(Counter(key for key in keys if key is not None).items()))
    current = None
    try:
        current = objects.keys.current_id
        found = {key: objects.keys.held(key) for key in {*by_key, current} if key is not None}
    except DatasetSafetyError as error:
        return State(len(keys), by_key, current, None, str(error))
    return State(len(keys), by_key, current, found.get(current or ""))


def in_words(found: State) -> Iterator[tuple[str, bool, str]]:
    """The state as findings: what was looked at, whether it is well, and in words."""
    if found.problem:
        yield "encryption", False, found.problem
        return
    if found.current is None:
        left = f", but {found.encrypted} objects are encrypted: restore keys/ from a backup" if found.encrypted else ""
        yield "encryption", not left, f"off{left}; {VERB} encrypts stored objects; {PLAIN_IN_ANY_CASE}"
        return
    counted = f"{found.encrypted} of {found.objects} objects encrypted, {found.under_current} under the key in use"
    done = found.under_current == found.objects
    yield "encryption", done, f"{counted}; {PLAIN_IN_ANY_CASE}" + ("" if done else f". Hint: {VERB} does the others.")
    if found.held is not None:
        beside = found.held.beside
        yield "encryption key", not beside, f"{found.current[:12]}… in {found.held.place}" + (WEAK if beside else "")


def _convert(store: Store, action: str) -> Converted:
    """One pass; an object that cannot be read stays as it is, for a backup to replace it."""
    names, left = store.objects.names(), []
    done: Counter[Change] = Counter()
    report(0, len(names), "encrypting objects")
    for count, name in enumerate(names, 1):
        try:
            done[store.objects.encrypt(name)] += 1
        except (ObjectDamaged, KeyMissing):
            left.append(name)
        report(count, len(names), "encrypting objects")
    made = Converted(
        store.objects.keys.current_id or "", done[Change.ENCRYPTED], done[Change.REWRAPPED], done[Change.NONE], tuple(left)
    )
    with store.database.write() as connection:
        audit.append(connection, action, made.key_id, encrypted=made.encrypted, rewrapped=made.rewrapped, left=len(left))
    return made
