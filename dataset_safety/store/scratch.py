"""A file without a name that only the process which made it can read (R.5.c): what is laid out there is never found plain."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG_BYTES = 16

Place = tuple[int, int]
"""Where a record begins and how many bytes it takes, its tag included."""


class Scratch:
    """Records by their place, each encrypted with a key that is nowhere but in memory and ends with the process."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - lives until close()
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._end = 0

    def append(self, record: bytes) -> Place:
        """Keep a record; its place."""
        start, length = self._end, len(record) + TAG_BYTES
        self._end += length  # before anything is encrypted: a write that fails leaves a gap, and no nonce comes again
        written, at = memoryview(self._cipher.encrypt(_nonce(start), record, None)), start
        while written:  # a write may take a part
            taken = os.pwrite(self._file.fileno(), written, at)
            written, at = written[taken:], at + taken
        return start, length

    def read(self, place: Place) -> bytes:
        """The record that was kept there."""
        start, length = place
        return self._cipher.decrypt(_nonce(start), os.pread(self._file.fileno(), length, start), None)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def _nonce(start: int) -> bytes:
    """Places are never written twice, so that none is used twice."""
    return start.to_bytes(12, "big")
