"""Review draws (8.2.2 a, 8.2.3 a, 8.3.2 a, 8.3.3 a): frozen random samples that people judge."""

import dagster as dg

from dataset_safety.defs.artifacts import key, stage_asset
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard.stages import Stage
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release


def build(stage: Stage) -> dg.Definitions:
    """The draws of a stage."""
    return dg.Definitions(
        assets=[
            stage_asset(
                stage,
                "review_draws",
                _draw,
                deps=[key(stage, "filtered_corpus")],
                kinds={"python"},
                description="Section 8 a: reproducible random samples with recorded seeds, frozen before anybody judges them.",
            )
        ]
    )


def _draw(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    from dataset_safety.evaluation.assessment import draw_for

    made = draw_for(store, release)
    return {"draws": len(made), **{f"drawn_{draw.purpose.replace('.', '_')}": draw.size for draw in made}}
