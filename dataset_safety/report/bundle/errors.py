"""Errors of bundles.

BundleError
├── NotABundle        the file is no bundle, or asks for more than a bundle may hold
├── BundleChanged     bytes, hashes or signature are not those that were written
├── BundleUnreadable  intact, but made under another edition or a later version
├── UnknownKey        a stated key is no Ed25519 key
└── NotReproducible   a new bundle did not verify, so it was not published
"""

from __future__ import annotations

from typing import ClassVar

from dataset_safety.report.errors import ReportError


class BundleError(ReportError):
    """Base of the errors of bundles."""

    exit_code: ClassVar[int] = 2


class NotABundle(BundleError):
    """The file is no bundle: nothing in it was believed."""


class BundleChanged(BundleError):
    """The file is not what was signed."""

    exit_code: ClassVar[int] = 1


class BundleUnreadable(BundleError):
    """The bundle is intact, and this version cannot compute its verdicts."""


class UnknownKey(BundleError):
    """The key that was stated is no Ed25519 key."""


class NotReproducible(BundleError):
    """What was written does not give the same verdicts again."""

    exit_code: ClassVar[int] = 4
