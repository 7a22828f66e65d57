"""Bundles: a candidate generation with what is signed about it (update gate of B.1 c).

The statement names version, parent, content, counts, author and expiry; approvers sign its canonical bytes. A bundle
is admitted only when everything holds at once: signatures of enough different people other than the authors, the
version above every version before, the active generation as parent, the day of expiry not reached, and content whose
hashes are those that were signed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dataset_safety.keywords.errors import BundleRefused, GenerationDamaged
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.signing import BUNDLE_TYPE, signers
from dataset_safety.keywords.stored import generation_bytes, read_generation
from dataset_safety.store.canonical import canonical_json

MOST_BYTES = 256 << 20
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


class Statement(BaseModel):
    """What approvers sign."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = Field(default=1, ge=1, le=1)
    version: int = Field(ge=1)
    parent: str = Field(pattern=r"^[0-9a-f]{64}$")
    generation: str = Field(pattern=r"^[0-9a-f]{64}$")
    content_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    total: int = Field(ge=0)
    by_risk: dict[str, int]
    added: int = Field(ge=0)
    withdrawn: int = Field(ge=0)
    author: str = Field(min_length=1, max_length=128)
    authors: tuple[str, ...]
    sources: tuple[str, ...]
    gate: dict[str, Any]
    urgent: bool = False
    created_at: datetime
    expires_at: datetime

    def canonical(self) -> bytes:
        """The bytes that are signed."""
        return canonical_json(self.model_dump(mode="json")).encode()

    @property
    def id(self) -> str:
        """SHA-256 of the signed bytes."""
        return sha256(self.canonical()).hexdigest()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A statement, the bytes that it was read from, the content that it speaks of, and signatures by approver."""

    statement: Statement
    payload: bytes
    content: bytes
    signatures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a bundle is held against."""

    active: str
    highest_version: int
    approvers: Mapping[str, str]
    needed: int
    now: datetime


def envelope(bundle: Bundle) -> bytes:
    """A bundle as a file: a DSSE envelope, and the content beside it."""
    signatures = [{"keyid": name, "sig": signature} for name, signature in sorted(bundle.signatures.items())]
    document = {
        "payloadType": BUNDLE_TYPE,
        "payload": base64.b64encode(bundle.payload).decode(),
        "signatures": signatures,
        "content": base64.b64encode(bundle.content).decode(),
    }
    return canonical_json(document).encode()


def read_envelope(file: bytes) -> Bundle:
    """The bundle in a file; nothing in it is believed yet."""
    if len(file) > MOST_BYTES:
        raise _refused("size", f"the file has more than {MOST_BYTES} bytes", "export the bundle again.")
    try:
        document = json.loads(file.decode("utf-8"))
        payload, content = (base64.b64decode(document[name], validate=True) for name in ("payload", "content"))
        signatures = {str(one["keyid"]): str(one["sig"]) for one in document["signatures"]}
        if document["payloadType"] != BUNDLE_TYPE or len(signatures) != len(document["signatures"]):
            raise ValueError("type or signatures")
        found = Bundle(Statement.model_validate_json(payload), payload, content, signatures)
        if not all(_SIGNATURE.fullmatch(one) for one in signatures.values()) or envelope(found) != file:
            raise ValueError("not the bytes that were written")  # one bundle is one sequence of bytes
        return found
    except UnicodeDecodeError:
        raise _refused("encoding", "the file is not UTF-8", "export the bundle again.") from None
    except (ValueError, TypeError, KeyError, ValidationError, binascii.Error, RecursionError):
        raise _refused("form", "the file is no bundle of keywords", "`dataset-safety keywords export` makes one.") from None


def admit(bundle: Bundle, expected: Expected) -> tuple[Library, set[str]]:
    """The library of a bundle that may be activated, and who signed it; :class:`BundleRefused` says why it may not."""
    statement = bundle.statement
    if statement.canonical() != bundle.payload:
        raise _refused("form", "the signed statement is not in canonical form", "export the bundle again.")
    signed = signers(expected.approvers, BUNDLE_TYPE, bundle.payload, bundle.signatures)
    _check_signatures(statement, bundle, signed, expected)
    _check_place(statement, expected)
    return _content(bundle), signed


def _check_signatures(statement: Statement, bundle: Bundle, signed: set[str], expected: Expected) -> None:
    strangers = set(bundle.signatures) - signed
    if strangers:
        name = min(strangers)
        hint = "a changed bit, another statement or an unknown key: have the bundle signed again."
        raise _refused("signature", f"the signature of {name[:64]!r} does not hold for this statement", hint)
    own = {name.casefold() for name in (statement.author, *statement.authors)}
    if any(name.casefold() in own for name in signed):
        raise _refused("author", "an author of the change signed it", "somebody who wrote nothing of it has to approve.")
    if len(signed) < expected.needed:
        hint = "`dataset-safety keywords approve` adds a signature of another person."
        raise _refused("signatures", f"{len(signed)} of {expected.needed} different approvers signed", hint)


def _check_place(statement: Statement, expected: Expected) -> None:
    if statement.version <= expected.highest_version:
        hint = f"the next version is {expected.highest_version + 1}."
        raise _refused("replayed", f"version {statement.version} was there before", hint)
    if statement.version != expected.highest_version + 1:
        raise _refused("version", f"version {statement.version} is not the next one", f"it is {expected.highest_version + 1}.")
    if statement.parent != expected.active:
        hint = "another generation was activated since: `dataset-safety keywords refresh` makes a candidate upon it."
        raise _refused("parent", "its parent is not the active generation", hint)
    if expected.now >= statement.expires_at:
        hint = "`dataset-safety keywords refresh` makes a new candidate."
        raise _refused("expired", f"it expired at {statement.expires_at.isoformat()}", hint)


def _content(bundle: Bundle) -> Library:
    statement = bundle.statement
    if sha256(bundle.content).hexdigest() != statement.content_sha256:
        raise _refused("content", "the content is not what was signed", "a byte was changed: export the bundle again.")
    try:
        library = read_generation(bundle.content, "the bundle")
    except GenerationDamaged:
        raise _refused("content", "the content is no generation of a library", "export the bundle again.") from None
    if library.generation != statement.generation or generation_bytes(library) != bundle.content:
        raise _refused("content", "the content is not the generation that was signed", "export the bundle again.")
    if not library.active or statement.added + statement.withdrawn == 0:
        raise _refused("empty", "it holds no entries or changes nothing", "an empty bundle is never activated.")
    return library


def _refused(reason: str, problem: str, hint: str) -> BundleRefused:
    return BundleRefused(f"the bundle is refused: {problem}.", hint=hint, reason=reason)
