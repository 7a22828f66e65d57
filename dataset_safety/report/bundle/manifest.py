"""What a bundle says about itself: its manifest, and the Ed25519 signature over exactly these bytes (clauses 5)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from dataset_safety.report.bundle.errors import BundleChanged, NotABundle, UnknownKey
from dataset_safety.standard import Stage, VerdictValue
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.home import Home
from dataset_safety.store.signatures import sign, sign_with, verify, wrapped

MANIFEST, SIGNATURE = "manifest.json", "signature.json"
MANIFEST_TYPE = "application/vnd.dataset-safety.bundle-manifest+json"
OPERATOR = "operator"  # name of the key that every home has
MOST_BYTES = 32 << 20

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Read = TypeVar("Read", bound="_Document")


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MemberFacts(_Document):
    """Hash and size of one member."""

    sha256: Digest
    size: int = Field(ge=0)


class Manifest(_Document):
    """``manifest.json``: what the bundle is about, and the hash of every other member but the signature."""

    format: Literal[1] = 1
    variant: Literal["full", "public"]
    tool: str = Field(max_length=64, description="name and version of the program that wrote it")
    stage: Annotated[Stage, Field(strict=False)]
    release: Digest
    population: Digest = Field(description="hash of P2: what the verdicts are about")
    edition: str = Field(max_length=128, description="id of the edition of the standard")
    edition_digest: Digest
    assessment: Digest
    evaluated_at: AwareDatetime = Field(
        strict=False, description="the moment for which the verdicts were computed, ISO 8601, UTC"
    )
    overall: Annotated[VerdictValue, Field(strict=False)]
    left_out: list[str] = Field(description="what was left out of the bundle, in words")
    members: dict[str, MemberFacts]

    def canonical(self) -> bytes:
        """The bytes that are written and signed."""
        return canonical_json(self.model_dump(mode="json")).encode()


class Signature(_Document):
    """``signature.json``: Ed25519 over DSSE's encoding of the manifest's bytes; keys and signature in hexadecimal."""

    algorithm: Literal["ed25519"] = "ed25519"
    public_key: Digest
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")

    def canonical(self) -> bytes:
        """The bytes that are written."""
        return canonical_json(self.model_dump(mode="json")).encode()

    def holds_for(self, manifest: bytes) -> bool:
        """Whether the holder of the key signed these bytes."""
        return verify(self.public_key, wrapped(MANIFEST_TYPE, manifest), self.signature)


def manifest_schema() -> dict[str, Any]:
    """JSON Schema of ``manifest.json``."""
    return Manifest.model_json_schema()


def signed(manifest: bytes, home: Home, key: Path | None) -> Signature:
    """Sign with the key in a file, or with the home's own, which is made at first use."""
    message = wrapped(MANIFEST_TYPE, manifest)
    public, signature = sign(home, OPERATOR, message) if key is None else sign_with(private_key(key), message)
    return Signature(public_key=public, signature=signature)


def read_manifest(content: bytes) -> Manifest:
    """The manifest in these bytes; there is only one way to write it."""
    found = _read(Manifest, content, MANIFEST)
    if found.canonical() != content:
        raise BundleChanged("the manifest of the bundle is not in canonical form", hint=_ASK)
    return found


def read_signature(content: bytes) -> Signature:
    """The signature in these bytes; there is only one way to write it."""
    found = _read(Signature, content, SIGNATURE)
    if found.canonical() != content:
        raise BundleChanged("the signature of the bundle is not in canonical form", hint=_ASK)
    return found


def private_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 key from a file: its 32 bytes, or PEM as ``openssl genpkey -algorithm ed25519`` writes it."""
    content = _key_bytes(path)
    try:
        if len(content) == 32:
            return Ed25519PrivateKey.from_private_bytes(content)
        found = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise UnknownKey(f"{path.name} is no private Ed25519 key", hint=_PRIVATE, path=path)
    return found


def stated_public_key(stated: str) -> str:
    """A public key in hexadecimal, from 64 hexadecimal digits or from a file that holds them, PEM or 32 bytes."""
    if re.fullmatch(r"[0-9a-fA-F]{64}", stated):
        return stated.lower()
    path = Path(stated)
    content = _key_bytes(path)
    words = content.strip()
    if re.fullmatch(rb"[0-9a-fA-F]{64}", words):
        return words.decode().lower()
    try:
        found = Ed25519PublicKey.from_public_bytes(content) if len(content) == 32 else load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise UnknownKey(f"{path.name} is no public Ed25519 key", hint=_PUBLIC, path=path)
    return found.public_bytes_raw().hex()


def _key_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(64 << 10)
    except (OSError, ValueError):
        raise UnknownKey(f"the key file {path.name[:64]!r} cannot be read", hint=_PUBLIC) from None


def _read(kind: type[Read], content: bytes, name: str) -> Read:
    try:
        return kind.model_validate_json(content)
    except (ValidationError, ValueError, RecursionError):
        raise NotABundle(f"{name} of the bundle has another form than this version reads", hint=_ASK) from None


_ASK = "ask for the bundle again; a later version of dataset-safety may read it."
_PRIVATE = "a file of 32 bytes, or PEM: `openssl genpkey -algorithm ed25519`."
_PUBLIC = "state 64 hexadecimal digits, or a file with them or in PEM; `report --bundle` prints the key it signed with."
