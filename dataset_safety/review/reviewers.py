"""Who may judge: people with a token, a role and the languages they read (clauses 1.6).

The token is printed once and only its SHA-256 is kept; a sign-in is evidence too, and the newest one ends every
session before it, so that one token cannot serve two people at once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.review.errors import InvalidReviewer, NameTaken, UnknownReviewer
from dataset_safety.store.artifacts import Evidence, evidence_for, save_evidence
from dataset_safety.store.facade import Store

CLAUSE = "review"
KIND = "reviewer"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LANGUAGE = re.compile(r"[a-z]{2,3}|\*")


class Role(StrEnum):
    """What a person may do: judge, settle differences, or look at progress only."""

    REVIEWER = "reviewer"
    ADJUDICATOR = "adjudicator"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """One person as registered; ``session`` is the hash of the newest sign-in."""

    name: str
    role: Role
    languages: tuple[str, ...]
    token_sha256: str
    added_at: str
    expires_at: str
    revoked: bool = False
    session: str = ""

    def active(self) -> bool:
        """Whether the registration holds now."""
        return not self.revoked and clock.now() < datetime.fromisoformat(self.expires_at)

    def reads(self, language: str | None) -> bool:
        """Whether the person reads a language; what has no known language is for everybody."""
        return language in (None, "", "und", "zxx") or "*" in self.languages or language in self.languages


def hash_of(secret: str) -> str:
    """SHA-256 of a token or session; both are long and random, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add(store: Store, name: str, role: Role, languages: Sequence[str], days: int = 90) -> str:
    """Register a person and return the token, which is shown once and stored nowhere."""
    if not NAME.fullmatch(name):
        raise InvalidReviewer("that is no reviewer's name", hint="use lower-case letters, digits, '.', '_' and '-'.")
    wrong = [language for language in languages if not LANGUAGE.fullmatch(language)]
    if wrong or not languages:
        raise InvalidReviewer(f"{wrong or 'nothing'} is no language", hint="use codes such as zh,en; * reads everything.")
    token = secrets.token_urlsafe(32)
    now = clock.now()
    content = {"event": "add", "role": role.value, "languages": list(languages), "token_sha256": hash_of(token)}
    made = Evidence(KIND, CLAUSE, name, content, now.isoformat(), (now + timedelta(days=days)).isoformat())
    with store.database.write() as connection:
        if any(found.name == name and found.active() for found in everybody(connection)):
            raise NameTaken(f"{name} is registered already", hint=f"`dataset-safety review reviewer revoke {name}` first.")
        save_evidence(connection, made)
    return token


def revoke(store: Store, name: str) -> None:
    """End a registration at once; answers already given stay."""
    with store.database.write() as connection:
        named(connection, name)
        save_evidence(connection, Evidence(KIND, CLAUSE, name, {"event": "revoke"}, clock.now().isoformat()))


def everybody(connection: Connection) -> list[Reviewer]:
    """All people ever registered, as they stand now."""
    found: dict[str, Reviewer] = {}
    for event in evidence_for(connection, CLAUSE):
        if event.kind != KIND:
            continue
        content, name = event.content, event.subject
        if content["event"] == "add":
            languages, role = tuple(content["languages"]), Role(content["role"])
            found[name] = Reviewer(name, role, languages, content["token_sha256"], event.collected_at, event.valid_until or "")
        elif content["event"] == "revoke":
            found[name] = replace(found[name], revoked=True, session="")
        elif content["event"] == "sign_in":
            found[name] = replace(found[name], session=content["session_sha256"])
    return list(found.values())


def named(connection: Connection, name: str) -> Reviewer:
    """The active person of that name."""
    for found in everybody(connection):
        if found.name == name and found.active():
            return found
    raise UnknownReviewer("no active reviewer of that name", hint="`dataset-safety review reviewer list` shows who may judge.")


def sign_in(store: Store, token: str) -> tuple[Reviewer, str] | None:
    """The person whose token this is, with a new session that ends every session before; None for a wrong token."""
    digest = hash_of(token)
    with store.database.write() as connection:
        for found in everybody(connection):
            if hmac.compare_digest(found.token_sha256, digest) and found.active():
                session = secrets.token_urlsafe(32)
                content = {"event": "sign_in", "session_sha256": hash_of(session)}
                save_evidence(connection, Evidence(KIND, CLAUSE, found.name, content, clock.now().isoformat()))
                return replace(found, session=hash_of(session)), session
    return None


def of_session(store: Store, session: str) -> Reviewer | None:
    """The person whose newest session this is; None when it has ended."""
    digest = hash_of(session)
    with store.database.read() as connection:
        people = everybody(connection)
    same = (found for found in people if found.session and hmac.compare_digest(found.session, digest))
    return next((found for found in same if found.active()), None)
