"""General safeguards (section 5, 8.1): the probes that need no outside address, and the audit log that proves what was done."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from dataset_safety.defs.artifacts import OWNER, explained
from dataset_safety.defs.evaluation_verdicts import as_check_result
from dataset_safety.defs.workspace import Workspace
from dataset_safety.safeguards.probes.contract import FAMILIES
from dataset_safety.standard import load_edition

if TYPE_CHECKING:
    from dataset_safety.safeguards.probes.running import Recorded
    from dataset_safety.store.facade import Store

ASSET = dg.AssetKey("general_safeguards")
CHAIN = "audit_log_intact"
SPECS = [
    dg.AssetCheckSpec(CHAIN, asset=ASSET, description="8.1 b 5: the hash chain verifies."),
    *(
        dg.AssetCheckSpec(
            f"probes_{name}", asset=ASSET, description=f"8.1: every probe of {name} passes on every place of its kind."
        )
        for name in FAMILIES
    ),
]


@dg.asset(
    key=ASSET,
    group_name="safeguards",
    kinds={"sqlalchemy"},
    owners=[OWNER],
    check_specs=SPECS,
    description="Clauses 5, 8.1: monitors and probes of this deployment, and the audit log that makes every step traceable.",
)
def general_safeguards(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Run the monitors and the local probes, walk the audit log, and show how each family stands by the stored rows."""
    from dataset_safety.safeguards.audit_log import verify_chain
    from dataset_safety.safeguards.probes.contract import Family
    from dataset_safety.safeguards.probes.running import deployment, run_probes

    with explained(), workspace.opened() as store:
        seen = run_probes(deployment(store), list(Family), servers=False)
        checks = list(_family_checks(store))
        with store.database.read() as connection:
            state = verify_chain(connection)
    chain = dg.AssetCheckResult(check_name=CHAIN, passed=state.intact, metadata={"broken_at": state.broken_at or 0})
    metadata = {"audit_events": state.events, "audit_head": state.head, **_counted(seen)}
    return dg.MaterializeResult(metadata=metadata, check_results=[chain, *checks])


def _family_checks(store: "Store") -> list[dg.AssetCheckResult]:
    """Each family by the newest observations on record, those of servers too, which somebody made from the command line."""
    from dataset_safety.evaluation.rules.protection import probed
    from dataset_safety.safeguards.probes import inventory
    from dataset_safety.safeguards.probes.contract import Family
    from dataset_safety.store.artifacts import evidence_for

    edition = load_edition()
    with store.database.read() as connection:
        rows = {family: evidence_for(connection, family.clause) for family in Family}
        listed = evidence_for(connection, inventory.CLAUSE)
    return [as_check_result(ASSET, f"probes_{family.value}", probed(family, rows[family], listed, edition)) for family in Family]


def _counted(seen: "list[Recorded]") -> dict[str, Any]:
    """Numbers and ids only."""
    from dataset_safety.safeguards.probes.contract import Result

    counts = {f"probes_{result.name.lower()}": sum(one.result is result for one in seen) for result in Result}
    return {"probes": len(seen), **counts}


probe_safeguards = dg.define_asset_job(
    "probe_safeguards",
    selection=dg.AssetSelection.assets(ASSET),
    executor_def=dg.in_process_executor,
    description="Section 5: monitors and probes of this deployment.",
)

safeguards_schedule = dg.ScheduleDefinition(
    name="safeguards_schedule",
    job=probe_safeguards,
    # An alert probe holds for a day, so half a day leaves room for a run that fails. On by default, because the probes read, or
    # act in a sandbox of their own, and verdicts that rest on them turn STALE without it.
    cron_schedule="17 */12 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


def build() -> dg.Definitions:
    """Asset, job and schedule of the safeguards."""
    return dg.Definitions(assets=[general_safeguards], jobs=[probe_safeguards], schedules=[safeguards_schedule])
