"""Signed attestations: the third proof of "has not collected or used" (clauses 1.3), bound to one population.

An attestation never makes a verdict by itself: the ledger and the metadata must say the same, and it ends with
the population that it names.
"""

from __future__ import annotations

from typing import Any

from dataset_safety import clock
from dataset_safety.evaluation.errors import NothingToAttest
from dataset_safety.standard import Edition, Stage, load_edition
from dataset_safety.store import corpora
from dataset_safety.store.artifacts import Evidence, save_evidence
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.signatures import sign, verify

ATTESTATION = "attestation"
CHAPTERS = {Stage.PRE_TRAINING: "8.2", Stage.FINE_TUNING: "8.3"}
"""What is attested for a whole stage that has no data."""
LABELLING_DOCUMENTS = "LBL.documents"
"""What an assessor signs who has read platform, rules and training content of annotation (GB/T 45674, 5 to 7)."""
PARAMETERS = "edition"
"""What somebody signs who owns a standard whose values could not be verified here."""


def attest(store: Store, release: Release, clause: str, *, statement: str, signer: str) -> Evidence:
    """Record that ``signer`` states this about the release's present population."""
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    if corpus is None:
        raise _nothing(clause, f"release {release.short} has no filtered corpus yet")
    if not _attestable(clause, release):
        raise _nothing(clause, f"{clause} of the stage of release {release.short} knows no 'has not collected or used'")
    return _record(store, clause, release.release_id, corpus.population, statement, signer)


def attest_parameters(store: Store, edition: Edition, *, statement: str, signer: str) -> Evidence:
    """Record that ``signer``, who owns the standard, has compared every value of an unverified edition with it."""
    if edition.verified:
        raise _nothing(PARAMETERS, f"the values of edition {edition.id} are verified")
    return _record(store, PARAMETERS, edition.id, edition.digest, statement, signer)


def _record(store: Store, clause: str, subject: str, population: str, statement: str, signer: str) -> Evidence:
    stated = {
        "clause": clause, "release": subject, "population": population,
        "statement": statement, "signer": signer,
        "signed_at": clock.now().isoformat(),
    }  # fmt: skip
    public, signature = sign(store.home, signer, canonical_json(stated).encode())
    content = {**stated, "public_key": public, "signature": signature}
    made = Evidence(ATTESTATION, clause, subject, content, stated["signed_at"])
    with store.database.write() as connection:
        save_evidence(connection, made)
    return made


def _nothing(clause: str, why: str) -> NothingToAttest:
    hint = "`dataset-safety verdicts` names the clauses that ask for an attestation."
    return NothingToAttest(f"nothing to attest: {why}", hint=hint, clause=clause)


def _attestable(clause: str, release: Release) -> bool:
    if not concerns(clause, release.stage):
        return False
    if clause in CHAPTERS.values():
        return not release.shards and not release.sources
    return clause == LABELLING_DOCUMENTS or load_edition().clause(clause).na_allowed


def concerns(clause: str, stage: Stage) -> bool:
    """Whether a stage is evaluated by this clause, also where 8.3.x b 1 evaluates 8.2.x again."""
    if clause in CHAPTERS.values():
        return CHAPTERS[stage] == clause
    if clause == LABELLING_DOCUMENTS:
        return stage is Stage.FINE_TUNING
    edition = load_edition()
    again = (inner.id for result in edition.expected_results(stage) for inner in edition.reruns(result.id))
    return stage in edition.clause(clause).stages or clause in again


def holds(content: dict[str, Any], *, clause: str, population: str) -> bool:
    """Whether stored content is a genuine attestation about exactly this clause and population."""
    stated = {name: value for name, value in content.items() if name not in ("public_key", "signature")}
    genuine = verify(str(content.get("public_key", "")), canonical_json(stated).encode(), str(content.get("signature", "")))
    return genuine and stated.get("clause") == clause and stated.get("population") == population
