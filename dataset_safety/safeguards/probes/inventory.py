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
from dataset_safety.safeguards.probes.web import NoAnswer, ask
from dataset_safety.safeguards.stated import person, words
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.facade import Store
from dataset_safety.store.servers import address_of, is_server

CLAUSE, KIND, RETIRED = "8.1.b.3", "probe_inventory", "probe_retired"
KNOCK_SECONDS = 0.5
SIGNS = {
    Kind.DAGSTER_WEB: ("/server_info", b'"dagster_webserver_version"'),
    Kind.REVIEW_PAGE: ("/sign-in", b'class="card sign-in"'),
}
"""A path that each kind of server shows to everybody, and what stands there."""


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
    """Addresses stated now, those in earlier inventories that nobody retired, and the usual ports of this machine that answer
    as what is usual there. What hides behind a sign-in is not recognised and has to be stated.
    """
    with store.database.read() as connection:
        rows = evidence_for(connection, CLAUSE)
    known = {name: kind for name, kind in inventoried(rows).items() if kind in WEB}
    gone = retired(rows)
    found = known | {place_of(_web(address)): kind for address, kind in stated.items()}
    for port, kind in usual.items():
        address = f"http://127.0.0.1:{port}"
        if kind not in stated.values() and address not in gone and _answers(port) and _is(kind, address):
            found.setdefault(address, kind)
    return found


def remembered(connection: Connection) -> dict[str, Kind]:
    """Names and kinds of the newest inventory, without what was retired since."""
    return inventoried(evidence_for(connection, CLAUSE))


def inventoried(rows: Iterable[Evidence]) -> dict[str, Kind]:
    """The places of the newest inventory among these rows, without what was retired since."""
    return _walked(rows)[0]


def retired(rows: Iterable[Evidence]) -> dict[str, Kind]:
    """Servers that were retired by name and that no later inventory holds."""
    return _walked(rows)[1]


def unnamed(rows: Sequence[Evidence]) -> dict[str, Kind]:
    """Kinds of servers of which no address is in the inventory and none was retired: nobody has said that there is none."""
    listed, gone = _walked(rows)
    return {kind.value: kind for kind in sorted(WEB - {*listed.values(), *gone.values()})}


def _walked(rows: Iterable[Evidence]) -> tuple[dict[str, Kind], dict[str, Kind]]:
    """What is in the inventory and what was retired, by the rows in their order."""
    found: dict[str, Kind] = {}
    gone: dict[str, Kind] = {}
    for row in rows:
        if row.kind == KIND:
            found = dict(_listed(row.content.get("places")))
            gone = {name: kind for name, kind in gone.items() if name not in found}
        elif row.kind == RETIRED:
            stated = row.content.get("kind")
            kind = found.pop(row.subject, None) or (Kind(stated) if stated in list(Kind) else None)
            if kind is not None and row.content.get("note"):
                gone[row.subject] = kind
    return found, gone


def _listed(stated: object) -> Iterator[tuple[str, Kind]]:
    for one in stated if isinstance(stated, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one.get("kind") in list(Kind):
            yield one["name"], Kind(one["kind"])


def record(connection: Connection, found: Sequence[Place]) -> None:
    """Keep the inventory; paths of this machine stay out of it."""
    listed = [{"name": place.name, "kind": place.kind.value, "address": place.address} for place in found]
    content = {"places": listed, "observed": f"{len(found)} places", "scope": ", ".join(place.name for place in found)[:400]}
    save_evidence(connection, Evidence(KIND, CLAUSE, "deployment", content, clock.now().isoformat()))


def retire(store: Store, address: str, *, reason: str, by: str, never: Kind | None = None) -> str:
    """Record that a server is no part of the deployment any more, or that this kind of server never was one; its name."""
    name, reason, by = place_of(_web(address)), words(reason, "the reason"), person(by)
    with store.database.write() as connection:
        kind = remembered(connection).get(name, never)
        if kind is None:
            hint = "`dataset-safety probe show` lists the places; --never retires one that was never there."
            raise ConfigurationError(f"{name} is not in the inventory", hint=hint)
        content = {"result": "retired", "note": reason, "by": by, "scope": name, "kind": kind.value}
        save_evidence(connection, Evidence(RETIRED, CLAUSE, name, content, clock.now().isoformat()))
    return name


def _web(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        # it is not repeated: it may hold a password
        raise ConfigurationError("what was stated is no web address", hint="it begins with http:// or https://.")
    try:
        place_of(address)
    except ValueError:
        raise ConfigurationError("an address has no valid port", hint="such as https://dagster.example:443.") from None
    return address


def _is(kind: Kind, address: str) -> bool:
    """Whether what answers at an address shows by itself that it is a server of this kind."""
    path, sign = SIGNS[kind]
    try:
        answer = ask(address, "GET", path)
    except NoAnswer:
        return False
    return answer.status == 200 and sign in answer.body


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=KNOCK_SECONDS):
            return True
    except OSError:
        return False
