"""Risk labels (6.2 b, 6.2 c, 7.2 d): one identification record a sample, negative results too."""

from collections import Counter

import dagster as dg

from dataset_safety.defs.artifacts import CLASSIFICATION_MODEL, KEYWORD_LIBRARY, key, stage_asset
from dataset_safety.defs.filtered_corpus import chosen_labels, pin_facts
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard.stages import Stage
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release


def build(stage: Stage) -> dg.Definitions:
    """The label asset of a stage."""
    return dg.Definitions(
        assets=[
            stage_asset(
                stage,
                "risk_labels",
                _identify,
                kinds={"onnx", "polars"},
                deps=[key(stage, "annotated_shards"), KEYWORD_LIBRARY, CLASSIFICATION_MODEL],
                description="Clauses 6.2 b, 6.2 c, 7.2 d: keywords, models, patterns and rights notices for every sample.",
            )
        ]
    )


def _identify(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    p1, chosen = chosen_labels(context, store, release, workspace)
    labels = chosen.labels
    outcomes: Counter[str] = Counter()
    for part in p1.parts():
        outcomes.update(labels.parts[part.object].counts)
    counts = {"parts": len(labels.parts), "parts_scanned_now": labels.scanned_now, **outcomes}
    return {"recipe": labels.recipe, **counts, **pin_facts(chosen)}
