"""Encryption in transit (8.1 b 3): TLS where a connection leaves the machine, and proof where it does not."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from dataset_safety import clock
from dataset_safety.safeguards.probes.contract import WEB, Family, Kind, Observation, Target
from dataset_safety.store.servers import host_of, session_is_encrypted

SECONDS = 10
DAYS_LEFT = 7
LISTEN = "0A"
TLS = "operators: serve the address through a proxy that speaks TLS 1.2 or later, with a certificate that clients trust"
BIND = "operators: let the server listen on 127.0.0.1 only, behind a proxy that speaks TLS"


class WebInTransit:
    """A web address speaks TLS, or does not leave this machine."""

    name, family, applies = "web_in_transit", Family.ENCRYPTION, WEB
    expects = "TLS 1.2 or later with a valid certificate, or a server that listens on loopback only"

    def run(self, target: Target) -> Observation:
        """Shake hands, or look at what the port listens on."""
        parts = urlsplit(target.place.address)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme == "https":
            return _handshake(host, port)
        if not _is_loopback(host):
            return Observation.failed("plain HTTP leaves this machine", TLS, tls=False)
        return _loopback_only(port)


class DatabaseInTransit:
    """The connection to the database server is encrypted, or does not leave this machine."""

    name, family, applies = "database_in_transit", Family.ENCRYPTION, frozenset({Kind.DATABASE_SERVER})
    expects = "the session runs through TLS, or through a socket of this machine"

    def run(self, target: Target) -> Observation:
        """Ask the server about our own session."""
        host = host_of(target.store.database.url)
        if session_is_encrypted(target.store.database):
            return Observation.passed("the session runs through TLS", tls=True)
        if host.startswith("/") or _is_loopback(host or "localhost"):
            return Observation.passed("loopback only: the session does not leave this machine", tls=False)
        remedy = "operators: switch `ssl` on at the server and add sslmode=verify-full to the address of the database"
        return Observation.failed("the session leaves this machine without TLS", remedy, tls=False)


def _handshake(host: str, port: int) -> Observation:
    """One handshake that trusts what this machine trusts."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with socket.create_connection((host, port), SECONDS) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
            version, certificate = secure.version() or "", secure.getpeercert() or {}
    except ssl.SSLError as error:
        return Observation.failed(f"no TLS that this machine trusts ({error.reason or type(error).__name__})", TLS, tls=False)
    except OSError as error:
        return Observation.could_not_run(f"the server does not answer ({type(error).__name__})", TLS)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    left = (ends - clock.now()).days
    if left < DAYS_LEFT:
        return Observation.failed(f"the certificate ends on {ends.date()}", TLS, tls=True, days_left=left)
    return Observation.passed(f"{version}, certificate until {ends.date()}", tls=True, days_left=left)


def _loopback_only(port: int) -> Observation:
    """Whether everything that listens on a port of this machine listens on loopback."""
    try:
        heard = list(listening(port))
    except OSError:
        return Observation.could_not_run("what the port listens on cannot be seen here", BIND)
    if not heard:
        return Observation.could_not_run("nothing listens on this port", BIND)
    if not all(_is_loopback(one) for one in heard):
        return Observation.failed("plain HTTP, and the port listens on addresses beyond loopback", BIND, tls=False)
    return Observation.passed("loopback only: plain HTTP that does not leave this machine", tls=False)


def listening(port: int, *, tables: Path = Path("/proc/net")) -> Iterator[str]:
    """Addresses of this machine on which something listens at a port, from the kernel's tables."""
    for name, width in (("tcp", 4), ("tcp6", 16)):
        if name == "tcp6" and not (tables / name).exists():
            continue
        for line in (tables / name).read_text().splitlines()[1:]:
            fields = line.split()
            address, number = fields[1].split(":")
            if fields[3] == LISTEN and int(number, 16) == port:
                raw = bytes.fromhex(address)  # words of 32 bits, each in the order of the machine
                yield str(ip_address(b"".join(raw[at : at + 4][::-1] for at in range(0, width, 4))))


def _is_loopback(host: str) -> bool:
    try:
        found = ip_address(host)
        return (getattr(found, "ipv4_mapped", None) or found).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
