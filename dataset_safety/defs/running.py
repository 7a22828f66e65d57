"""Executing the assess jobs in this process, in Dagster's own instance, so that the web interface shows the runs."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from dataset_safety.collection.errors import NoSources
from dataset_safety.defs.artifacts import EXIT_CODE
from dataset_safety.defs.filtered_corpus import RELABEL
from dataset_safety.defs.inbox import freeze_release
from dataset_safety.defs.workspace import Workspace
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.evaluation.errors import RelabelRefused
from dataset_safety.evaluation.reasons import stated
from dataset_safety.records import Verdict
from dataset_safety.shipping import shipped
from dataset_safety.standard.stages import Stage
from dataset_safety.store import corpora, verdicts
from dataset_safety.store.home import Home
from dataset_safety.store.locking import exclusive


@dataclass(frozen=True)
class Outcome:
    """What a run made of one stage."""

    stage: Stage
    release: str
    counts: Mapping[str, int]
    verdicts: Sequence[Verdict]
    report: Path
    pinned: Mapping[str, Any]
    """What the run had to keep while people judge (``pinned_recipe``, …, ``newer_recipe_available``); empty if nothing."""

    def as_dict(self, row: Callable[[Verdict], dict[str, Any]]) -> dict[str, Any]:
        """As ``run --json`` prints it."""
        names = ("units", "skipped", "kept", "removed", "held", "quarantined")
        return {
            "stage": self.stage.value,
            "release": self.release,
            "counts": {name: self.counts[name] for name in names},
            "verdicts": [row(verdict) for verdict in self.verdicts],
            "report": str(self.report),
            "pinned_recipe": None,
            "newer_recipe_available": False,
            **self.pinned,
        }


class RunFailed(DatasetSafetyError):
    """A Dagster run ended without success; what it had committed is kept."""


def prepare_dagster_home(home: Home) -> Path:
    """``DAGSTER_HOME`` inside our home, with our ``dagster.yaml``."""
    home.create()
    target = home.dagster / "dagster.yaml"
    wanted = shipped("dagster.yaml").read_bytes()
    if not target.exists() or target.read_bytes() != wanted:
        target.write_bytes(wanted)
    return home.dagster


@contextmanager
def dagster_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance of this home."""
    folder = prepare_dagster_home(home)
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(folder)
    try:
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            yield instance
    finally:
        if before is None:
            os.environ.pop("DAGSTER_HOME", None)
        else:
            os.environ["DAGSTER_HOME"] = before


def assess_inbox(
    inbox: Path,
    home: Path,
    stages: Sequence[Stage],
    *,
    label: str | None = None,
    wait_seconds: float = 0.0,
    explicit: bool = True,
    relabel: str | None = None,
    waiting: Callable[[str], None] | None = None,
) -> list[Outcome]:
    """Freeze the inbox and take each stage to its report; a stage without sources is passed over unless asked for.

    ``relabel`` is the reason to take the newest library and models for releases that people are judging.
    """
    if relabel is not None and not stated(relabel):
        raise RelabelRefused("moving on to the newest recipe needs a reason", hint="state why: `--relabel REASON`.")
    workspace = Workspace(home=str(Home.find(home).root), inbox=str(inbox.resolve()))
    outcomes: list[Outcome] = []
    root = workspace.path().root
    with exclusive(root, purpose="dataset-safety run", wait_seconds=wait_seconds, waiting=waiting):
        with workspace.opened() as store:
            store.objects.key_for_new()  # a key that is out of reach is said before any work is done
            store.objects.clear_staging()
        with dagster_instance(workspace.path()) as instance:
            for stage in stages:
                try:
                    release = freeze_release(workspace, stage, instance, label)
                except NoSources:
                    if explicit or (stage is stages[-1] and not outcomes):
                        raise
                    continue
                outcomes.append(_assess(workspace, stage, release.release_id, instance, relabel))
    return outcomes


def _assess(workspace: Workspace, stage: Stage, release_id: str, instance: dg.DagsterInstance, relabel: str | None) -> Outcome:
    from dataset_safety.definitions import defs

    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = defs.resolve_job_def(f"assess_{stage.value}").execute_in_process(
        instance=instance,
        partition_key=release_id,
        raise_on_error=False,
        resources={"workspace": workspace},
        run_config=quiet,
        tags={RELABEL: stated(relabel)} if relabel else None,
    )
    if not result.success:
        raise _explained(result)
    with workspace.opened() as store:
        with store.database.read() as connection:
            corpus, assessment = corpora.latest(connection, release_id), verdicts.latest(connection, release_id)
        if corpus is None or assessment is None:
            raise RunFailed(f"the run of {stage.value} left no verdicts", hint="run again; `dataset-safety ui` shows the steps.")
        from dataset_safety.report.writing import report_path

        path = report_path(store, release_id)
        return Outcome(stage, release_id, corpus.totals(), assessment.verdicts, path, _pinned(result, stage))


def _pinned(result: dg.ExecuteInProcessResult, stage: Stage) -> dict[str, Any]:
    """What the filter of a run said of the recipe that it had to keep."""
    (made,) = result.asset_materializations_for_node(f"{stage.value}__filtered_corpus")
    named = ("pinned_recipe", "pinned_library", "pinned_model", "newer_recipe_available")
    return {name: made.metadata[name].value for name in named if name in made.metadata}


def _explained(result: dg.ExecuteInProcessResult) -> DatasetSafetyError:
    """Our own error if one stopped the run, with its exit code; else the step that failed."""
    failures = [event for event in result.all_events if event.is_step_failure]
    for event in failures:
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            code = data.user_failure_data.metadata.get(EXIT_CODE)
            facts: dict[str, Any] = {"exit_code": code.value} if code else {}
            return RunFailed(data.user_failure_data.description, step=event.step_key, **facts)
    steps = ", ".join(event.step_key or "" for event in failures) or "a step"
    return RunFailed(f"the run failed in {steps}", hint="`dataset-safety ui` shows the run with its log.", run_id=result.run_id)


__all__ = ["Outcome", "RunFailed", "assess_inbox", "dagster_instance", "prepare_dagster_home"]
