"""Signed attestations: the third proof of "has not collected or used" (clauses 1.3), bound to one population.

An attestation never makes a verdict by itself: the ledger and the metadata must say the same, and it ends with
the population that it names.
"""

from __future__ import annotations

from typing import Any

from dataset_safety import clock
from dataset_safety.evaluation.errors import NothingToAttest
from dataset_safety.standard import Stage, load_edition
from dataset_safety.store import corpora
from dataset_safety.store.artifacts import Evidence, save_evidence
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.signatures import sign, verify

ATTESTATION = "attestation"


def attest(store: Store, release: Release, clause: str, *, statement: str, signer: str) -> Evidence:
    """Record that ``signer`` states this about the release's present population."""
    result = load_edition().clause(clause)
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    if corpus is None or not result.na_allowed or not concerns(clause, release.stage):
        why = "it has no filtered corpus yet" if corpus is None else f"{clause} of its stage knows no 'has not collected or used'"
        raise NothingToAttest(
            f"nothing to attest for release {release.short}: {why}",
            hint="`dataset-safety verdicts` names the clauses that ask for an attestation.", clause=clause,
        )  # fmt: skip
    stated = {
        "clause": clause, "release": release.release_id, "population": corpus.population,
        "statement": statement, "signer": signer,
        "signed_at": clock.now().isoformat(),
    }  # fmt: skip
    public, signature = sign(store.home, signer, canonical_json(stated).encode())
    made = Evidence(
        ATTESTATION, clause, release.release_id, {**stated, "public_key": public, "signature": signature}, stated["signed_at"]
    )
    with store.database.write() as connection:
        save_evidence(connection, made)
    return made


def concerns(clause: str, stage: Stage) -> bool:
    """Whether a stage is evaluated by this clause, also where 8.3.x b 1 evaluates 8.2.x again."""
    edition = load_edition()
    again = (inner.id for result in edition.expected_results(stage) for inner in edition.reruns(result.id))
    return stage in edition.clause(clause).stages or clause in again


def holds(content: dict[str, Any], *, clause: str, population: str) -> bool:
    """Whether stored content is a genuine attestation about exactly this clause and population."""
    stated = {name: value for name, value in content.items() if name not in ("public_key", "signature")}
    genuine = verify(str(content.get("public_key", "")), canonical_json(stated).encode(), str(content.get("signature", "")))
    return genuine and stated.get("clause") == clause and stated.get("population") == population
