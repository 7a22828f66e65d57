"""What the keyword library costs in benign text (B.1), measured on the gold sets whenever the library changes."""

import dagster as dg

from dataset_safety.defs.artifacts import KEYWORD_LIBRARY, OWNER, explained
from dataset_safety.defs.workspace import Workspace

KEYWORD_IMPACT = dg.AssetKey("keyword_impact")
NEUTRAL = "neutral_texts_pass"


@dg.asset(
    key=KEYWORD_IMPACT,
    deps=[KEYWORD_LIBRARY],
    group_name="detectors",
    kinds={"polars"},
    owners=[OWNER],
    description="Appendix B.1: benign texts (news, criticism, history, religion, law) that the library blocks.",
    check_specs=[
        dg.AssetCheckSpec(
            NEUTRAL,
            asset=KEYWORD_IMPACT,
            description="No text of the gold sets is rejected, and at most 0.5 % are held for review, which counts as blocked.",
        )
    ],
)
def keyword_impact(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Scan the gold sets with the generation in force and keep the counts as evidence; ids and counts only."""
    from dataset_safety.keywords.impact import is_within
    from dataset_safety.keywords.impact_records import recorded_impact
    from dataset_safety.keywords.refreshing import in_force

    with explained(), workspace.opened() as store:
        found = recorded_impact(store, in_force(store))
    counts = found.total()
    passed = is_within(counts["texts"], counts["rejected"], counts["held"])
    result = dg.AssetCheckResult(check_name=NEUTRAL, passed=passed, metadata=counts)
    worst = dg.MetadataValue.json(dict(found.entries))
    return dg.MaterializeResult(metadata={"generation": found.generation, **counts, "entries": worst}, check_results=[result])


def build() -> dg.Definitions:
    """The asset with its check."""
    return dg.Definitions(assets=[keyword_impact])
