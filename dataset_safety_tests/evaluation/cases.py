"""Releases to evaluate: over samples that a test states, or through the real pipeline; and people who judge draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dataset_safety.collection.releases import freeze
from dataset_safety.evaluation.assessment import draw_for
from dataset_safety.evaluation.evidence import ReleaseEvidence, gather
from dataset_safety.evaluation.guideline import guideline
from dataset_safety.evaluation.reviewing import current
from dataset_safety.preprocessing.recipes import sources_of
from dataset_safety.preprocessing.releases import annotate_release, identify_release
from dataset_safety.records import Verdict
from dataset_safety.standard import Stage, load_edition
from dataset_safety.store import corpora, releases
from dataset_safety.store.draws import Draw, Judgement, draws, save_judgements
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.usage.policy import Policy
from dataset_safety.usage.releases import filter_release
from dataset_safety_tests.review.drawn import draw_over

PEOPLE = ("an", "bo")


def release_over(store: Store, rows: list[dict[str, object]], stage: Stage = Stage.PRE_TRAINING) -> Release:
    """A release whose P1 and P2 are exactly these rows; its draws are not made yet."""
    made = draw_over(store, rows, purpose="none", stage=stage)
    with store.database.read() as connection:
        return releases.load(connection, made.release_id, stage)


def filtered(store: Store, inbox: Path, stage: Stage) -> Release:
    """The inbox of a stage through freezing, annotation, identification and filter."""
    release = freeze(inbox, stage)
    with store.database.write() as connection:
        releases.save(connection, release)
    p1 = annotate_release(store, release)
    filter_release(store, release, p1, identify_release(store, p1, sources_of(store.home)), Policy())
    return release


def evidence_of(store: Store, release: Release) -> ReleaseEvidence:
    """What the rules look at, with the draws made so far."""
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
        made = draws(connection, release.release_id)
    assert corpus is not None
    return gather(store, release, corpus, load_edition(), made)


def drawn(store: Store, release: Release, purpose: str) -> Draw:
    """The real draw of a purpose, made if it was not."""
    found = current(draw_for(store, release), purpose)
    assert found is not None
    return found


def ids_of(store: Store, draw: Draw) -> list[str]:
    """The drawn samples in their order."""
    found: list[str] = store.objects.read_frame(draw.items_object).sort("position")["sample_id"].to_list()
    return found


def judge(store: Store, draw: Draw, answers: Mapping[str, str], question: str = "risk", people: Sequence[str] = PEOPLE) -> None:
    """Two people who agree give these answers; a later answer to the same question takes the place of an earlier one."""
    items = store.objects.read_frame(draw.items_object)
    shown = dict(zip(items["sample_id"].to_list(), items["shown_sha256"].to_list(), strict=True))
    given = [
        Judgement(
            draw.draw_id, sample, question, answer, ["A.1.h"] if answer == "yes" else [], "", person, "reviewer",
            guideline().version, shown[sample], "", "",
        )
        for sample, answer in answers.items() for person in people
    ]  # fmt: skip
    with store.database.write() as connection:
        save_judgements(connection, given)


def part(verdict: Verdict, clause: str) -> Verdict:
    """One sub-check of a verdict."""
    return next(one for one in verdict.parts if one.clause.endswith(clause))
