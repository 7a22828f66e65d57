"""The inventory of a deployment (8.1 b 3): every store and server that holds or shows data, before anything is probed.

Addresses that an earlier inventory held stay in it until somebody retires them by name, so that a server which is switched
off while the probes run is a server that could not be probed, and not one that does not exist.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, make_url

from dataset_safety import clock
from dataset_safety.errors import ConfigurationError
from dataset_safety.safeguards.probes.contract import WEB, Deployment, Kind, Place, place_of
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.facade import Store
from dataset_safety.store.servers import address_of, is_server

CLAUSE, KIND, RETIRED = "8.1.b.3", "probe_inventory", "probe_retired"
KNOCK_SECONDS = 0.5


def places(deployment: Deployment) -> list[Place]:
    """Everything that is to be probed."""
    home = deployment.store.home
    found = [Place("home", Kind.HOME, home.root), _database(deployment.store), Place("objects", Kind.OBJECTS, home.objects)]
    found += [Place("keys", Kind.KEYS, home.keys), Place("dagster home", Kind.DAGSTER_HOME, home.dagster)]
    if home.exports.is_dir():
        found.append(Place("exports", Kind.EXPORTS, home.exports))
    if deployment.backup is not None:
        found.append(Place("backup", Kind.BACKUP, deployment.backup))
    return found + [Place(address, kind, None, address) for address, kind in deployment.addresses.items()]


def _database(store: Store) -> Place:
    url = store.database.url
    if is_server(url):
        return Place("database", Kind.DATABASE_SERVER, None, address_of(url))
    return Place("database", Kind.DATABASE_FILE, Path(str(make_url(url).database)))


def addresses(store: Store, stated: Mapping[str, Kind], usual: Mapping[int, Kind]) -> dict[str, Kind]:
    """Addresses stated now, those in earlier inventories that nobody retired, and the usual ports of this machine that answer."""
    with store.database.read() as connection:
        known = {name: kind for name, kind in remembered(connection).items() if kind in WEB}
    found = known | {place_of(_web(address)): kind for address, kind in stated.items()}
    for port, kind in usual.items():
        if kind not in stated.values() and _answers(port):
            found.setdefault(f"http://127.0.0.1:{port}", kind)
    return found


def remembered(connection: Connection) -> dict[str, Kind]:
    """Names and kinds of the newest inventory, without what was retired since."""
    return inventoried(evidence_for(connection, CLAUSE))


def inventoried(rows: Iterable[Evidence]) -> dict[str, Kind]:
    """The places of the newest inventory among these rows, without what was retired since."""
    found: dict[str, Kind] = {}
    for row in rows:
        if row.kind == KIND:
            found = dict(_listed(row.content.get("places")))
        elif row.kind == RETIRED:
            found.pop(row.subject, None)
    return found


def _listed(stated: object) -> Iterator[tuple[str, Kind]]:
    for one in stated if isinstance(stated, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one.get("kind") in list(Kind):
            yield one["name"], Kind(one["kind"])


def record(connection: Connection, found: Sequence[Place]) -> None:
    """Keep the inventory; paths of this machine stay out of it."""
    listed = [{"name": place.name, "kind": place.kind.value, "address": place.address} for place in found]
    content = {"places": listed, "observed": f"{len(found)} places", "scope": ", ".join(place.name for place in found)[:400]}
    save_evidence(connection, Evidence(KIND, CLAUSE, "deployment", content, clock.now().isoformat()))


def retire(store: Store, address: str, *, reason: str, by: str) -> str:
    """Record that a server is no part of the deployment any more; its name."""
    name = place_of(_web(address))
    with store.database.write() as connection:
        if name not in remembered(connection):
            raise ConfigurationError(f"{name} is not in the inventory", hint="`dataset-safety probe show` lists the places.")
        content = {"result": "retired", "note": reason, "by": by, "scope": name}
        save_evidence(connection, Evidence(RETIRED, CLAUSE, name, content, clock.now().isoformat()))
    return name


def _web(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise ConfigurationError(f"{address[:80]!r} is no web address", hint="it begins with http:// or https://.")
    try:
        place_of(address)
    except ValueError:
        raise ConfigurationError("an address has no valid port", hint="such as https://dagster.example:443.") from None
    return address


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=KNOCK_SECONDS):
            return True
    except OSError:
        return False
