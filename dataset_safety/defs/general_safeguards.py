"""General safeguards (section 5, 8.1): what protects the data of both stages, and the audit log that proves it."""

import dagster as dg

from dataset_safety.defs.artifacts import OWNER, explained
from dataset_safety.defs.workspace import Workspace


@dg.asset(
    group_name="safeguards",
    kinds={"sqlalchemy"},
    owners=[OWNER],
    check_specs=[
        dg.AssetCheckSpec("audit_log_intact", asset="general_safeguards", description="8.1 b 5: the hash chain verifies.")
    ],
    description="Clauses 5, 8.1: the state of the audit log that makes every step traceable.",
)
def general_safeguards(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Walk the audit log's chain and report its head."""
    from dataset_safety.safeguards.audit_log import verify_chain

    with explained(), workspace.opened() as store, store.database.read() as connection:
        state = verify_chain(connection)
    return dg.MaterializeResult(
        metadata={"audit_events": state.events, "audit_head": state.head},
        check_results=[
            dg.AssetCheckResult(check_name="audit_log_intact", passed=state.intact, metadata={"broken_at": state.broken_at or 0})
        ],
    )


def build() -> dg.Definitions:
    """The asset of the safeguards."""
    return dg.Definitions(assets=[general_safeguards])
