"""Keyword library (B.1): the active generation, its checks, and the sensor that refreshes it before a week is over."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from dataset_safety import clock
from dataset_safety.defs.artifacts import KEYWORD_LIBRARY, OWNER, explained
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard import check_name, load_edition
from dataset_safety.store import artifacts

REFRESH_AFTER = timedelta(days=6)
TOTAL, AGE = check_name("K.B.1.a"), check_name("K.B.1.c")


@dg.asset(
    key=KEYWORD_LIBRARY,
    group_name="detectors",
    kinds={"python"},
    owners=[OWNER],
    description="Appendix B.1: the keyword library that identification uses, bundled and operators' entries apart.",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=7), warn_window=REFRESH_AFTER),
)
def keyword_library(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Read the keyword files and register what they hold as a generation."""
    from dataset_safety.keywords.files import read_store

    with explained(), workspace.opened() as store:
        library = read_store(*workspace.detector_sources().libraries)
        stats = library.stats()
        with store.database.write() as connection:
            new = artifacts.save(connection, artifacts.Artifact(artifacts.KEYWORD_LIBRARY, library.generation, stats))
            active = artifacts.active(connection, artifacts.KEYWORD_LIBRARY)
            if active is None or active.version != library.generation:
                artifacts.activate(
                    connection, artifacts.KEYWORD_LIBRARY, library.generation, reason="content of the keyword files changed"
                )
    return dg.MaterializeResult(
        metadata={
            "generation": library.generation,
            "new": new,
            "entries": stats["total"],
            "bundled": stats["bundled"],
            "operator": stats["operator"],
            "updated_at": stats["updated_at"],
        }
    )


def _specs() -> list[dg.AssetCheckSpec]:
    edition = load_edition()
    floors = [
        dg.AssetCheckSpec(
            check_name(f"K.B.1.b.{risk.id}"),
            asset=KEYWORD_LIBRARY,
            description=f"B.1 b: at least {risk.keyword_min} keywords for {risk.id}, {risk.title_en}. {risk.scope_note}".strip(),
        )
        for risk in edition.risks
        if risk.keyword_min
    ]
    total, days = edition.thresholds.keyword_total_min, edition.thresholds.keyword_update_max_days
    return [
        dg.AssetCheckSpec(TOTAL, asset=KEYWORD_LIBRARY, description=f"B.1 a: the library should hold at least {total} keywords."),
        *floors,
        dg.AssetCheckSpec(AGE, asset=KEYWORD_LIBRARY, description=f"B.1 c: content should change at least every {days} days."),
    ]


@dg.multi_asset_check(name="appendix_b_1", specs=_specs())
def keyword_checks(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
    """B.1: size (should), floors (shall), age (should)."""
    with workspace.opened() as store, store.database.read() as connection:
        active = artifacts.active(connection, artifacts.KEYWORD_LIBRARY)
    facts: Mapping[str, Any] = (
        active.facts if active else {"total": 0, "by_risk": {}, "updated_at": "", "bundled": 0, "operator": 0}
    )
    edition = load_edition()
    shown = {"bundled": facts["bundled"], "operator": facts["operator"]}
    total = edition.thresholds.keyword_total_min
    yield _result(TOTAL, facts["total"] >= total, dg.AssetCheckSeverity.WARN, required=total, observed=facts["total"], **shown)
    for risk in edition.risks:
        if risk.keyword_min:
            n = facts["by_risk"].get(risk.id, 0)
            extra = {"scope": risk.scope_note} if risk.scope_note else {}
            name = check_name(f"K.B.1.b.{risk.id}")
            yield _result(
                name, n >= risk.keyword_min, dg.AssetCheckSeverity.ERROR, required=risk.keyword_min, observed=n, **extra
            )
    age = age_in_days(str(facts["updated_at"]))
    days = edition.thresholds.keyword_update_max_days
    yield _result(
        AGE, age is not None and age <= days, dg.AssetCheckSeverity.WARN, required=days, observed=-1 if age is None else age
    )


def age_in_days(updated_at: str) -> int | None:
    """Whole days since the content last changed."""
    from datetime import date

    return (clock.today() - date.fromisoformat(updated_at[:10])).days if updated_at else None


def _result(name: str, passed: bool, severity: dg.AssetCheckSeverity, **facts: Any) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(asset_key=KEYWORD_LIBRARY, check_name=name, passed=passed, severity=severity, metadata=facts)


refresh_job = dg.define_asset_job(
    "refresh_keyword_library",
    selection=dg.AssetSelection.assets(KEYWORD_LIBRARY),
    executor_def=dg.in_process_executor,
    description="Appendix B.1 c: read the keyword sources again and make changed content the active generation.",
)


@dg.sensor(
    job=refresh_job,
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="B.1 c: launches the refresh before the library is a week old, and again every day until its content has changed.",
)
def keyword_refresh_sensor(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult | dg.SkipReason:
    """The age counts from the last change of content, not from a run that changed nothing."""
    with workspace.opened() as store, store.database.read() as connection:
        active = artifacts.active(connection, artifacts.KEYWORD_LIBRARY)
    age = age_in_days(str(active.facts["updated_at"])) if active else None
    if age is not None and age < REFRESH_AFTER.days:
        return dg.SkipReason(f"the library's content is {age} days old")
    day = clock.today().isoformat()
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"keywords-{day}")], cursor=day)


def build() -> dg.Definitions:
    """Asset, checks, job and sensor of the keyword library."""
    return dg.Definitions(
        assets=[keyword_library], asset_checks=[keyword_checks], jobs=[refresh_job], sensors=[keyword_refresh_sensor]
    )
