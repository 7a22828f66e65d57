"""The form of an encrypted object: a header and chunks of AES-256-GCM (R.5.c, 8.1 b 3).

::

    magic (8) | key id (16) | nonce (12) | wrapped data key (48) | chunk | chunk | …

Every file has a random data key of its own, which the header holds wrapped by a key-encryption key of the home, so that
changing that key rewrites 84 bytes a file and decrypts none of them. A chunk is 1 MiB of content with a tag of 16 bytes;
its nonce is its number and whether it is the last. The object's name is associated data of the wrapped key and of every
chunk: a file that was swapped, cut, extended or put together from others is refused, not read.

The content of a Parquet object is the plain file, byte by byte. Parquet's own modular encryption stores other bytes than
those that the name is the hash of, so that the name could not be checked, writes every frame twice to know its name, and
polars gives it no place for a key id.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"DSSEAL1\n"
CHUNK = 1 << 20
KEY_BYTES = 32
_ID_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 12, 16
HEADER_BYTES = len(MAGIC) + _ID_BYTES + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES


class NotSealedSo(Exception):
    """The bytes are no object of this name sealed under this key; the store says which object, and what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key-encryption key. It can be neither printed nor pickled: only its id, a hash of it, ever shows."""

    id: str
    _cipher: AESGCM = field(repr=False, compare=False)

    @classmethod
    def of(cls, secret: bytes) -> Key:
        """The key of 32 secret bytes."""
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        return cls(hashlib.sha256(b"dataset-safety key id\0" + secret).hexdigest()[: 2 * _ID_BYTES], AESGCM(secret))

    def header(self, data_key: bytes, name: str) -> bytes:
        """The header of an object of this name."""
        nonce = os.urandom(_NONCE_BYTES)
        return MAGIC + bytes.fromhex(self.id) + nonce + self._cipher.encrypt(nonce, data_key, self._bound(name))

    def data_key(self, header: bytes, name: str) -> bytes:
        """The data key that a header holds, or :class:`NotSealedSo`."""
        start = len(MAGIC) + _ID_BYTES
        nonce, wrapped = header[start : start + _NONCE_BYTES], header[start + _NONCE_BYTES : HEADER_BYTES]
        try:
            return self._cipher.decrypt(nonce, wrapped, self._bound(name))
        except (InvalidTag, ValueError):
            raise NotSealedSo from None

    def _bound(self, name: str) -> bytes:
        return MAGIC + bytes.fromhex(self.id) + name.encode()


def seals(header: bytes) -> bool:
    """Whether a file that begins like this claims to be encrypted."""
    return header.startswith(MAGIC)


def key_id(header: bytes) -> str:
    """Id of the key that wraps the data key."""
    return header[len(MAGIC) : len(MAGIC) + _ID_BYTES].hex()


def sealed(content: bytes | memoryview, name: str, key: Key) -> Iterator[bytes]:
    """The encrypted form of some content, piece by piece."""
    data_key, plain = AESGCM.generate_key(8 * KEY_BYTES), memoryview(content)
    yield key.header(data_key, name)
    cipher, bound = AESGCM(data_key), MAGIC + name.encode()
    last = max(len(plain) - 1, 0) // CHUNK
    for number in range(last + 1):
        yield cipher.encrypt(_nonce(number, last), plain[number * CHUNK : (number + 1) * CHUNK], bound)


def unsealed(stream: BufferedReader, name: str, find: Callable[[str], Key]) -> bytes:
    """The content of an encrypted file that is open at its start, or :class:`NotSealedSo`."""
    header, size = stream.read(HEADER_BYTES), os.fstat(stream.fileno()).st_size - HEADER_BYTES
    if len(header) < HEADER_BYTES or not seals(header) or size < _TAG_BYTES:
        raise NotSealedSo
    cipher, bound = AESGCM(find(key_id(header)).data_key(header, name)), MAGIC + name.encode()
    last, total = (size - 1) // (CHUNK + _TAG_BYTES), hashlib.sha256()
    pieces = []
    try:
        for number in range(last + 1):
            pieces.append(cipher.decrypt(_nonce(number, last), stream.read(CHUNK + _TAG_BYTES), bound))
            total.update(pieces[-1])
    except (InvalidTag, ValueError):
        raise NotSealedSo from None
    if total.hexdigest() != name:
        raise NotSealedSo
    return b"".join(pieces)


def _nonce(number: int, last: int) -> bytes:
    """A data key seals one file only, so that a number is used with it once."""
    return number.to_bytes(_NONCE_BYTES - 1, "big") + bytes([number == last])
