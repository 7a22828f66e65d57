"""Filtered corpus (6.3, 7.3): P2 for use and PX with a reason for each row; the accounting law blocks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from dataset_safety.defs.artifacts import explained, key, release_of, stage_asset
from dataset_safety.defs.workspace import RELEASES, Workspace
from dataset_safety.standard.stages import Stage
from dataset_safety.store import corpora
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

if TYPE_CHECKING:
    from dataset_safety.evaluation.pinning import Chosen
    from dataset_safety.preprocessing.releases import Annotated

LAW = "units_accounted_for"
PINNED = "dataset_safety/pinned"
"""Tag of runs that keep the library and models that the release was filtered with, whether its assessment is open or not."""
RELABEL = "dataset_safety/relabel"
"""Tag of runs that take the newest library and models although people judge the release; its value is the reason."""


def build(stage: Stage) -> dg.Definitions:
    """P2 and PX of a stage, and the one check that blocks."""
    corpus = stage_asset(
        stage,
        "filtered_corpus",
        _filter,
        deps=[key(stage, "risk_labels"), key(stage, "source_ledger")],
        kinds={"polars", "parquet"},
        description="Clauses 6.3, 7.3: what may be used (P2), and what may not with its reasons (PX).",
    )
    spec = dg.AssetCheckSpec(
        LAW,
        asset=key(stage, "filtered_corpus"),
        blocking=True,
        partitions_def=RELEASES[stage],
        description="units = kept + removed + held + quarantined for every file, counted again from the stored files.",
    )

    @dg.multi_asset_check(name=f"{stage.value}_accounting", specs=[spec])
    def accounting(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
        from dataset_safety.usage.accounting import recount

        with explained(), workspace.opened() as store:
            release = release_of(store, context, stage)
            with store.database.read() as connection:
                made = corpora.latest(connection, release.release_id)
            found = recount(store, release, made) if made else []
        yield dg.AssetCheckResult(
            asset_key=key(stage, "filtered_corpus"),
            check_name=LAW,
            passed=made is not None and not found,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"files": len(made.shards) if made else 0, "imbalances": len(found), **(made.totals() if made else {})},
        )

    return dg.Definitions(assets=[corpus], asset_checks=[accounting])


def _filter(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    from dataset_safety.evaluation.pinning import moving
    from dataset_safety.evaluation.settling import decided
    from dataset_safety.usage.releases import filter_release

    p1, chosen = chosen_labels(context, store, release, workspace)
    reason = context.run.tags.get(RELABEL)
    move = None if reason is None else moving(release, chosen, reason)
    decisions = decided(store, release.stage)
    corpus = filter_release(store, release, p1, chosen.labels, chosen.policy, decisions.settled, move)
    populations = {"population": corpus.population, "drawn_population": corpus.drawn_population}
    counts = {**corpus.totals(), **decisions.counts()}
    return {**populations, "recipe": corpus.recipe, "dagster/row_count": corpus.kept, **counts, **pin_facts(chosen)}


def chosen_labels(
    context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace
) -> "tuple[Annotated, Chosen]":
    """P1 of a release, and the labels that a run with these tags filters it with."""
    from dataset_safety.evaluation.pinning import choose
    from dataset_safety.preprocessing.releases import load_annotated

    p1, tags = load_annotated(store, release), context.run.tags
    return p1, choose(store, release, p1, workspace.detector_sources(), follow=PINNED in tags, move_on=RELABEL in tags)


def pin_facts(chosen: "Chosen") -> dict[str, object]:
    """What a run says of the recipe that it had to keep, and how to move on."""
    if chosen.pin is None or chosen.moved:
        return {}
    moving = {"what_to_do": f"to move on, run again with the tag {RELABEL} and a reason as its value"} if chosen.newer else {}
    return {**chosen.pin.as_dict(), "newer_recipe_available": chosen.newer, **moving}
