"""Classification models (B.2): the active ensemble, and one check a risk that its coverage is measured, not declared."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from dataset_safety.defs.artifacts import CLASSIFICATION_MODEL, OWNER, explained
from dataset_safety.defs.classifier_training import TRAINING_SET
from dataset_safety.defs.workspace import Workspace
from dataset_safety.standard import check_name, load_edition
from dataset_safety.store import artifacts
from dataset_safety.store.canonical import digest_of


@dg.asset(
    key=CLASSIFICATION_MODEL,
    deps=[TRAINING_SET],
    group_name="detectors",
    kinds={"onnx"},
    owners=[OWNER],
    description="Appendix B.2: the models that identification uses, verified bytes, with the measured coverage of the 29 risks.",
)
def classification_model(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Load every model, and register the ensemble with its coverage."""
    from dataset_safety.classifier.card_records import record_cards
    from dataset_safety.classifier.models import load_model
    from dataset_safety.shipping import bundled_model

    with explained(), workspace.opened() as store:
        folders = workspace.detector_sources().models
        models = [load_model(folder) for folder in folders]
        version = digest_of(sorted(model.version for model in models))
        coverage = _coverage([model.coverage for model in models])
        facts = {"models": [model.version for model in models], "coverage": coverage}
        with store.database.write() as connection:
            record_cards(connection, list(zip(folders, models, strict=True)), bundled_model())
            artifacts.save(connection, artifacts.Artifact(artifacts.CLASSIFICATION_MODEL, version, facts))
            active = artifacts.active(connection, artifacts.CLASSIFICATION_MODEL)
            if active is None or active.version != version:
                artifacts.activate(
                    connection, artifacts.CLASSIFICATION_MODEL, version, reason="another set of models is installed"
                )
    states = list(coverage.values())
    return dg.MaterializeResult(
        metadata={"version": version, "models": len(models), **{state.replace("-", "_"): states.count(state) for state in STATES}}
    )


STATES = ("measured-ok", "measured-weak", "unproven")


def _coverage(each: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The best measured state of each risk over all models."""
    risks = load_edition().risk_ids
    return {risk: min((found.get(risk, STATES[2]) for found in each), key=STATES.index, default=STATES[2]) for risk in risks}


def _specs() -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            check_name(f"K.B.2.{risk.id}"),
            asset=CLASSIFICATION_MODEL,
            description=f"B.2: models cover {risk.id}, {risk.title_en}; measured on probe texts. {risk.scope_note}".strip(),
        )
        for risk in load_edition().risks
    ]


@dg.multi_asset_check(name="appendix_b_2", specs=_specs())
def coverage_checks(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
    """B.2: passed only where models alone are at least measured-weak; an unproven risk is INCOMPLETE."""
    with workspace.opened() as store, store.database.read() as connection:
        active = artifacts.active(connection, artifacts.CLASSIFICATION_MODEL)
    coverage = active.facts["coverage"] if active else {}
    for risk in load_edition().risks:
        state = coverage.get(risk.id, STATES[2])
        yield dg.AssetCheckResult(
            asset_key=CLASSIFICATION_MODEL,
            check_name=check_name(f"K.B.2.{risk.id}"),
            passed=state != STATES[2],
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"coverage": state, "required": STATES[1], "verdict": "INCOMPLETE" if state == STATES[2] else "COMPLIANT"}
            | ({"scope": risk.scope_note} if risk.scope_note else {}),
        )


def build() -> dg.Definitions:
    """Asset and checks of the classification models."""
    return dg.Definitions(assets=[classification_model], asset_checks=[coverage_checks])
