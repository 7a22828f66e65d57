"""Review decisions (8.2.3 a, 8.3.3 a): where people stand with the draws, and what they settled about the data.

Filter and draws depend on each other, so they go in rounds: a run filters with the decisions known when it begins,
draws, and shows here where people stand. When people close a draw or decide held rows, the sensor starts the next
round under the library and models of the one before.
"""

import json
from collections import Counter

import dagster as dg

from dataset_safety.defs.artifacts import key, stage_asset
from dataset_safety.defs.workspace import RELEASES, Workspace
from dataset_safety.standard.stages import Stage
from dataset_safety.store import corpora, releases
from dataset_safety.store.draws import draws, last_judgement
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

INTERVAL = 60


def build(stage: Stage) -> dg.Definitions:
    """The decisions of a stage and the sensor that follows the people who judge."""
    asset = stage_asset(
        stage,
        "review_decisions",
        _gather,
        deps=[key(stage, "review_draws")],
        kinds={"sqlalchemy"},
        description="Section 8 a, clauses 1.6: answers settled, open, disputed and carried over; decisions that act on the data.",
    )
    return dg.Definitions(assets=[asset], sensors=[follow(stage)])


def follow(stage: Stage) -> dg.SensorDefinition:
    """Starts a round when people have closed a draw or decided a held row."""

    @dg.sensor(
        name=f"{stage.value}_review_sensor",
        job_name=f"follow_review_{stage.value}",
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Filters, draws and evaluates the newest release again when a draw was closed or held rows were decided.",
    )
    def review_sensor(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult | dg.SkipReason:
        from dataset_safety.evaluation.settling import NOTHING, decided

        seen, state = json.loads(context.cursor) if context.cursor else (0, NOTHING.digest)
        with workspace.opened() as store:
            with store.database.read() as connection:
                last, release = last_judgement(connection, stage), releases.latest(connection, stage)
                filtered = release is not None and corpora.latest(connection, release.release_id) is not None
            if last == seen or release is None or not filtered:
                return dg.SkipReason("nobody has judged since")
            found = decided(store, stage)
        cursor = json.dumps([last, found.digest])
        known = context.instance.get_dynamic_partitions(str(RELEASES[stage].name))
        if found.digest == state or release.release_id not in known:
            return dg.SensorResult(
                skip_reason=f"{last - seen} rows of answers, no draw closed and no held row decided", cursor=cursor
            )
        request = dg.RunRequest(run_key=f"{release.release_id}-{last}", partition_key=release.release_id)
        return dg.SensorResult(run_requests=[request], cursor=cursor)

    return review_sensor


def _gather(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    from dataset_safety.evaluation.reviewing import ballots, current, questions_of
    from dataset_safety.evaluation.settling import decided

    with store.database.read() as connection:
        made = draws(connection, release.release_id)
    total: Counter[str] = Counter(drawn=0, settled=0, disputed=0, reused=0, closed_draws=0)
    for purpose in sorted({drawn.purpose for drawn in made}):
        drawn = current(made, purpose)
        assert drawn is not None  # it is one of those
        found = ballots(store, drawn)
        main = found.answers(questions_of(purpose)[0], frozenset())
        total.update(drawn=main.drawn, settled=main.answered, disputed=len(found.disputed), reused=main.reused)
        total["closed_draws"] += found.closed
    decisions = decided(store, release.stage)
    share = total["reused"] / total["settled"] if total["settled"] else 0.0
    stands = {**total, "open": total["drawn"] - total["settled"], "reused_share": share}
    return {**stands, **decisions.counts(), "last_judgement": decisions.last}
