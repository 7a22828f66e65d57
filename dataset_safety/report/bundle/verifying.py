"""Verifying a bundle without database, network and trust: every byte, then the signature, then every verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from dataset_safety.errors import DatasetSafetyError
from dataset_safety.records import Verdict
from dataset_safety.report.bundle.counting import check_counts
from dataset_safety.report.bundle.errors import BundleError, BundleUnreadable
from dataset_safety.report.bundle.manifest import Manifest
from dataset_safety.report.bundle.opening import Opened, opened
from dataset_safety.report.bundle.recomputing import Difference, Recomputed, recompute
from dataset_safety.standard import load_edition
from dataset_safety.store.errors import DiskFull


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked and what came out. ``signer_known`` is False when nobody said whose key is expected."""

    size: int
    members: int
    manifest: Manifest
    public_key: str
    signer_known: bool
    recomputed: Recomputed

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """The verdicts as computed; those of a public variant as stated."""
        return self.recomputed.verdicts

    @property
    def differences(self) -> Sequence[Difference]:
        """What the bundle states and its evidence does not give."""
        return self.recomputed.differences

    @property
    def public(self) -> bool:
        """Whether it is the public variant, whose verdicts cannot be recomputed."""
        return self.manifest.variant == "public"


def verify_bundle(path: Path, public_key: str | None = None) -> Verification:
    """Check the bytes, the signature (against ``public_key`` if stated), and all verdicts of a bundle."""
    with opened(path, public_key) as bundle, _distrusted():
        _check_edition(bundle)
        if bundle.manifest.variant == "public":
            found = check_counts(bundle)
        else:
            with TemporaryDirectory(prefix="dataset-safety-verify-") as folder:
                found = recompute(bundle, Path(folder))
        return Verification(bundle.size, len(bundle.places), bundle.manifest, bundle.signature.public_key, bundle.known, found)


def _check_edition(bundle: Opened) -> None:
    edition = load_edition()
    if bundle.manifest.edition_digest != edition.digest:
        raise BundleUnreadable(
            f"the bundle was evaluated under edition {bundle.manifest.edition} in a state that this version does not have",
            hint=f"verify it with the version that made it: {bundle.manifest.tool}.",
            edition=bundle.manifest.edition_digest,
        )


@contextmanager
def _distrusted() -> Iterator[None]:
    """Whatever breaks on the content of a bundle is the bundle's fault; its words are never repeated."""
    try:
        yield
    except (BundleError, DiskFull):
        raise
    except DatasetSafetyError as error:
        raise BundleUnreadable(f"the evidence in the bundle cannot be used: {error.message}", hint=error.hint) from None
    except (Exception, pl.exceptions.PanicException) as error:  # hostile frames and rows break readers in many ways
        message = f"the evidence in the bundle cannot be used ({type(error).__name__})"
        raise BundleUnreadable(message, hint="verify with the version that made it; then ask for it again.") from None
