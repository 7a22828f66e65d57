"""Access control (8.1 b 3): modes and owners, an account without rights that tries to read and write, and the review roles."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from dataset_safety.safeguards.exposure import exposed, exposed_file
from dataset_safety.safeguards.probes.contract import Family, Kind, Observation, Place, Target
from dataset_safety.safeguards.probes.web import Answer, NoAnswer, ask

STORES = frozenset({Kind.HOME, Kind.DATABASE_FILE, Kind.OBJECTS, Kind.KEYS, Kind.DAGSTER_HOME, Kind.EXPORTS, Kind.BACKUP})
NOBODY = 65534
ROLE_REFUSED = b"viewers only look"
TRIED = 5
SECONDS = 20
ROOT = (
    "operators: run the probe once as root: `sudo --preserve-env=DATASET_SAFETY_HOME,DATASET_SAFETY_DATABASE_URL "
    '"$(command -v dataset-safety)" probe run --family access`'
)
VIEWER = (
    "operators: register a viewer with `dataset-safety review reviewer add NAME --role viewer` and give the token in "
    "DATASET_SAFETY_PROBE_VIEWER_TOKEN to `dataset-safety probe run --family access`"
)
NO_DRAW = "operators: probe again once `dataset-safety run` has made draws"
PRIVATE = "operators: give the folder to one account and take all other rights away (chmod -R go-rwx, chown -R)"


class FileModes:
    """Nobody but its owner may reach a store through the modes of its files."""

    name, family, applies = "file_modes", Family.ACCESS, STORES
    expects = "no right for group or others, and one owner"

    def run(self, target: Target) -> Observation:
        """Look at every mode and owner below the place."""
        place = target.place
        try:
            looked = exposed_file(place.folder) if _is_file(place) else exposed(place.folder, secret=place.kind is Kind.KEYS)
            found = list(looked)
        except OSError as error:
            return Observation.could_not_run(f"the place cannot be looked at ({type(error).__name__})", PRIVATE)
        if found:
            observed = f"{len(found)} files or folders are open to others, the first by {found[0].why}"
            return Observation.failed(observed, PRIVATE, exposed=len(found))
        return Observation.passed("private to one account", exposed=0)


class UnprivilegedAccount:
    """An account without rights tries to list, read and write a store; the operating system has to refuse."""

    name, family, applies = "unprivileged_account", Family.ACCESS, STORES
    expects = "an account without rights can neither list, nor read, nor write"

    def run(self, target: Target) -> Observation:
        """Give up all privileges in a child process and try; possible only where the probe itself runs as root."""
        if os.geteuid() != 0:
            return Observation.could_not_run("only root can act as another account", ROOT)
        account = NOBODY if target.place.folder.stat().st_uid != NOBODY else NOBODY - 1
        if not _may(account, "head", "-c", "1", "/dev/zero"):
            return Observation.could_not_run("no program can be run as an account without rights", ROOT)
        attempts = list(_attempts(target.place))
        let_in = [what for what, *command in attempts if _may(account, *command)]
        facts = {"attempts": len(attempts), "let_in": len(let_in), "account": account}
        if let_in:
            return Observation.failed(f"an account without rights can {', '.join(dict.fromkeys(let_in))}", PRIVATE, **facts)
        return Observation.passed(f"{len(attempts)} attempts refused", **facts)


class ReviewRoles:
    """A viewer of the review page may look and not answer."""

    name, family, applies = "review_roles", Family.ACCESS, frozenset({Kind.REVIEW_PAGE})
    expects = "a viewer may sign in, and an answer of a viewer is refused"

    def run(self, target: Target) -> Observation:
        """Sign in with a viewer's token and send an answer to a sample that nobody drew, in every draw that the page lists."""
        token, address = target.deployment.viewer_token, target.place.address
        if not token:
            return Observation.could_not_run("no token of a viewer was given", VIEWER)
        try:
            form = {"origin": address, "content-type": "application/x-www-form-urlencoded"}
            signed = ask(address, "POST", "/sign-in", urlencode({"token": token}).encode(), form)
            session = str(signed.headers.get("set-cookie", "")).partition(";")[0]
            home = ask(address, "GET", "/", headers={"cookie": session})
            csrf = re.search(rb'name="csrf" content="(\w+)"', home.body)
            draws = sorted(set(re.findall(rb"/draws/([0-9a-f]{64})", home.body)))
            if not session or csrf is None:
                return Observation.could_not_run("the token does not open the page", VIEWER)
            if not draws:
                return Observation.could_not_run("the page has no draw that a viewer could answer", NO_DRAW)
            headers = {"origin": address, "cookie": session, "x-csrf-token": csrf.group(1).decode()}
            answers = [_answered(address, draw.decode(), headers) for draw in draws]
        except NoAnswer as error:
            return Observation.could_not_run(error.message, VIEWER)
        by_role = [answer for answer in answers if ROLE_REFUSED in answer.body]
        taken = [answer for answer in answers if answer not in by_role and not answer.refused]
        if taken:
            observed = f"a viewer's answer is taken in {len(taken)} draws"
            return Observation.failed(observed, VIEWER, draws=len(draws), taken=len(taken))
        if len(by_role) < len(answers):
            return Observation.could_not_run("an answer is refused for another reason than the role", VIEWER)
        return Observation.passed(f"a viewer's answer is refused in {len(draws)} draws", draws=len(draws), taken=0)


def _answered(address: str, draw: str, headers: Mapping[str, str]) -> Answer:
    """What the page says to an answer of a viewer; the sample does not exist, so that nothing can be stored."""
    body = json.dumps({"sample": "0" * 64, "answers": {"risk": "no"}, "seconds": 1}).encode()
    return ask(address, "POST", f"/api/draws/{draw}/answers", body, {**headers, "content-type": "application/json"})


def _is_file(place: Place) -> bool:
    return place.kind is Kind.DATABASE_FILE


def _attempts(place: Place) -> Iterator[tuple[str, ...]]:
    """What is tried, and the command that tries it."""
    folder = str(place.folder)
    if not _is_file(place):
        yield "list", "ls", folder
    files = [place.folder] if _is_file(place) else [path for path in place.folder.rglob("*") if path.is_file()]
    for path in random.sample(files, min(len(files), TRIED)):
        yield "read", "head", "-c", "1", str(path)
    yield "write", "test", "-w", folder


def _may(account: int, program: str, *arguments: str) -> bool:
    """Whether a program ends well for this account, which has no groups and no privileges."""
    found = shutil.which(program)
    if found is None:
        return False
    try:
        ended = subprocess.run(
            [found, *arguments], user=account, group=account, extra_groups=[], cwd="/", env={}, timeout=SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return ended.returncode == 0
