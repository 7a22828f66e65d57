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
from dataset_safety.store.canonical import digest_of

REFRESH_AFTER = timedelta(days=6)
KEYWORD_CANDIDATE = dg.AssetKey("keyword_candidate")
MACHINE = "scheduled refresh"
TAKEN = "incoming_changes_taken"
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
    """The generation in force; before the first refresh what the keyword files hold is registered as one."""
    from dataset_safety.keywords.refreshing import in_force
    from dataset_safety.keywords.reviews import standing
    from dataset_safety.keywords.settings import read_settings

    with explained(), workspace.opened() as store:
        stats = in_force(store).stats()
        needed = read_settings(store.home).approvers
        with store.database.read() as connection:
            facts = standing(connection)
    return dg.MaterializeResult(
        metadata={
            "generation": stats["generation"],
            "version": facts.version,
            "entries": stats["total"],
            "bundled": stats["bundled"],
            "operator": stats["operator"],
            "updated_at": facts.changed_on,
            "approvers_required": needed,
        }
    )


@dg.asset(
    key=KEYWORD_CANDIDATE,
    deps=[KEYWORD_LIBRARY],
    group_name="detectors",
    kinds={"python"},
    owners=[OWNER],
    description="B.1 c: the candidate of the next generation, through lint, floors, gold sets and canary; then it waits.",
    check_specs=[
        dg.AssetCheckSpec(
            TAKEN,
            asset=KEYWORD_CANDIDATE,
            description="No change was refused in this refresh, and no refused file lies in incoming/refused any more.",
        )
    ],
)
def keyword_candidate(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Gather what waits, build the candidate and take it through the gate.

    Where everything is refused the run fails, and with it alerts; where a part is, the rest goes on and the check tells.
    """
    from dataset_safety.keywords.refreshing import refresh
    from dataset_safety.keywords.refusals import lying_aside

    with explained(), workspace.opened() as store:
        made = refresh(store, author=MACHINE)
        aside = lying_aside(store.home)
    told = {"refused_now": len(made.refused) if made else 0, "lying_aside": len(aside)}
    taken = dg.AssetCheckResult(
        check_name=TAKEN, passed=not any(told.values()), severity=dg.AssetCheckSeverity.WARN, metadata=told
    )
    if made is None:
        return dg.MaterializeResult(metadata={"candidate": "none: nothing waits", **told}, check_results=[taken])
    stated = made.statement
    return dg.MaterializeResult(
        metadata={
            "candidate": stated.generation,
            "version": stated.version,
            "added": stated.added,
            "withdrawn": stated.withdrawn,
            "signatures": len(made.signatures),
            "expires_at": stated.expires_at.isoformat(),
            **told,
        },
        check_results=[taken],
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
    from dataset_safety.keywords.reviews import MANY, standing

    with workspace.opened() as store, store.database.read() as connection:
        active = artifacts.active(connection, artifacts.KEYWORD_LIBRARY)
        now = standing(connection)
    facts: Mapping[str, Any] = (
        active.facts if active else {"total": 0, "by_risk": {}, "updated_at": "", "bundled": 0, "operator": 0}
    )
    edition = load_edition()
    shown = {"bundled": facts["bundled"], "operator": facts["operator"]}
    total = edition.thresholds.keyword_total_min
    should = dg.AssetCheckSeverity.ERROR if edition.thresholds.strict_should else dg.AssetCheckSeverity.WARN
    yield _result(TOTAL, facts["total"] >= total, should, required=total, observed=facts["total"], **shown)
    for risk in edition.risks:
        if risk.keyword_min:
            n = facts["by_risk"].get(risk.id, 0)
            extra = {"scope": risk.scope_note} if risk.scope_note else {}
            name = check_name(f"K.B.1.b.{risk.id}")
            yield _result(
                name, n >= risk.keyword_min, dg.AssetCheckSeverity.ERROR, required=risk.keyword_min, observed=n, **extra
            )
    age = age_in_days(now.changed_on)
    days = edition.thresholds.keyword_update_max_days
    passed = age is not None and age <= days and now.reviews < MANY
    yield _result(AGE, passed, should, required=days, observed=-1 if age is None else age, reviews_without_change=now.reviews)


def age_in_days(updated_at: str) -> int | None:
    """Whole days since the content last changed."""
    from datetime import date

    return (clock.today() - date.fromisoformat(updated_at[:10])).days if updated_at else None


def _result(name: str, passed: bool, severity: dg.AssetCheckSeverity, **facts: Any) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(asset_key=KEYWORD_LIBRARY, check_name=name, passed=passed, severity=severity, metadata=facts)


refresh_job = dg.define_asset_job(
    "refresh_keyword_library",
    selection=dg.AssetSelection.assets(KEYWORD_LIBRARY, KEYWORD_CANDIDATE),
    executor_def=dg.in_process_executor,
    description="Appendix B.1 c: build the candidate from everything that waits, and take it through the gate.",
)


@dg.sensor(
    job=refresh_job,
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="B.1 c: launches the refresh before the content is a week old, daily until it has changed, and for new files.",
)
def keyword_refresh_sensor(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult | dg.SkipReason:
    """The age counts from the last approved change of content, not from a run or a review that changed nothing."""
    from dataset_safety.keywords.incoming import unseen_files
    from dataset_safety.keywords.reviews import standing

    with workspace.opened() as store, store.database.read() as connection:
        now = standing(connection)
        waiting = unseen_files(store.home, now.sources)
    age = age_in_days(now.changed_on)
    if not waiting and age is not None and age < REFRESH_AFTER.days:
        return dg.SkipReason(f"the library's content is {age} days old and no changes wait")
    day = clock.today().isoformat()
    key = "-".join(("keywords", day, now.generation[:12], *((digest_of(waiting)[:12],) if waiting else ())))
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=key)], cursor=key)


def build() -> dg.Definitions:
    """Assets, checks, job and sensor of the keyword library."""
    return dg.Definitions(
        assets=[keyword_library, keyword_candidate],
        asset_checks=[keyword_checks],
        jobs=[refresh_job],
        sensors=[keyword_refresh_sensor],
    )
