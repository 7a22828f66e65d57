"""What a probe is: a name, a clause, what it expects, and what it saw when it acted on one place of the deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from dataset_safety.store.facade import Store

Fact = str | int | bool


class Family(StrEnum):
    """Families of probes, in the order of the standard: 8.1 b 2, the four of 8.1 b 3, and the log of 8.1 b 5."""

    MONITORING = "monitoring"
    AUTHENTICATION = "authentication"
    ACCESS = "access"
    ENCRYPTION = "encryption"
    BACKUP = "backup"
    LOG = "log"

    @property
    def clause(self) -> str:
        """The expected result under which observations are recorded."""
        return {Family.MONITORING: "8.1.b.2", Family.LOG: "8.1.b.5"}.get(self, "8.1.b.3")


FAMILIES = tuple(family.value for family in Family)
PROTECTION = (Family.AUTHENTICATION, Family.ACCESS, Family.ENCRYPTION, Family.BACKUP)
"""The four measures of 8.1 b 3."""


class Kind(StrEnum):
    """Kinds of places in the inventory of a deployment."""

    HOME = "home"
    DATABASE_FILE = "database file"
    DATABASE_SERVER = "database server"
    OBJECTS = "objects"
    KEYS = "keys"
    DAGSTER_HOME = "dagster home"
    EXPORTS = "exports"
    BACKUP = "backup"
    DAGSTER_WEB = "dagster webserver"
    REVIEW_PAGE = "review page"


WEB = frozenset({Kind.DAGSTER_WEB, Kind.REVIEW_PAGE})


class Result(StrEnum):
    """What came of a probe; only the first counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could not run"


@dataclass(frozen=True, slots=True)
class Place:
    """One store or server that holds or shows data: a folder or file (``path``) or a web address (``address``)."""

    name: str
    kind: Kind
    path: Path | None = None
    address: str = ""

    @property
    def folder(self) -> Path:
        """The path of a place that has one."""
        assert self.path is not None, self.kind
        return self.path


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is probed. ``viewer_token`` is a secret: it is used and never recorded. Places of files follow from ``store``.

    ``system`` is where the kernel shows its mounts and devices (``proc`` and ``sys``).
    """

    store: Store
    addresses: Mapping[str, Kind] = field(default_factory=dict)
    backup: Path | None = None
    checkpoints: Path | None = None
    viewer_token: str = field(default="", repr=False)
    webhook: str = ""
    system: Path = Path("/")


@dataclass(frozen=True, slots=True)
class Target:
    """One place of one deployment."""

    deployment: Deployment
    place: Place

    @property
    def store(self) -> Store:
        """The opened home."""
        return self.deployment.store


@dataclass(frozen=True, slots=True)
class Observation:
    """What one probe saw: a sentence for people, facts without secrets, and what to do about it."""

    result: Result
    observed: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    remedy: str = ""

    @classmethod
    def passed(cls, observed: str, **facts: Fact) -> Observation:
        """What was expected was seen."""
        return cls(Result.PASSED, observed, facts)

    @classmethod
    def failed(cls, observed: str, remedy: str, **facts: Fact) -> Observation:
        """Something else was seen than what was expected."""
        return cls(Result.FAILED, observed, facts, remedy)

    @classmethod
    def could_not_run(cls, observed: str, remedy: str, **facts: Fact) -> Observation:
        """Nothing was seen: neither a pass nor a failure."""
        return cls(Result.COULD_NOT_RUN, observed, facts, remedy)


class Probe(Protocol):
    """One probe; ``applies`` are the kinds of places on which a deployment has to pass it."""

    @property
    def name(self) -> str:
        """Its name, unique in the registry."""

    @property
    def family(self) -> Family:
        """The family that it belongs to."""

    @property
    def expects(self) -> str:
        """What it expects to see, in words."""

    @property
    def applies(self) -> frozenset[Kind]:
        """Kinds of places that it is run on."""

    def run(self, target: Target) -> Observation:
        """Act on one place; time-boxed, read-only or inside a sandbox."""


def place_of(address: str) -> str:
    """Scheme, host, port and path of an address: what a record names it by. User, password and query stay out."""
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"
