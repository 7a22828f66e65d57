"""Approvers of keyword generations and their Ed25519 keys (update gate of B.1 c).

The private key is a file of its own below ``HOME/keys/approvers``, or anywhere its owner keeps it; only the public
part is registered in the database. What is signed is wrapped as in DSSE, so that a signature fits one purpose only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.keywords.errors import UnknownApprover
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.home import Home

CLAUSE = "K.B.1.c"
APPROVER = "keyword_approver"
BUNDLE_TYPE = "application/vnd.dataset-safety.keywords.bundle+json"
ROLLBACK_TYPE = "application/vnd.dataset-safety.keywords.rollback+json"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def key_path(home: Home, name: str) -> Path:
    """Where the private key of an approver is made."""
    return home.keys / "approvers" / f"{name}.key"


def add_approver(home: Home, connection: Connection, name: str, public: str = "") -> str:
    """Register an approver; without a stated public key a new pair is made. Returns the public key, in hexadecimal."""
    if not _NAME.fullmatch(name):
        hint = "use lower-case letters, digits, '.', '_' and '-', at most 64."
        raise UnknownApprover(f"{name[:64]!r} cannot name an approver", hint=hint, name=name)
    known = approvers(connection)
    if name in known:
        hint = "remove the old key first: `dataset-safety keywords approver remove`."
        raise UnknownApprover(f"{name} is registered already", hint=hint, name=name)
    made = public.lower() or _new_pair(home, name)
    if not re.fullmatch(r"[0-9a-f]{64}", made) or made in known.values():
        hint = "state the 64 hexadecimal digits of a public Ed25519 key that nobody else has registered."
        raise UnknownApprover(f"the public key of {name} is no key of its own", hint=hint, name=name)
    _record(connection, name, made)
    return made


def remove_approver(connection: Connection, name: str) -> None:
    """Take the right to sign away; what was activated stays active."""
    if name not in approvers(connection):
        raise _unknown(name)
    _record(connection, name, "")


def approvers(connection: Connection) -> dict[str, str]:
    """Name and public key of everybody who may sign now."""
    current: dict[str, str] = {}
    for found in evidence_for(connection, CLAUSE):
        if found.kind == APPROVER:
            current[found.subject] = str(found.content["public"])
    return {name: public for name, public in current.items() if public}


def sign(home: Home, name: str, kind: str, payload: bytes, key: Path | None = None) -> str:
    """Signature of an approver over a payload, in hexadecimal."""
    path = key or key_path(home, name)
    if not _NAME.fullmatch(name) or not path.is_file():
        raise _unknown(name)
    content = path.read_bytes()
    if len(content) != 32:
        raise UnknownApprover(f"the key file of {name} is no Ed25519 key", hint="it holds exactly 32 bytes.", name=name)
    return Ed25519PrivateKey.from_private_bytes(content).sign(_wrapped(kind, payload)).hex()


def signers(trusted: Mapping[str, str], kind: str, payload: bytes, signatures: Mapping[str, str]) -> set[str]:
    """Names whose registered key signed exactly this payload; one key counts once, whatever names it goes by."""
    by_key = {trusted[name]: name for name in sorted(signatures) if name in trusted}
    return {name for public, name in by_key.items() if _holds(public, _wrapped(kind, payload), signatures[name])}


def _holds(public: str, message: bytes, signature: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _wrapped(kind: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def _new_pair(home: Home, name: str) -> str:
    path = key_path(home, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        hint = "move the old key file away: a key is never overwritten."
        raise UnknownApprover(f"there is a key file of {name} already", hint=hint, name=name) from None
    with open(descriptor, "wb") as file:
        file.write(key.private_bytes_raw())
        file.flush()
        os.fsync(file.fileno())
    return key.public_key().public_bytes_raw().hex()


def _record(connection: Connection, name: str, public: str) -> None:
    save_evidence(connection, Evidence(APPROVER, CLAUSE, name, {"public": public}, clock.now().isoformat()))


def _unknown(name: str) -> UnknownApprover:
    hint = "`dataset-safety keywords approver add NAME` registers an approver; `--key FILE` names a key kept elsewhere."
    return UnknownApprover(f"{name[:64]!r} is no approver with a key here", hint=hint, name=name)
