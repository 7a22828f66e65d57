"""One HTTP request and its answer, as a probe needs it: no redirects, no cookies of its own, a limit on time and size."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from urllib.parse import SplitResult, urljoin, urlsplit

from dataset_safety.errors import DatasetSafetyError

SECONDS = 10
LONGEST = 1 << 20
REFUSED = frozenset({401, 403, 407})
REDIRECTED = frozenset({301, 302, 303, 307, 308})


class NoAnswer(DatasetSafetyError):
    """A server could not be asked at all."""


class LedAway(NoAnswer):
    """A server answers by naming another: whether that one refuses is not known yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers, and at most the first MiB of the body."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def refused(self) -> bool:
        """Whether the door is closed: a refusal, or the way to a sign-in page."""
        return self.status in REFUSED or self.status in REDIRECTED


def ask(address: str, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask a server once; :class:`NoAnswer` when it is not there, :class:`LedAway` when it only leads to another scheme or host.

    Certificates are the matter of another probe.
    """
    parts = urlsplit(address)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.request(method, f"{parts.path.rstrip('/')}{path}", body, {"connection": "close", **(headers or {})})
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read(LONGEST))
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(f"the server does not answer ({type(error).__name__})", hint="start it, then probe again.") from None
    finally:
        connection.close()
    elsewhere = _elsewhere(address, answer)
    if elsewhere:
        raise LedAway(f"the server leads to {elsewhere} instead of answering", hint="probe the address it leads to.")
    return answer


def _elsewhere(address: str, answer: Answer) -> str:
    """Scheme and host that an answer leads to, where they are others than those that were asked."""
    led = urljoin(address, answer.headers.get("location", "")) if answer.status in REDIRECTED else address
    try:
        asked, found = urlsplit(address), urlsplit(led)
        same = (asked.scheme, asked.hostname, _port(asked)) == (found.scheme, found.hostname, _port(found))
        return "" if same else f"{found.scheme}://{found.hostname or ''}:{_port(found)}"
    except ValueError:
        return "an address that is none"


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme != "https":
        return HTTPConnection(host, port, timeout=SECONDS)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection(host, port, timeout=SECONDS, context=context)
