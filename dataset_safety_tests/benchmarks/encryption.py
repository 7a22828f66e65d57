"""What encryption at rest costs: frames written and read through the store, plain against encrypted, in one run.

``python -m dataset_safety_tests.benchmarks.encryption [MEGABYTES]`` prints MB of frames per CPU-second, the best of five rounds
that take turns, and the ratio to plain. For comparison it does the same with Parquet's own modular encryption as polars offers
it, written twice, because the name of an object is the hash of the plain file; its reading does not check the name. Nothing
is asserted: the machine is shared.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from dataset_safety.store.home import Home
from dataset_safety.store.objects import ObjectStore
from dataset_safety_tests.benchmarks.neutral import MEAN_BYTES, documents

ROUNDS, PARTS = 5, 4


def frames_of(megabytes: int) -> list[pl.DataFrame]:
    """Parts as the pipeline stores them: an id, a hash, a text."""
    texts = documents(megabytes * 1_000_000 // MEAN_BYTES, seed=1)
    ids = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(len(texts))]
    whole = pl.DataFrame({"sample_id": ids, "content_sha256": ids[::-1], "text": texts})
    return list(whole.iter_slices(whole.height // PARTS + 1))


class Stored:
    """The store of a new home, plain or encrypted."""

    def __init__(self, root: Path, *, encrypted: bool) -> None:
        home = Home(root).create()
        self.objects = ObjectStore(home.objects, home.staging)
        self.names: list[str] = []
        if encrypted:
            self.objects.keys.switch_on()

    def write(self, frames: list[pl.DataFrame]) -> None:
        """Store them anew."""
        for name in self.names:
            shutil.rmtree(self.objects.root / name[:2])
        self.names = [self.objects.publish_frame(frame) for frame in frames]

    def read(self) -> None:
        """All columns."""
        for name in self.names:
            self.objects.read_frame(name)

    def scan(self) -> None:
        """One column by a lazy query."""
        self.objects.scan_frame(self.names).select("sample_id").collect()


class Modular(Stored):
    """A plain store, and beside it files in Parquet's own encryption."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, encrypted=False)
        self.folder, self.key = root, secrets.token_bytes(32)

    def write(self, frames: list[pl.DataFrame]) -> None:
        """Once for the name, once encrypted under it."""
        super().write(frames)
        for name, frame in zip(self.names, frames, strict=True):
            made = pl.ParquetEncryptionProperties(footer_key=self.key, aad_prefix=name.encode())
            frame.write_parquet(self.folder / name, compression="zstd", compression_level=1, statistics=False, encryption=made)

    def read(self) -> None:
        """All columns."""
        for name in self.names:
            pl.read_parquet(self.folder / name, decryption=self._opening(name))

    def scan(self) -> None:
        """One column by a lazy query."""
        files = [pl.scan_parquet(self.folder / name, decryption=self._opening(name)) for name in self.names]
        pl.concat(files).select("sample_id").collect()

    def _opening(self, name: str) -> pl.ParquetDecryptionProperties:
        return pl.ParquetDecryptionProperties(footer_key=self.key, aad_prefix=name.encode())


def cpu(work: Callable[[], None]) -> float:
    """CPU seconds of this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def measured(stores: dict[str, Stored], frames: list[pl.DataFrame]) -> dict[tuple[str, str], float]:
    """The least CPU seconds of each kind of work on each store."""
    best: dict[tuple[str, str], float] = {}
    for _ in range(ROUNDS):
        for name, store in stores.items():
            for what, work in {"write": partial(store.write, frames), "read": store.read, "scan": store.scan}.items():
                best[what, name] = min(best.get((what, name), float("inf")), cpu(work))
    return best


def main() -> None:
    """Print the figures."""
    frames = frames_of(int(sys.argv[1]) if len(sys.argv) > 1 else 96)
    size = sum(frame.estimated_size() for frame in frames) / 1e6
    with tempfile.TemporaryDirectory(prefix="dataset-safety-benchmark-") as folder:
        stores = {
            "plain": Stored(Path(folder) / "plain", encrypted=False),
            "encrypted": Stored(Path(folder) / "encrypted", encrypted=True),
            "modular": Modular(Path(folder) / "modular"),
        }
        best = measured(stores, frames)
    print(f"{size:.0f} MB in {len(frames)} frames; MB per CPU-second, best of {ROUNDS}, and in relation to plain")
    for what in ("write", "read", "scan"):
        rates = {name: size / best[what, name] for name in stores}
        print(f"  {what:<5} " + ", ".join(f"{name} {rate:.0f} ({rate / rates['plain']:.2f})" for name, rate in rates.items()))


if __name__ == "__main__":
    main()
