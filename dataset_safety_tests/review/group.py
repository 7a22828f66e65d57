"""A scripted group of people who judge every draw through the real server, by what they know to be planted.

One of them is hasty: where two people judge a sample, they say the opposite; now and then they are unsure. Nobody else
errs, and the adjudicator, who sees only what the others left open, settles it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx

from dataset_safety.evaluation.draws import doubly_judged, read_items
from dataset_safety.evaluation.populations import Populations
from dataset_safety.evaluation.reviewing import MANUAL, TECHNICAL, Ballots, ballots, current
from dataset_safety.review import reviewers
from dataset_safety.review.reviewers import Role
from dataset_safety.standard import Stage
from dataset_safety.store import corpora, draws, releases
from dataset_safety.store.draws import Draw
from dataset_safety.store.facade import Store, open_store
from dataset_safety_tests.review.drawn import Person

DECIDES = {Stage.PRE_TRAINING: "8.2.3.b.4", Stage.FINE_TUNING: "8.3.3.b.2"}
HASTY, CAREFUL, JUDGE = "du", ("an", "bo", "chen"), "judge"
RISK = ["A.2.e"]


@dataclass
class Group:
    """Four reviewers and an adjudicator of one home; ``planted`` are the ids of the samples that hold a risk."""

    store: Store
    url: str
    planted: Collection[str]
    tokens: dict[str, str] = field(default_factory=dict)

    def sign_up(self) -> Group:
        """Register everybody."""
        for name in (HASTY, *CAREFUL):
            self.tokens[name] = reviewers.add(self.store, name, Role.REVIEWER, ["*"])
        self.tokens[JUDGE] = reviewers.add(self.store, JUDGE, Role.ADJUDICATOR, ["*"])
        return self

    def judge(self, drawn: Draw, hastily: int) -> Ballots:
        """The hasty one first, for some samples; then the others at once, until nothing is left; then the adjudicator."""
        twice = doubly_judged(read_items(self.store, drawn)["sample_id"].to_list(), drawn)
        self._work(drawn, HASTY, lambda sample, number: self._hasty(sample, number, twice), hastily)
        with ThreadPoolExecutor(len(CAREFUL)) as pool:
            list(pool.map(lambda name: self._work(drawn, name, self._right), CAREFUL))
        self._work(drawn, JUDGE, self._right)
        return ballots(self.store, drawn)

    def _work(self, drawn: Draw, name: str, say: Callable[[str, int], str], most: int | None = None) -> None:
        person = Person(self.url, self.tokens[name])
        for number in count() if most is None else range(most):
            item = person.next(drawn.draw_id)
            if item is None:
                break
            said = say(str(item["sample"]), number)
            answered = person.answer(drawn.draw_id, item["sample"], said, categories=RISK if said == "yes" else [])
            # somebody else may have been quicker after a lease was given back; then the next one is asked for
            assert answered.status_code in (httpx.codes.OK, httpx.codes.CONFLICT), answered.text

    def _right(self, sample: str, _: int) -> str:
        return "yes" if sample in self.planted else "no"

    def _hasty(self, sample: str, number: int, twice: Collection[str]) -> str:
        if sample in twice:
            return "no" if sample in self.planted else "yes"
        return "unsure" if number % 7 == 3 else self._right(sample, number)


@dataclass(frozen=True)
class Place:
    """A home and its inbox, and the command over them."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    def command(self, *arguments: object, expect: int | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """``dataset-safety`` in a process of its own."""
        line = [sys.executable, "-m", "dataset_safety.cli.main", *map(str, arguments)]
        finished = subprocess.run(line, capture_output=True, text=True, cwd=self.root, env={**os.environ, **environment})
        assert expect in (None, finished.returncode), finished.stderr
        return finished

    def run(self) -> dict[Stage, dict[str, str]]:
        """``run``; the verdicts of both stages by clause."""
        told = json.loads(self.command("run", "--inbox", self.root / "inbox", "--home", self.home, "--json").stdout)
        return {Stage(one["stage"]): {row["id"]: row["verdict"] for row in one["verdicts"]} for one in told["releases"]}


def newest(store: Store, stage: Stage) -> tuple[Populations, list[Draw]]:
    """The populations and draws of the newest release."""
    with store.database.read() as connection:
        release = releases.latest(connection, stage)
        corpus = corpora.latest(connection, release.release_id)
        return Populations(store, corpus), draws.draws(connection, release.release_id)


def decide(store: Store, group: Group, hastily: int) -> None:
    """Everybody judges the large draws of both stages, and what the technical audits flagged."""
    for stage in Stage:
        made = newest(store, stage)[1]
        found = group.judge(current(made, MANUAL), hastily)
        answered = found.answers("risk", frozenset({"yes"}))
        assert found.closed and not found.disputed and answered.doubly == answered.doubly_needed > 0
        assert set(answered.bad) == set(group.planted) & set(found.asked)
        said = found.said["risk"]
        both = [{one.answer for one in told.values()} for told in said.values()]
        assert any({"yes", "no"} <= told for told in both) and any("unsure" in told for told in both)
        assert all(JUDGE in told for name, told in said.items() if HASTY in told and len({a.answer for a in told.values()}) > 1)
        audited = group.judge(current(made, TECHNICAL), 0)
        assert audited.closed or not audited.asked


def verified_elsewhere(place: Place, folder: Path, stage: Stage) -> None:
    """The bundle of a stage says the same in a folder without home and database, to the word and to the exit code."""
    bundle, away = folder / f"{stage.value}.zip", folder / f"away-{stage.value}"
    away.mkdir()
    key = json.loads(
        place.command("report", "--stage", stage.value, "--bundle", bundle, "--json", "--home", place.home, expect=0).stdout
    )
    stated = place.command("verdicts", "--stage", stage.value, "--json", "--home", place.home)
    bundle.rename(away / "b.zip")
    nowhere = {"DATASET_SAFETY_DATABASE_URL": "sqlite:////nowhere/safety.db", "DATASET_SAFETY_HOME": str(away / "none")}
    found = Place(away).command("verify", "b.zip", "--key", key["public_key"], "--json", expect=stated.returncode, **nowhere)
    computed = json.loads(found.stdout)
    assert computed["verified"] and [one.name for one in away.iterdir()] == ["b.zip"]
    own, theirs = (lasting(rows) for rows in (json.loads(stated.stdout)["releases"][0]["verdicts"], computed["verdicts"]))
    assert own == theirs
    assert "people judged risky the arm flags" in json.dumps(theirs)  # the scan for the recall travels


def lasting(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Verdicts in full, but for the one that counts the events of a log which goes on."""
    return [row for row in rows if row["id"] != "8.1.b.5"]


def finish(place: Place, folder: Path, planted: dict[Stage, set[str]], kept: dict[Stage, int]) -> None:
    """Run again: the condemned rows leave P2, the verdicts stand; then the bundles."""
    decided = place.run()
    for stage, clause in DECIDES.items():
        assert decided[stage][clause] in ("COMPLIANT", "NON_COMPLIANT"), decided[stage]
    with open_store(place.home) as store:
        for stage in Stage:
            populations = newest(store, stage)[0]
            p2 = set(populations.p2.select("sample_id").collect()["sample_id"])
            assert not p2 & planted[stage] and len(p2) == kept[stage] - len(planted[stage])
            assert set(populations.condemned["sample_id"]) == planted[stage]
    for stage in Stage:
        verified_elsewhere(place, folder, stage)
