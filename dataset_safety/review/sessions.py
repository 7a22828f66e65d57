"""Who is at the page: signed cookie, CSRF token, origin and host checks, sign-in limits.

The cookie is HttpOnly and SameSite=Strict and carries a random session signed with a key of the home; the newest
sign-in of a person ends the ones before. A request that changes something also proves that our own page made it.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections import deque
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from dataset_safety.review import reviewers
from dataset_safety.review.reviewers import Reviewer
from dataset_safety.store.facade import Store

COOKIE = "dataset_safety_review"
SESSION_SECONDS = 12 * 3600
TRIES, WINDOW_SECONDS = 5, 60.0
LONGEST_BODY = 64 * 1024


class Sessions:
    """Sessions of one server."""

    def __init__(self, store: Store, origins: frozenset[str]) -> None:
        self._store = store
        self._key = store.home.key("review-session")
        self.origins = origins
        self.hosts = frozenset(urlsplit(origin).netloc for origin in origins)
        self.limit = SignInLimit()

    def reviewer(self, request: Request) -> Reviewer | None:
        """The person whose valid session a request carries."""
        session = self.session(request)
        return reviewers.of_session(self._store, session) if session else None

    def session(self, request: Request) -> str | None:
        """The session of a request whose signature and time hold."""
        session, _, rest = request.cookies.get(COOKIE, "").partition(":")
        stamp, _, signature = rest.partition(":")
        if not hmac.compare_digest(signature.encode(), self._sign("cookie", f"{session}:{stamp}").encode()):
            return None
        return session if stamp.isdigit() and int(stamp) > time.time() else None

    def begin(self, response: Response, session: str) -> None:
        """Set the cookie of a new session."""
        stamp = str(int(time.time()) + SESSION_SECONDS)
        value = f"{session}:{stamp}:{self._sign('cookie', f'{session}:{stamp}')}"
        secure = all(origin.startswith("https:") for origin in self.origins)
        response.set_cookie(COOKIE, value, max_age=SESSION_SECONDS, httponly=True, samesite="strict", secure=secure, path="/")

    def csrf(self, request: Request) -> str:
        """The token that our own page sends back with everything that changes something."""
        return self._sign("csrf", self.session(request) or "")

    def our_host(self, request: Request) -> bool:
        """Whether the request names this server; a stranger's name that resolves here does not."""
        return request.headers.get("host", "") in self.hosts

    def our_page(self, request: Request, *, csrf: bool = True) -> bool:
        """Whether a change was asked for by our own page."""
        if request.headers.get("origin", "") not in self.origins:
            return False
        return not csrf or hmac.compare_digest(request.headers.get("x-csrf-token", "").encode(), self.csrf(request).encode())

    def _sign(self, purpose: str, value: str) -> str:
        return hmac.new(self._key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()


class SignInLimit:
    """Five wrong tokens a minute from one address, and thirty from everywhere, then wait."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str) -> int:
        """Seconds that an address has to wait before it may try again."""
        now = time.monotonic()
        with self._lock:
            return max(self._left(address, TRIES, now), self._left("", TRIES * 6, now))

    def failed(self, address: str) -> None:
        """Note a wrong token."""
        with self._lock:
            if len(self._failures) > 10_000:
                self._failures.clear()
            for name in (address, ""):
                self._failures.setdefault(name, deque(maxlen=TRIES * 6)).append(time.monotonic())

    def _left(self, name: str, tries: int, now: float) -> int:
        recent = [at for at in self._failures.get(name, ()) if now - at < WINDOW_SECONDS]
        return int(recent[-tries] + WINDOW_SECONDS - now) + 1 if len(recent) >= tries else 0
