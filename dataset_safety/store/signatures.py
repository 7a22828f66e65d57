"""Ed25519 signatures of named people; each key is a private file of the home folder.

A signature says that the holder of a key agreed; who that person is stands on paper. Public keys are part of
what is signed into evidence, so an assessor can compare them.
"""

from __future__ import annotations

import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dataset_safety.store.errors import StoreError
from dataset_safety.store.home import Home

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class InvalidSigner(StoreError):
    """A signer's name cannot name a key file."""

    exit_code = 2


def sign(home: Home, signer: str, message: bytes) -> tuple[str, str]:
    """Public key and signature, in hexadecimal; the signer's key is made at first use."""
    if not NAME.fullmatch(signer):
        raise InvalidSigner(
            f"{signer!r} is no signer's name", hint="use lower-case letters, digits, '.', '_' and '-'.", signer=signer
        )
    return sign_with(Ed25519PrivateKey.from_private_bytes(home.key(f"signer-{signer}")), message)


def sign_with(key: Ed25519PrivateKey, message: bytes) -> tuple[str, str]:
    """Public key and signature, in hexadecimal."""
    return public_key(key), key.sign(message).hex()


def wrapped(kind: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: a signature over it fits one kind of document only."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def public_key(key: Ed25519PrivateKey) -> str:
    """The public half, in hexadecimal."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def verify(public: str, message: bytes, signature: str) -> bool:
    """Whether the holder of the key signed exactly this message."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
