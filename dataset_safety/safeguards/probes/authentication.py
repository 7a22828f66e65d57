"""Identity authentication (8.1 b 3): every server is asked without and with a wrong credential, and has to refuse.

Nothing is changed by asking: the run that Dagster is asked to launch belongs to a code location that does not exist.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping

from dataset_safety.safeguards.probes.contract import Family, Kind, Observation, Target
from dataset_safety.safeguards.probes.web import LedAway, NoAnswer, ask
from dataset_safety.store.servers import lets_in_without_password

START = "operators: start the server and probe again with `dataset-safety probe run --family authentication`"
LED = "operators: probe the address that it leads to (`--dagster-url`, `--review-url`) and retire this one"
PROXY = (
    "operators: put a reverse proxy that signs people in before Dagster and let its own port listen on a socket of the proxy only"
)
NOWHERE = "dataset-safety-probe"
READ = "{ version }"
LAUNCH = (
    "mutation { launchRun(executionParams: {runConfigData: {}, selector: "
    f'{{repositoryLocationName: "{NOWHERE}", repositoryName: "{NOWHERE}", pipelineName: "{NOWHERE}"}}}}) {{ __typename }} }}'
)
UNAVAILABLE = range(500, 600)


class DagsterLogin:
    """Dagster's GraphQL interface does not read and does not launch for somebody who is not signed in."""

    name, family, applies = "dagster_login", Family.AUTHENTICATION, frozenset({Kind.DAGSTER_WEB})
    expects = "a query and a launchRun without and with a wrong credential are refused (401, 403 or the way to a sign-in page)"

    def run(self, target: Target) -> Observation:
        """Ask for the version and for a run of a job that does not exist."""
        let_in, asked = [], 0
        try:
            for what, query in (("reads", READ), ("launches runs", LAUNCH)):
                for how, headers in _credentials():
                    body = json.dumps({"query": query}).encode()
                    answer = ask(target.place.address, "POST", "/graphql", body, {"content-type": "application/json", **headers})
                    asked += 1
                    if answer.status in UNAVAILABLE or (not answer.refused and not _is_graphql(answer.body)):
                        return Observation.could_not_run(f"no Dagster behind this address (status {answer.status})", START)
                    if not answer.refused and not _unauthorised(answer.body):
                        let_in.append(f"{what} {how}")
        except NoAnswer as error:
            return _unanswered(error)
        if let_in:
            return Observation.failed(f"the server {', '.join(let_in)}", PROXY, requests=asked, let_in=len(let_in))
        return Observation.passed(f"{asked} requests refused", requests=asked, let_in=0)


class ReviewLogin:
    """The review page shows and takes nothing without a session."""

    name, family, applies = "review_login", Family.AUTHENTICATION, frozenset({Kind.REVIEW_PAGE})
    expects = "the page, its samples and its answers are refused without a session, and a wrong token opens none"

    def run(self, target: Target) -> Observation:
        """Ask for the page, a sample and an answer; then sign in with a token that nobody has."""
        address, let_in, asked = target.place.address, [], 0
        origin = {"origin": address, "x-csrf-token": secrets.token_hex(8)}
        try:
            for method, path, what in (("GET", "/", "page"), ("GET", f"/api/draws/{NOWHERE}/next", "samples"),
                                       ("POST", f"/api/draws/{NOWHERE}/answers", "answers")):  # fmt: skip
                for how, cookie in (("without a session", {}), ("with a forged session", {"cookie": _forged_cookie()})):
                    answer = ask(address, method, path, b"{}" if method == "POST" else None, {**origin, **cookie})
                    asked += 1
                    if answer.status in UNAVAILABLE or answer.status == 400:
                        return Observation.could_not_run(f"no review page behind this address (status {answer.status})", START)
                    if not answer.refused:
                        let_in.append(f"{what} {how}")
            body = f"token={secrets.token_urlsafe(32)}".encode()
            form = {"origin": address, "content-type": "application/x-www-form-urlencoded"}
            answer = ask(address, "POST", "/sign-in", body, form)
        except NoAnswer as error:
            return _unanswered(error)
        if answer.status not in (401, 403, 429):
            let_in.append("a wrong token")
        if let_in:
            remedy = "operators: serve the page with `dataset-safety review serve`, behind nothing that signs everybody in"
            return Observation.failed(f"open: {', '.join(let_in)}", remedy, requests=asked + 1, let_in=len(let_in))
        return Observation.passed(f"{asked + 1} requests refused", requests=asked + 1, let_in=0)


class DatabasePassword:
    """PostgreSQL does not trust whoever comes."""

    name, family, applies = "database_password", Family.AUTHENTICATION, frozenset({Kind.DATABASE_SERVER})
    expects = "the server refuses our account with a wrong password and without one"

    def run(self, target: Target) -> Observation:
        """Connect with a random password, and with none."""
        let_in = lets_in_without_password(target.store.database.url)
        if let_in is None:
            return Observation.could_not_run("the server gave neither access nor a refusal", START)
        if let_in:
            remedy = "operators: replace `trust` by `scram-sha-256` in pg_hba.conf and give the account a password"
            return Observation.failed("the server lets the account in with a wrong password or none (trust)", remedy)
        return Observation.passed("a wrong password and no password are refused")


def _unanswered(error: NoAnswer) -> Observation:
    return Observation.could_not_run(error.message, LED if isinstance(error, LedAway) else START)


def _credentials() -> Iterator[tuple[str, Mapping[str, str]]]:
    wrong = base64.b64encode(f"{NOWHERE}:{secrets.token_hex(16)}".encode()).decode()
    yield "without a credential", {}
    yield "with a wrong token", {"authorization": f"Bearer {secrets.token_urlsafe(32)}"}
    yield "with a wrong password", {"authorization": f"Basic {wrong}"}


def _forged_cookie() -> str:
    return f"dataset_safety_review={secrets.token_urlsafe(24)}:9999999999:{secrets.token_hex(32)}"


def _is_graphql(body: bytes) -> bool:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and bool({"data", "errors"} & found.keys())


def _unauthorised(body: bytes) -> bool:
    """Dagster's own word for a refusal, as a read-only server gives it for a mutation."""
    return b'"UnauthorizedError"' in body
