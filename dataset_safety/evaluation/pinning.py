"""A release pins its library, model and settings while it is assessed, so that P2 does not change under the reviewers' hands.

It is assessed from the first answer about one of its draws until every draw in use is closed; held rows are outside of all
counts and keep nothing open. Until then a run labels and filters it with the recipe of its newest corpus. Whoever wants the
newest recipe in the midst of it states a reason, which the audit log and the report show. The arm of the technical audit is
never pinned: it has to be newer than what filtered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.evaluation.audits import stored_audits
from dataset_safety.evaluation.errors import RelabelRefused
from dataset_safety.evaluation.populations import Populations
from dataset_safety.evaluation.reasons import stated
from dataset_safety.evaluation.reviewing import HELD, TECHNICAL, ballots
from dataset_safety.preprocessing.pinned import VersionGone, labels_under
from dataset_safety.preprocessing.recipes import DetectorSources, recipe_content
from dataset_safety.preprocessing.releases import Annotated, Labelled, identify_release
from dataset_safety.store import artifacts, audit, corpora, draws
from dataset_safety.store.artifacts import Evidence
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.corpora import Corpus
from dataset_safety.store.draws import Draw
from dataset_safety.store.errors import ObjectMissing
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.shards import load_recipe
from dataset_safety.usage.policy import FILTER_VERSION, Policy

CLAUSE, RELABELLING = "8", "relabelling"
ASKED = "dataset-safety run --relabel REASON"


@dataclass(frozen=True, slots=True)
class Pin:
    """What a release is held to: recipe and versions of its labels, and settings of its filter.

    ``answers`` were given about its draws, ``open_draws`` of the draws in use are not closed.
    """

    recipe: str
    versions: Mapping[str, str]
    policy: Mapping[str, Any]
    answers: int
    open_draws: int

    @property
    def library(self) -> str:
        """Generation of the keyword library, its first 16 digits; empty if there was none."""
        return self.versions.get("keyword", "").partition("/")[0]

    @property
    def model(self) -> str:
        """Versions of the classification models."""
        return self.versions.get("model", "")

    def as_dict(self) -> dict[str, str]:
        """As `--json` prints it."""
        return {"pinned_recipe": self.recipe, "pinned_library": self.library, "pinned_model": self.model}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Labels and policy that a release is filtered with; ``pin`` is in force unless ``moved``, ``newer`` recipe or not."""

    labels: Labelled
    policy: Policy
    pin: Pin | None = None
    newer: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Relabelling:
    """A release that moved to another recipe while people judged it: when, who, from and to which recipe, and why."""

    at: str
    actor: str
    before: str
    after: str
    reason: str


def pinned(store: Store, release: Release) -> Pin | None:
    """What a release is held to now; None when nobody has judged yet, or every draw is closed."""
    with store.database.read() as connection:
        made, corpus = draws.draws(connection, release.release_id), corpora.latest(connection, release.release_id)
        answers = draws.count_judgements(connection, [drawn.draw_id for drawn in made])
    if corpus is None or not answers:
        return None
    in_use = {drawn.purpose: drawn for drawn in made if drawn.purpose != HELD}
    waiting = sum(_open(store, drawn) for drawn in in_use.values())
    return _pin_of(store, corpus, answers, waiting) if waiting else None


def choose(
    store: Store, release: Release, p1: Annotated, sources: DetectorSources, *, follow: bool = False, move_on: bool = False
) -> Chosen:
    """What to filter a release with: the newest recipe (``sources``), or the one it is pinned to.

    ``follow``: a round after people judged, always with the recipe of the newest corpus. ``move_on``: the newest in any case.
    """
    pin = _last(store, release) if follow else pinned(store, release)
    policy = Policy()
    newer = pin is not None and (digest_of(recipe_content(sources)), policy.as_dict()) != (pin.recipe, dict(pin.policy))
    if pin is None or (newer and move_on and not follow):
        return Chosen(identify_release(store, p1, sources), policy, pin, newer, moved=pin is not None)
    return Chosen(labels_under(store, p1, pin.recipe), _policy(pin), pin, newer)


def moving(release: Release, chosen: Chosen, reason: str) -> Callable[[Connection], None] | None:
    """What records why a release leaves its recipe while people judge it, beside the corpus it moves to; None if it stays."""
    told = stated(reason)
    if not told:
        raise RelabelRefused("moving on to the newest recipe needs a reason", hint=f"state why: `{ASKED}`.")
    if chosen.pin is None or not chosen.moved:
        return None
    content: dict[str, Any] = {"before": chosen.pin.recipe, "after": chosen.labels.recipe, "reason": told, "actor": audit.actor()}
    content |= {"answers": chosen.pin.answers, "open_draws": chosen.pin.open_draws}

    def record(connection: Connection) -> None:
        artifacts.save_evidence(connection, Evidence(RELABELLING, CLAUSE, release.release_id, content, clock.now().isoformat()))
        audit.append(connection, "use.relabel", release.release_id, **{k: content[k] for k in ("before", "after", "reason")})

    return record


def relabellings(store: Store, release_id: str) -> Iterator[Relabelling]:
    """Every time that this release moved to another recipe while people judged it, oldest first."""
    with store.database.read() as connection:
        found = artifacts.evidence_for(connection, CLAUSE)
    for one in found:
        if one.kind == RELABELLING and one.subject == release_id:
            facts = (one.content[name] for name in ("actor", "before", "after", "reason"))
            yield Relabelling(one.collected_at, *facts)


def _open(store: Store, drawn: Draw) -> bool:
    """Whether people still have to judge something of a draw, as far as is known.

    One whose list of samples is lost can never be closed; of the technical audit nobody knows before its arm has scanned it.
    """
    if drawn.purpose == TECHNICAL and drawn.size and not stored_audits(store, drawn.draw_id):
        return True
    try:
        found = ballots(store, drawn)
    except ObjectMissing:
        return True
    return bool(found.asked) and not found.closed


def _last(store: Store, release: Release) -> Pin | None:
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
    return _pin_of(store, corpus, 0, 0) if corpus else None


def _pin_of(store: Store, corpus: Corpus, answers: int, waiting: int) -> Pin:
    recipe = Populations(store, corpus).base_recipe
    with store.database.read() as connection:
        versions: dict[str, str] = load_recipe(connection, recipe).get("detectors", {})
    return Pin(recipe, versions, corpus.policy, answers, waiting)


def _policy(pin: Pin) -> Policy:
    """The settings of a pinned filter."""
    version = pin.policy.get("version", FILTER_VERSION)
    if version != FILTER_VERSION:
        raise VersionGone(
            f"the release is pinned to version {version} of the filter, and this program has version {FILTER_VERSION}",
            hint=f"run the version that filtered it, or move on with `{ASKED}`.",
            version=version,
        )
    return Policy(**{name: value for name, value in pin.policy.items() if name != "version"})
