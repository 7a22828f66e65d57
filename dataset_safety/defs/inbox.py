"""Noticing new data: one sensor freezes a changed inbox as a release, another assesses releases that were not."""

import dagster as dg

from dataset_safety.defs.artifacts import explained
from dataset_safety.defs.workspace import INBOX_VARIABLE, RELEASES, Workspace
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.standard.stages import Stage
from dataset_safety.store import releases, verdicts
from dataset_safety.store.canonical import digest_of

INTERVAL = 60


def freeze_release(
    workspace: Workspace, stage: Stage, instance: dg.DagsterInstance, label: str | None = None
) -> releases.Release:
    """Freeze the inbox of a stage, store the release and make its partition known to Dagster."""
    from dataset_safety.collection.releases import freeze

    frozen = freeze(workspace.inbox_path(), stage, label)
    with workspace.opened() as store:
        with store.database.write() as connection:
            releases.save(connection, frozen)
        with store.database.read() as connection:
            stored = releases.load(connection, frozen.release_id, stage)
    if not instance.has_dynamic_partition(str(RELEASES[stage].name), stored.release_id):
        instance.add_dynamic_partitions(str(RELEASES[stage].name), [stored.release_id])
    return stored


def register_job(stage: Stage) -> dg.JobDefinition:
    """A job of one step: hash the inbox, freeze a release, add its partition."""

    @dg.op(name=f"freeze_{stage.value}_release", description="Clause 6.1: hash every file of the inbox and freeze the ledger.")
    def freeze_inbox(context: dg.OpExecutionContext, workspace: Workspace) -> None:
        with explained():
            release = freeze_release(workspace, stage, context.instance)
        context.log.info(f"release {release.release_id} with {len(release.shards)} shards")

    @dg.job(name=f"register_{stage.value}_release", executor_def=dg.in_process_executor)
    def register() -> None:
        freeze_inbox()

    return register


def sensors(stage: Stage, register: dg.JobDefinition) -> list[dg.SensorDefinition]:
    """The inbox sensor of a stage, and the sensor that has its new releases assessed."""

    @dg.sensor(
        name=f"{stage.value}_inbox_sensor",
        job=register,
        minimum_interval_seconds=INTERVAL,
        description="Notices new or changed files in the inbox and has them frozen as a release.",
    )
    def inbox_sensor(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult | dg.SkipReason:
        from dataset_safety.collection.inbox import discover

        try:
            sources = discover(workspace.inbox_path(), stage)
        except DatasetSafetyError as error:
            return dg.SkipReason(str(error))
        seen = digest_of([[s.record.source_id, f.name, f.size, f.path.stat().st_mtime_ns] for s in sources for f in s.files])
        if seen == context.cursor:
            return dg.SkipReason("no new shards")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"{stage.value}-{seen}")], cursor=seen)

    @dg.sensor(
        name=f"{stage.value}_release_sensor",
        job_name=f"assess_{stage.value}",
        minimum_interval_seconds=INTERVAL,
        description="Has every release assessed that has no verdicts yet.",
    )
    def release_sensor(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult | dg.SkipReason:
        with workspace.opened() as store, store.database.read() as connection:
            waiting = [
                release_id
                for release_id, _, _, _ in releases.listing(connection, stage)
                if verdicts.latest(connection, release_id) is None
            ]
        known = set(context.instance.get_dynamic_partitions(str(RELEASES[stage].name)))
        requests = [dg.RunRequest(run_key=release_id, partition_key=release_id) for release_id in waiting if release_id in known]
        return (
            dg.SensorResult(run_requests=requests)
            if requests
            else dg.SkipReason(f"every release is assessed ({INBOX_VARIABLE} is watched)")
        )

    return [inbox_sensor, release_sensor]
