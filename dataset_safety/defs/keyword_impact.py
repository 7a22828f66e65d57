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
    """Scan the gold sets with the generation in force; ids and counts only."""
    from dataset_safety.keywords.impact import gold_sets, measure_impact
    from dataset_safety.keywords.matching import KeywordDetector
    from dataset_safety.keywords.refreshing import in_force

    with explained(), workspace.opened() as store:
        library = in_force(store)
    texts = [text for _, group in gold_sets() for text in group]
    found = measure_impact(KeywordDetector(library), "gold sets", texts)
    counts = {
        "texts": found.texts,
        "rejected": found.rejected,
        "held": found.held,
        "blocked_by_bundled": found.blocked_by_bundled,
        "blocked_by_operator": found.blocked_by_operator,
    }
    worst = {one.entry.id: one.texts for one in found.entries[:20]}
    result = dg.AssetCheckResult(check_name=NEUTRAL, passed=found.is_within(), metadata=counts)
    return dg.MaterializeResult(
        metadata={"generation": library.generation, **counts, "entries": dg.MetadataValue.json(worst)}, check_results=[result]
    )


def build() -> dg.Definitions:
    """The asset with its check."""
    return dg.Definitions(assets=[keyword_impact])
