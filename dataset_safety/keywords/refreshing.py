"""The refresh of the library (B.1 c): candidate, approval, activation; each step an audit event.

The active generation changes in one transaction, and only through :func:`~dataset_safety.keywords.bundles.admit`
or a signed rollback. Whatever is refused leaves it untouched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.keywords import signing
from dataset_safety.keywords.bundles import Bundle, Expected, Statement, admit
from dataset_safety.keywords.canary import Gate, examine
from dataset_safety.keywords.errors import BundleRefused, InvalidEntry, StoreNotFound
from dataset_safety.keywords.files import read_store
from dataset_safety.keywords.folders import NAME as FOLDERS_NAME
from dataset_safety.keywords.folders import folder_changes, keep_folders
from dataset_safety.keywords.generations import (
    CLAUSE,
    Activation,
    activations,
    highest_version,
    library_folders,
    put_in_force,
    register,
    stored_library,
)
from dataset_safety.keywords.incoming import Gathered, Incoming, Refusal, gather
from dataset_safety.keywords.library import Library
from dataset_safety.keywords.refusals import insist, set_aside, sift
from dataset_safety.keywords.sampling import corpus_sample
from dataset_safety.keywords.settings import Settings, read_settings
from dataset_safety.keywords.signing import BUNDLE_TYPE
from dataset_safety.keywords.stored import difference, generation_bytes, read_generation, with_changes
from dataset_safety.shipping import shipped
from dataset_safety.store import artifacts, audit
from dataset_safety.store.artifacts import KEYWORD_LIBRARY, Evidence
from dataset_safety.store.facade import Store

CANDIDATE = "keyword_candidate"
SIGNATURE = "keyword_signature"
SHIPPED_LIBRARY = "keyword_store"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate that waits: its statement, where its content is stored, the signatures so far, and what was left out."""

    statement: Statement
    content: str
    signatures: Mapping[str, str]
    refused: tuple[Refusal, ...] = ()


def in_force(store: Store) -> Library:
    """The library in force; before the first refresh, what the folders hold is registered and made active."""
    with store.database.read() as connection:
        active = artifacts.active(connection, KEYWORD_LIBRARY)
        refreshed = bool(activations(connection))
    if active is not None and refreshed:
        return stored_library(store, active)
    library = read_store(*_folders(store))
    with store.database.write() as connection:
        register(store, connection, library, {})
        if active is None or active.version != library.generation:
            reason = "content of the keyword files changed" if active else "first generation, as the folders hold it"
            artifacts.activate(connection, KEYWORD_LIBRARY, library.generation, reason=reason)
    return library


def refresh(store: Store, *, author: str, urgent: bool = False) -> Candidate | None:
    """Build a candidate from everything that waits and take it through the gate; None when nothing waits.

    What is refused is set aside and the rest goes on; when nothing is left, the refusal is raised.
    """
    begun, settings, old = clock.now(), read_settings(store.home), in_force(store)
    found = _waiting(store, settings, old)
    set_aside(store, found.refused)
    new = with_changes(old, [entry for one in found.changes for entry in one.entries])
    if not difference(old, new).changes:
        insist(found.refused)
        return None
    waiting = pending(store)
    if waiting is not None and waiting.statement.generation == new.generation:
        return replace(waiting, refused=found.refused)
    sample = corpus_sample(store, settings.canary.documents, new.generation)
    by_sound = settings.homophones
    sifted = sift(old, found.changes, lambda library: examine(old, library, sample, settings.canary, homophones=by_sound))
    set_aside(store, sifted.refused)
    refusals = (*found.refused, *sifted.refused)
    if sifted.gate is None:
        insist(refusals)
        return None
    new = with_changes(old, [entry for one in sifted.changes for entry in one.entries])
    if waiting is None or waiting.statement.generation != new.generation:
        waiting = _save_candidate(store, old, new, sifted.changes, sifted.gate, _Origin(author, urgent, begun, settings))
    return replace(waiting, refused=refusals)


def _waiting(store: Store, settings: Settings, old: Library) -> Gathered:
    """What the folders, the incoming files and the addresses change, in this order."""
    with store.database.read() as connection:
        history = activations(connection)
    found = gather(store.home, settings, {source for one in history for source in one.sources})
    try:
        changed = folder_changes(store, old, _folders(store)) if history else None
    except (InvalidEntry, StoreNotFound) as error:
        return Gathered(found.changes, (Refusal(FOLDERS_NAME, "", error), *found.refused))
    return Gathered((changed, *found.changes), found.refused) if changed else found


def pending(store: Store) -> Candidate | None:
    """The newest candidate that may still be activated."""
    with store.database.read() as connection:
        active = artifacts.active(connection, KEYWORD_LIBRARY)
        found = artifacts.evidence_for(connection, CLAUSE)
        done = highest_version(connection)
    rows = [one for one in found if one.kind == CANDIDATE]
    if not rows or active is None:
        return None
    statement = Statement.model_validate(rows[-1].content["statement"])
    if statement.parent != active.version or statement.version <= done or clock.now() >= statement.expires_at:
        return None
    signatures = {
        str(one.content["approver"]): str(one.content["signature"])
        for one in found
        if one.kind == SIGNATURE and one.subject == statement.id
    }
    return Candidate(statement, str(rows[-1].content["document"]), signatures)


def approve(store: Store, name: str, key: Path | None = None) -> Candidate:
    """Sign the waiting candidate; its authors, and whoever signed already, are refused."""
    waiting = waiting_candidate(store)
    own = {one.casefold() for one in (waiting.statement.author, *waiting.statement.authors)}
    if name.casefold() in own:
        raise refused("author", f"{name} wrote a part of it", "somebody who wrote nothing of it has to approve.")
    if name in waiting.signatures:
        raise refused("same person", f"{name} signed it already", "another person has to sign.")
    payload = waiting.statement.canonical()
    signature = signing.sign(store.home, name, BUNDLE_TYPE, payload, key)
    with store.database.write() as connection:
        if not signing.signers(signing.approvers(connection), BUNDLE_TYPE, payload, {name: signature}):
            hint = f"register the public key: `dataset-safety keywords approver add {name}`."
            raise refused("signature", f"the key of {name} is not the registered one", hint)
        content = {"approver": name, "signature": signature}
        artifacts.save_evidence(connection, Evidence(SIGNATURE, CLAUSE, waiting.statement.id, content, clock.now().isoformat()))
        audit.append(connection, "keywords.approve", waiting.statement.generation, approver=name, bundle=waiting.statement.id)
    return Candidate(waiting.statement, waiting.content, {**waiting.signatures, name: signature})


def bundle_of(store: Store, waiting: Candidate) -> Bundle:
    """A waiting candidate as a bundle."""
    content = store.objects.read_bytes(waiting.content)
    return Bundle(waiting.statement, waiting.statement.canonical(), content, waiting.signatures)


def activate(store: Store, bundle: Bundle | None = None) -> Activation:
    """Activate the waiting candidate, or a bundle from elsewhere, if everything about it holds."""
    chosen = bundle or bundle_of(store, waiting_candidate(store))
    needed = read_settings(store.home).approvers
    in_force(store)
    _admitted(store, chosen, needed)
    with store.database.write() as connection:
        library, signed = admit(chosen, _expected(connection, needed))
        return _put(store, connection, chosen.statement, library, signed, needed)


def activate_from_elsewhere(store: Store, bundle: Bundle) -> Activation:
    """Activate a bundle that was made elsewhere; this corpus may differ from the one that it was tried on."""
    settings, old = read_settings(store.home), in_force(store)
    _admitted(store, bundle, settings.approvers)
    new = read_generation(bundle.content, "the bundle")
    sample = corpus_sample(store, settings.canary.documents, new.generation)
    gate = examine(old, new, sample, settings.canary, homophones=settings.homophones)
    _insist(store, gate, new, list(bundle.statement.sources))
    return activate(store, bundle)


def _admitted(store: Store, bundle: Bundle, needed: int) -> None:
    """Everything about a bundle that needs no look at texts; what is refused stands in the audit log."""
    try:
        with store.database.read() as connection:
            admit(bundle, _expected(connection, needed))
    except BundleRefused as error:
        with store.database.write() as connection:
            audit.append(connection, "keywords.refuse", bundle.statement.generation, reasons=[str(error.facts["reason"])])
        raise


def _expected(connection: Connection, needed: int) -> Expected:
    active = artifacts.active(connection, KEYWORD_LIBRARY)
    trusted = signing.approvers(connection)
    return Expected(active.version if active else "", highest_version(connection), trusted, needed, clock.now())


def _insist(store: Store, gate: Gate, new: Library, sources: list[str]) -> None:
    if gate.refusals:
        with store.database.write() as connection:
            audit.append(connection, "keywords.refuse", new.generation, reasons=list(gate.refusals), sources=sources)
    gate.insist()


@dataclass(frozen=True, slots=True)
class _Origin:
    author: str
    urgent: bool
    begun: datetime
    settings: Settings


def _folders(store: Store) -> tuple[Path, ...]:
    return library_folders(store.home, shipped(SHIPPED_LIBRARY))


def versions(store: Store) -> list[artifacts.Artifact]:
    """All registered generations, oldest first."""
    with store.database.read() as connection:
        return artifacts.versions(connection, KEYWORD_LIBRARY)


def _save_candidate(
    store: Store, old: Library, new: Library, changes: Sequence[Incoming], gate: Gate, origin: _Origin
) -> Candidate:
    content = generation_bytes(new)
    document = store.objects.publish_bytes(content)
    differs, stats = difference(old, new), new.stats()
    with store.database.write() as connection:
        statement = Statement(
            version=highest_version(connection) + 1,
            parent=old.generation,
            generation=new.generation,
            content_sha256=document,
            total=stats["total"],
            by_risk=stats["by_risk"],
            added=len(differs.added),
            withdrawn=len(differs.withdrawn),
            author=origin.author,
            authors=tuple(sorted(differs.authors() | {e.author.casefold() for one in changes for e in one.entries})),
            sources=tuple(sorted(_hashes(changes))),
            gate=dict(gate.facts),
            urgent=origin.urgent,
            created_at=origin.begun,
            expires_at=origin.begun + timedelta(days=origin.settings.expiry_days),
        )
        stored = {"statement": statement.model_dump(mode="json"), "document": document}
        for one in changes:
            if one.name == FOLDERS_NAME:
                keep_folders(store, connection, _folders(store), one.sha256)
        artifacts.save_evidence(connection, Evidence(CANDIDATE, CLAUSE, statement.id, stored, clock.now().isoformat()))
        version, seen = statement.version, dict(gate.facts)
        audit.append(connection, "keywords.candidate", new.generation, bundle=statement.id, version=version, gate=seen)
    return Candidate(statement, document, {})


def _put(
    store: Store, connection: Connection, statement: Statement, library: Library, signed: set[str], needed: int
) -> Activation:
    now = clock.now()
    seconds = int((now - statement.created_at).total_seconds())
    signers = tuple(sorted(signed))
    made = Activation(
        library.generation, statement.parent, statement.version, now.isoformat(), statement.sources, signers, needed, False,
        seconds, statement.urgent,
    )  # fmt: skip
    register(store, connection, library, {"version": statement.version, "approvers_needed": needed})
    put_in_force(connection, made, reason=f"version {statement.version}, approved by {', '.join(signers)}")
    return made


def waiting_candidate(store: Store) -> Candidate:
    """The candidate that waits, or a clear error."""
    waiting = pending(store)
    if waiting is None:
        raise refused("nothing", "no candidate waits", "`dataset-safety keywords refresh` makes one.")
    return waiting


def _hashes(changes: Sequence[Incoming]) -> list[str]:
    return [one.sha256 for one in changes]


def refused(reason: str, problem: str, hint: str) -> BundleRefused:
    """An error that says why a step of the refresh is not taken."""
    return BundleRefused(f"refused: {problem}.", hint=hint, reason=reason)
