"""Alerts to a webhook (5 b): failed runs, and verdict rows that did not pass; ids and values only."""

import dagster as dg

from dataset_safety.defs.workspace import Workspace
from dataset_safety.safeguards.alerts import WEBHOOK_VARIABLE, raise_alert, send
from dataset_safety.store import verdicts


@dg.run_failure_sensor(name="run_failure_alert", default_status=dg.DefaultSensorStatus.RUNNING)
def run_failure_alert(context: dg.RunFailureSensorContext, workspace: Workspace) -> None:
    """Raise an alert about a failed run, which somebody has to close; its id and job, not its error text."""
    with workspace.opened() as store:
        raise_alert(store, "failed_run", context.dagster_run.run_id, f"a run of {context.dagster_run.job_name} failed")


@dg.sensor(
    name="verdict_alert",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    target=[dg.AssetKey("general_safeguards")],
    description="Tells the webhook about new verdict rows that did not pass (a run with failed checks is a successful run).",
)
def verdict_alert(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult | dg.SkipReason:
    """The cursor is the last row seen, so each row is told once, and again when the webhook did not answer."""
    seen = int(context.cursor or 0)
    with workspace.opened() as store, store.database.read() as connection:
        rows = verdicts.not_passed_after(connection, seen)
    if not rows:
        return dg.SkipReason("no new verdict rows that did not pass")
    facts = [{"release": release, "clause": clause, "verdict": value.value} for _, release, clause, value in rows]
    send("verdicts_not_passed", {"verdicts": facts})
    return dg.SensorResult(cursor=str(rows[-1][0]))


def build() -> dg.Definitions:
    """The two alert sensors."""
    return dg.Definitions(sensors=[run_failure_alert, verdict_alert])


__all__ = ["WEBHOOK_VARIABLE", "build", "run_failure_alert", "verdict_alert"]
