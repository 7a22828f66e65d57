"""A stage in rounds, as a run does it: filter with the decisions known now, draw, let people judge, evaluate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dataset_safety.collection.releases import freeze
from dataset_safety.evaluation.drawing import draw_release
from dataset_safety.evaluation.evidence import ReleaseEvidence, gather
from dataset_safety.evaluation.populations import Populations
from dataset_safety.evaluation.reviewing import current
from dataset_safety.evaluation.settling import decided
from dataset_safety.preprocessing.recipes import DetectorSources
from dataset_safety.preprocessing.releases import annotate_release, identify_release
from dataset_safety.review import judging, reviewers
from dataset_safety.review.reviewers import Role
from dataset_safety.review.rooms import Rooms
from dataset_safety.shipping import shipped
from dataset_safety.standard import Edition, Stage, load_edition
from dataset_safety.store import releases
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import Draw
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.usage.policy import Policy
from dataset_safety.usage.releases import filter_release
from dataset_safety_tests.inboxes import jsonl, write_source

STAGE = Stage.PRE_TRAINING
ORGANISATION = 'kind = "organisation"\n[origin]\ndataset_name = "{0}"\norganisation = "{0} press"\n'
DETECTORS = DetectorSources((shipped("keyword_store"),), (), ("keyword", "pattern", "rights"))
FLAGGED = "The grease monkey at the corner mended bicycle number {0}."
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
Say = Callable[[str], Mapping[str, object]]


@cache
def small_edition(manual: int = 20) -> Edition:
    """The edition with draws small enough to be judged in a test."""
    edition = load_edition()
    sizes = {"manual_min": manual, "metadata_min": 3, "risk_record_min": 3, "ipr_record_min": 3, "genai_min": 3}
    return edition.model_copy(update={"thresholds": edition.thresholds.model_copy(update=sizes)})


def inbox_of(root: Path, texts: int = 60, pictures: int = 0, flagged: int = 0, stage: Stage = STAGE, toml: str = "") -> Path:
    """One source of plain texts, pictures that no detector can look at, and texts that only the audit's arm flags."""
    rows = [{"text": f"Note {n}: the reading room opens at nine on weekdays."} for n in range(texts)]
    rows += [{"text": FLAGGED.format(n)} for n in range(flagged)]
    files: dict[str, str | bytes] = {"notes.jsonl": jsonl(rows)}
    files |= {f"picture-{n}.png": PICTURE + bytes([n]) for n in range(pictures)}
    write_source(root / "inbox", stage.value, "notes", ORGANISATION.format("notes") + toml, files)
    return root / "inbox"


@dataclass
class Round:
    """What one run made."""

    store: Store
    release: Release
    corpus: Corpus
    draws: list[Draw]
    edition: Edition

    @property
    def populations(self) -> Populations:
        """Its populations."""
        return Populations(self.store, self.corpus)

    def draw(self, purpose: str = "manual") -> Draw:
        """The draw in use."""
        found = current(self.draws, purpose)
        assert found is not None
        return found

    def evidence(self) -> ReleaseEvidence:
        """What its verdicts rest on, with everything that people have said until now."""
        return gather(self.store, self.release, self.corpus, self.edition, self.draws)

    def ids(self, purpose: str = "manual") -> list[str]:
        """The drawn ids in their order."""
        names = self.store.objects.read_frame(self.draw(purpose).items_object).sort("position")["sample_id"].to_list()
        return [str(name) for name in names]


def run(store: Store, inbox: Path, edition: Edition | None = None, stage: Stage = STAGE) -> Round:
    """Freeze, read, identify, filter, draw."""
    release = freeze(inbox, stage)
    with store.database.write() as connection:
        releases.save(connection, release)
    p1 = annotate_release(store, release)
    labels = identify_release(store, p1, DETECTORS)
    corpus = filter_release(store, release, p1, labels, Policy(), decided(store, stage).settled)
    edition = edition or small_edition()
    return Round(store, release, corpus, draw_release(store, release, Populations(store, corpus), edition), edition)


def people(store: Store) -> list[reviewers.Reviewer]:
    """Two reviewers and an adjudicator."""
    roles = {"an": Role.REVIEWER, "bo": Role.REVIEWER, "judge": Role.ADJUDICATOR}
    with store.database.read() as connection:
        known = {found.name for found in reviewers.everybody(connection)}
    for name in roles.keys() - known:
        reviewers.add(store, name, roles[name], ["*"])
    with store.database.read() as connection:
        return [reviewers.named(connection, name) for name in roles]


def judge(store: Store, drawn: Draw, said: Say = lambda sample: {}, most: int = 10**6) -> int:
    """Let the reviewers judge what the page asks, at most so many answers; how many they gave.

    ``said`` maps a sample to answers that differ from "nothing found"; risks go under ``categories``.
    """
    rooms = Rooms(store)
    queue, given = rooms.queue(drawn.draw_id), 0
    for person in people(store)[:2]:
        while given < most and (sample := queue.next_for(person)):
            answers = dict(said(sample))
            categories = answers.pop("categories", ())
            full = {queue.task.main.id: queue.task.main.good, **answers}
            judging.answer(store, queue, person, judging.Given(sample, full, categories), load_edition().risk_ids)
            given += 1
    rooms.close()
    return given


def part(verdict, ending: str):
    """A sub-check of a verdict."""
    return next(found for found in verdict.parts if found.clause.endswith(ending))
