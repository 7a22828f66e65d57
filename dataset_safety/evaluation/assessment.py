"""All verdicts of a stage, computed from evidence and stored; an error of one rule is that rule's verdict ERROR."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, replace

from dataset_safety.errors import DatasetSafetyError
from dataset_safety.evaluation import evidence as evidence_module
from dataset_safety.evaluation.drawing import draw_release
from dataset_safety.evaluation.errors import NothingToJudge
from dataset_safety.evaluation.evidence import ReleaseEvidence
from dataset_safety.evaluation.guideline import record_rules
from dataset_safety.evaluation.populations import Populations
from dataset_safety.evaluation.rules import (
    annotation,
    collection,
    emergency,
    general,
    grading,
    monitoring,
    preprocessing,
    protection,
    usage,
)
from dataset_safety.evaluation.rules.shapes import Rule, combined, empty_stage, qualified
from dataset_safety.records import Verdict
from dataset_safety.standard import Edition, Stage, VerdictValue, load_edition
from dataset_safety.store import corpora, verdicts
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.draws import Draw, draws
from dataset_safety.store.errors import ObjectMissing
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.verdicts import Assessment

log = logging.getLogger(__name__)

GENERAL: Mapping[str, Rule] = {
    "8.1.b.1": grading.grading,
    "8.1.b.2": monitoring.monitoring,
    "8.1.b.3": protection.protection,
    "8.1.b.4": emergency.emergency,
    "8.1.b.5": general.logs,
}
PRE_TRAINING: Mapping[str, Rule] = {
    "8.2.1.b.1": collection.sources_recorded,
    "8.2.1.b.2": collection.several_sources,
    "8.2.1.b.3": collection.addresses_consistent,
    "8.2.1.b.4": collection.partners_reviewed,
    "8.2.2.b.1": preprocessing.metadata_right,
    "8.2.2.b.2": preprocessing.risk_records,
    "8.2.2.b.3": preprocessing.rights_records,
    "8.2.3.b.1": usage.personal_information,
    "8.2.3.b.2": usage.sensitive_information,
    "8.2.3.b.3": usage.rights,
    "8.2.3.b.4": usage.risk_content,
}
FINE_TUNING: Mapping[str, Rule] = {
    "8.3.1.b.2": collection.generated_recorded,
    "8.3.2.b.2": preprocessing.generated_metadata,
    "8.3.2.b.3": annotation.labelling_standard,
    "8.3.2.b.4": preprocessing.generated_risk_records,
    "8.3.3.b.2": usage.generated_consistent,
}


def draw_for(store: Store, release: Release) -> list[Draw]:
    """Freeze the draws of a release's newest corpus."""
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    if corpus is None:
        raise NothingToJudge(f"release {release.short} was not filtered yet", hint="`dataset-safety run` takes it there.")
    return draw_release(store, release, Populations(store, corpus), load_edition())


def assess_release(store: Store, release: Release) -> Assessment:
    """Compute and store the verdicts of the release's newest corpus and draws."""
    edition = load_edition()
    record_rules(store)
    drawn = _standing_draws(store, release)
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    assert corpus is not None  # draw_for() saw it
    evidence = evidence_module.gather(store, release, corpus, edition, drawn)
    found = evaluate(evidence, edition)
    made = Assessment(
        release.release_id,
        release.stage,
        corpus.population,
        edition.digest,
        digest_of([corpus.corpus_id, edition.digest, [_lasting(verdict) for verdict in found]]),
        found,
    )
    with store.database.write() as connection:
        verdicts.save(connection, made)
    with store.database.read() as connection:
        stored = verdicts.latest(connection, release.release_id)
    assert stored is not None  # saved above, or found equal
    return stored


def _standing_draws(store: Store, release: Release) -> list[Draw]:
    """The draws of a release; where a part of P1 is lost those made before it stand, and nothing is drawn in its place."""
    try:
        return draw_for(store, release)
    except ObjectMissing:
        log.exception("release %s: part of its data is lost", release.short)
        with store.database.read() as connection:
            return draws(connection, release.release_id)


def evaluate(evidence: ReleaseEvidence, edition: Edition) -> list[Verdict]:
    """One verdict for each expected result of the stage, in the order of the standard."""
    found = []
    for clause in edition.expected_results(evidence.stage):
        verdict = qualified(_evaluated(clause.id, evidence, edition), evidence)
        found.append(replace(verdict, population=evidence.corpus.population))
    return found


def _evaluated(clause: str, evidence: ReleaseEvidence, edition: Edition) -> Verdict:
    try:
        if evidence.empty and clause not in GENERAL:
            return empty_stage(evidence, clause)
        rerun = _rerun(clause)
        if rerun:
            parts = [_under(clause, _evaluated(inner, evidence, edition)) for inner in rerun]
            return combined(clause, parts, f"the expected results of {rerun[0][:5]} are met for fine-tuning data")
        return {**GENERAL, **PRE_TRAINING, **FINE_TUNING}[clause](evidence)
    except DatasetSafetyError as error:
        return Verdict(clause, VerdictValue.ERROR, f"the check itself failed: {error.message}", remedy=error.hint)
    except Exception as error:  # a rule that breaks is a verdict of its own, never a pass and never silence
        log.exception("rule %s failed", clause)
        return Verdict(clause, VerdictValue.ERROR, f"the check itself failed ({type(error).__name__})", remedy="report this")


def _rerun(clause: str) -> list[str]:
    """8.3.x b 1 evaluates 8.2.x again on the fine-tuning population."""
    if not clause.startswith("8.3.") or not clause.endswith(".b.1"):
        return []
    return [inner for inner in PRE_TRAINING if inner.startswith(f"8.2.{clause.split('.')[2]}.")]


def _under(clause: str, verdict: Verdict) -> Verdict:
    return replace(verdict, clause=f"{clause}/{verdict.clause}", parts=tuple(_under(clause, part) for part in verdict.parts))


def _lasting(verdict: Verdict) -> dict[str, object]:
    """What of a verdict tells new evidence from old: the count of logged events grows with every run and does not."""
    content = asdict(verdict)
    if verdict.clause == "8.1.b.5":
        content = {"clause": verdict.clause, "value": verdict.value, "parts": [part.value for part in verdict.parts]}
    return content


__all__ = ["Stage", "assess_release", "draw_for", "evaluate"]
