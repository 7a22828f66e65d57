"""For each probe a deployment on which it has to pass and one on which it has to fail, made of real parts."""

from __future__ import annotations

import os
import random
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dataset_safety.review import reviewers
from dataset_safety.review.reviewers import Role
from dataset_safety.safeguards.backup import create_backup
from dataset_safety.safeguards.checkpoints import FILE, write_checkpoint
from dataset_safety.safeguards.probes import inventory
from dataset_safety.safeguards.probes.contract import Deployment, Kind, Place, Probe, Target
from dataset_safety.safeguards.probes.receiver import loopback_receiver
from dataset_safety.safeguards.probes.registry import PROBES
from dataset_safety.store import artifacts, audit
from dataset_safety.store.artifacts import Artifact
from dataset_safety.store.facade import Store, open_store
from dataset_safety_tests.review.drawn import Server, draw_over, texts
from dataset_safety_tests.safeguards.probes.servers import anybody, dagster_webserver, graphql, postgresql, served

BY_NAME: dict[str, Probe] = {probe.name: probe for probe in PROBES}


@dataclass(frozen=True)
class World:
    """A fresh home and folder of one test."""

    store: Store
    folder: Path
    patch: pytest.MonkeyPatch

    def target(self, kind: Kind, **facts: object) -> Target:
        """The only place of this kind."""
        found = Deployment(self.store, **facts)
        return Target(found, next(place for place in inventory.places(found) if place.kind is kind))

    def web(self, address: str, kind: Kind = Kind.DAGSTER_WEB, **facts: object) -> Target:
        """A server at an address."""
        return Target(Deployment(self.store, {address: kind}, **facts), Place(address, kind, None, address))


Made = Callable[[World], AbstractContextManager[Target]]
GOOD: dict[str, Made] = {}
BROKEN: dict[str, Made] = {}


def deployment(cases: dict[str, Made], *names: str) -> Callable[[Callable[[World], Iterator[Target]]], Made]:
    """Register a case under the names of its probes."""

    def register(make: Callable[[World], Iterator[Target]]) -> Made:
        for name in names:
            assert name not in cases, name
            cases[name] = contextmanager(make)
        return cases[names[0]]

    return register


CANARIES = [name for name in BY_NAME if name.startswith("canary_")]


@contextmanager
def silent_receiver() -> Iterator[str]:
    """A webhook that takes everything and never shows that it read it."""

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@deployment(GOOD, *CANARIES, "alert_delivery")
def answering_webhook(world: World) -> Iterator[Target]:
    with loopback_receiver() as (address, _):
        yield world.target(Kind.HOME, webhook=address)


@deployment(BROKEN, *CANARIES, "alert_delivery")
def silenced_webhook(world: World) -> Iterator[Target]:
    with silent_receiver() as address:
        yield world.target(Kind.HOME, webhook=address)


@deployment(GOOD, "dagster_login")
def dagster_behind_a_login(world: World) -> Iterator[Target]:
    with served(graphql("secret")) as address:
        yield world.web(address)


@deployment(BROKEN, "dagster_login")
def plain_dagster_webserver(world: World) -> Iterator[Target]:
    with dagster_webserver(world.folder / "dagster") as address:
        yield world.web(address)


@contextmanager
def review_page(world: World) -> Iterator[str]:
    server = Server(world.store.home.root).start()
    try:
        yield server.url
    finally:
        server.kill()


@deployment(GOOD, "review_login")
def real_review_page(world: World) -> Iterator[Target]:
    with review_page(world) as address:
        yield world.web(address, Kind.REVIEW_PAGE)


@deployment(BROKEN, "review_login")
def page_for_everybody(world: World) -> Iterator[Target]:
    with served(anybody()) as address:
        yield world.web(address, Kind.REVIEW_PAGE)


def _with_role(world: World, role: Role) -> Iterator[Target]:
    draw_over(world.store, texts(12))
    token = reviewers.add(world.store, "probe", role, ["*"])
    with review_page(world) as address:
        yield world.web(address, Kind.REVIEW_PAGE, viewer_token=token)


@deployment(GOOD, "review_roles")
def viewer_who_is_a_viewer(world: World) -> Iterator[Target]:
    yield from _with_role(world, Role.VIEWER)


@deployment(BROKEN, "review_roles")
def viewer_who_may_answer(world: World) -> Iterator[Target]:
    yield from _with_role(world, Role.REVIEWER)


@contextmanager
def on_postgresql(world: World, method: str, *, host: str = "") -> Iterator[Target]:
    with postgresql(method) as (port, password):
        url = f"postgresql+psycopg://safety:{password.replace(' ', '%20')}@{host or '127.0.0.1'}:{port}/postgres"
        world.patch.setenv("DATASET_SAFETY_DATABASE_URL", url)
        with open_store(world.folder / "server") as store:
            yield World(store, world.folder, world.patch).target(Kind.DATABASE_SERVER)


@deployment(GOOD, "database_password", "database_in_transit")
def postgresql_with_passwords(world: World) -> Iterator[Target]:
    with on_postgresql(world, "scram-sha-256") as target:
        yield target


@deployment(BROKEN, "database_password")
def postgresql_that_trusts(world: World) -> Iterator[Target]:
    with on_postgresql(world, "trust") as target:
        yield target


@deployment(BROKEN, "database_in_transit")
def postgresql_in_plain_words(world: World) -> Iterator[Target]:
    with on_postgresql(world, "scram-sha-256", host=own_address()) as target:
        yield target


def own_address() -> str:
    """An address of this machine beyond loopback."""
    for _, _, _, _, address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
        if not str(address[0]).startswith("127."):
            return str(address[0])
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        if not probe.getsockname()[0].startswith("127."):
            return str(probe.getsockname()[0])
    pytest.skip("needs an address beyond loopback")


@contextmanager
def home_in_the_open(world: World) -> Iterator[Store]:
    """A home whose parents everybody may enter, unlike the folders of pytest."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    try:
        with open_store(folder / "home") as store:
            store.objects.publish_bytes(b"an object")
            yield store
    finally:
        shutil.rmtree(folder)


@deployment(GOOD, "file_modes", "unprivileged_account")
def private_home(world: World) -> Iterator[Target]:
    with home_in_the_open(world) as store:
        yield World(store, world.folder, world.patch).target(Kind.OBJECTS)


@deployment(BROKEN, "file_modes", "unprivileged_account")
def home_for_everybody(world: World) -> Iterator[Target]:
    with home_in_the_open(world) as store:
        for path in (store.home.root, *store.home.objects.rglob("*"), store.home.objects):
            path.chmod(0o755)
        yield World(store, world.folder, world.patch).target(Kind.OBJECTS)


def kernel(world: World, uuid: str) -> Path:
    """What the kernel shows where the home lies on a device with this id: its mounts and its devices."""
    number = world.store.home.root.stat().st_dev
    system = world.folder / "system"
    device = system / "sys/devices/dm-0"
    (device / "dm").mkdir(parents=True)
    (device / "dm/uuid").write_text(f"{uuid}\n")
    (system / "proc").mkdir()
    (system / "proc/mounts").write_text("/dev/mapper/data / ext4 rw 0 0\n")
    names = system / "sys/dev/block"
    names.mkdir(parents=True)
    (names / f"{os.major(number)}:{os.minor(number)}").symlink_to(device)
    return system


@deployment(GOOD, "objects_at_rest")
def objects_on_luks(world: World) -> Iterator[Target]:
    yield world.target(Kind.OBJECTS, system=kernel(world, "CRYPT-LUKS2-0123-data"))


@deployment(BROKEN, "objects_at_rest")
def objects_on_lvm(world: World) -> Iterator[Target]:
    yield world.target(Kind.OBJECTS, system=kernel(world, "LVM-0123"))


@deployment(GOOD, "database_at_rest")
def database_on_luks(world: World) -> Iterator[Target]:
    yield world.target(Kind.DATABASE_FILE, system=kernel(world, "CRYPT-PLAIN-data"))


@deployment(BROKEN, "database_at_rest")
def database_on_lvm(world: World) -> Iterator[Target]:
    yield world.target(Kind.DATABASE_FILE, system=kernel(world, "LVM-0123"))


@deployment(GOOD, "files_at_rest")
def export_of_ciphertext(world: World) -> Iterator[Target]:
    world.store.home.exports.mkdir()
    (world.store.home.exports / "part-0").write_bytes(b"\x01" + random.Random(1).randbytes(100_000))
    yield world.target(Kind.EXPORTS, system=kernel(world, "LVM-0123"))


@deployment(BROKEN, "files_at_rest")
def export_of_parquet(world: World) -> Iterator[Target]:
    world.store.home.exports.mkdir()
    pl.DataFrame({"text": ["A library opens at nine."]}).write_parquet(world.store.home.exports / "part-0.parquet")
    yield world.target(Kind.EXPORTS, system=kernel(world, "LVM-0123"))


def certificate(folder: Path, days: int) -> tuple[Path, Path]:
    """A key and a certificate of 127.0.0.1 that signs itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "key.pem", folder / "certificate.pem"
    paths[0].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    paths[1].write_bytes(made.public_bytes(Encoding.PEM))
    return paths


@contextmanager
def with_tls(world: World, *, trusted: bool, days: int = 60) -> Iterator[Target]:
    key, certified = certificate(world.folder, days)
    if trusted:
        world.patch.setenv("SSL_CERT_FILE", str(certified))
    with served(anybody(), key=key, certificate=certified) as address:
        yield world.web(address)


@deployment(GOOD, "web_in_transit")
def trusted_certificate(world: World) -> Iterator[Target]:
    with with_tls(world, trusted=True) as target:
        yield target


@deployment(BROKEN, "web_in_transit")
def plain_http_for_all_the_world(world: World) -> Iterator[Target]:
    with served(anybody(), host="0.0.0.0") as address:
        yield world.web(address)


def backed_up(world: World) -> Path:
    """A backup of a home with a log, objects and a key."""
    for number in range(3):
        digest = world.store.objects.publish_bytes(f"object {number}".encode() * 100)
        with world.store.database.write() as connection:
            artifacts.save(connection, Artifact("test", digest, {}, digest))
            audit.append(connection, "test", f"event {number}")
    world.store.home.key("identity")
    create_backup(world.store.home, world.folder / "backup")
    return world.folder / "backup"


def damage(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@deployment(GOOD, "restore")
def restorable_backup(world: World) -> Iterator[Target]:
    yield world.target(Kind.DATABASE_FILE, backup=backed_up(world))


@deployment(BROKEN, "restore")
def backup_of_a_damaged_database(world: World) -> Iterator[Target]:
    place = backed_up(world)
    damage(place / "safety.db")
    yield world.target(Kind.DATABASE_FILE, backup=place)


@deployment(GOOD, "damage_noticed")
def whole_backup(world: World) -> Iterator[Target]:
    yield world.target(Kind.BACKUP, backup=backed_up(world))


@deployment(BROKEN, "damage_noticed")
def backup_with_a_damaged_object(world: World) -> Iterator[Target]:
    place = backed_up(world)
    damage(next(path for path in (place / "objects").rglob("*") if path.is_file()))
    yield world.target(Kind.BACKUP, backup=place)


def checkpointed(world: World) -> Path:
    """A log with two checkpoints and events after them."""
    for number in range(3):
        with world.store.database.write() as connection:
            audit.append(connection, "test", f"event {number}")
        write_checkpoint(world.store, world.folder / "second")
    return world.folder / "second"


@deployment(GOOD, "checkpoints")
def kept_checkpoints(world: World) -> Iterator[Target]:
    yield world.target(Kind.DATABASE_FILE, checkpoints=checkpointed(world))


@deployment(BROKEN, "checkpoints")
def changed_checkpoint(world: World) -> Iterator[Target]:
    place = checkpointed(world)
    lines = (place / FILE).read_text().splitlines()
    lines[0] = lines[0].replace('"size":1', '"size":2')
    (place / FILE).write_text("\n".join(lines) + "\n")
    yield world.target(Kind.DATABASE_FILE, checkpoints=place)
