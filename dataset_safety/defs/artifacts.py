"""What every stage asset has in common: key, group, partition, owner, kinds, and how it finds its release."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from dataset_safety.defs.workspace import RELEASES, Workspace
from dataset_safety.engine.progress import watched
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.standard.stages import Stage
from dataset_safety.store import releases
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

OWNER = "team:data-safety"
EXIT_CODE = "exit_code"
"""Metadata of a failure: what a command that ran into it ends with."""
KEYWORD_LIBRARY = dg.AssetKey("keyword_library")
CLASSIFICATION_MODEL = dg.AssetKey("classification_model")
Work = Callable[[dg.AssetExecutionContext, Store, Release, Workspace], Mapping[str, Any]]


def key(stage: Stage, artifact: str) -> dg.AssetKey:
    """Asset key of a stage's artifact."""
    return dg.AssetKey([stage.value, artifact])


def stage_asset(
    stage: Stage,
    artifact: str,
    work: Work,
    *,
    description: str,
    kinds: set[str],
    deps: Sequence[dg.AssetKey] = (),
    version: str = "1",
) -> dg.AssetsDefinition:
    """An asset of one stage, partitioned by release; ``work`` returns numbers and ids as metadata."""

    @dg.asset(
        key=key(stage, artifact),
        deps=list(deps),
        group_name=stage.value,
        kinds=kinds,
        owners=[OWNER],
        partitions_def=RELEASES[stage],
        description=description,
        code_version=version,
        tags={"stage": stage.value},
    )
    def made(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with explained(), watched(lambda done, total, what: _log(context, done, total, what)), workspace.opened() as store:
            return dg.MaterializeResult(metadata=dict(work(context, store, release_of(store, context, stage), workspace)))

    return made


def release_of(store: Store, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, stage: Stage) -> Release:
    """The stored release that this run's partition names."""
    with store.database.read() as connection:
        return releases.load(connection, context.partition_key, stage)


class explained:
    """Turn our own errors into a Dagster failure that is not retried and shows the hint, without a stack of frames."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Translate errors of this package; leave all others alone."""
        if isinstance(error, DatasetSafetyError):
            raise dg.Failure(description=str(error), metadata={EXIT_CODE: error.exit_code}, allow_retries=False) from error


def _log(context: dg.AssetExecutionContext, done: int, total: int, what: str) -> None:
    if total and (done == total or done % max(1, total // 10) == 0):
        context.log.info(f"{what}: {done} of {total}")
