"""All probes. A probe joins the list together with a test on which it passes and one on which it fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dataset_safety.safeguards.probes.access import FileModes, ReviewRoles, UnprivilegedAccount
from dataset_safety.safeguards.probes.authentication import DagsterLogin, DatabasePassword, ReviewLogin
from dataset_safety.safeguards.probes.backups import DamageNoticed, Restore
from dataset_safety.safeguards.probes.canaries import CANARIES, AlertDelivery
from dataset_safety.safeguards.probes.contract import Family, Kind, Probe
from dataset_safety.safeguards.probes.encryption import DatabaseAtRest, FilesAtRest, ObjectsAtRest
from dataset_safety.safeguards.probes.logs import Checkpoints
from dataset_safety.safeguards.probes.transit import DatabaseInTransit, WebInTransit

PROBES: tuple[Probe, ...] = (
    *CANARIES,
    AlertDelivery(),
    DagsterLogin(),
    ReviewLogin(),
    DatabasePassword(),
    FileModes(),
    UnprivilegedAccount(),
    ReviewRoles(),
    ObjectsAtRest(),
    DatabaseAtRest(),
    FilesAtRest(),
    WebInTransit(),
    DatabaseInTransit(),
    Restore(),
    DamageNoticed(),
    Checkpoints(),
)


def required(family: Family, places: Mapping[str, Kind]) -> list[tuple[str, str]]:
    """Every pair of place and probe that a deployment with these places has to pass."""
    return [
        (name, probe.name)
        for name, kind in places.items()
        for probe in PROBES
        if probe.family is family and kind in probe.applies
    ]


def probes_of(families: Iterable[Family]) -> list[Probe]:
    """The probes of some families, in their order."""
    wanted = set(families)
    return [probe for probe in PROBES if probe.family in wanted]
