"""Training as part of the workflow (B.2): what is trained on, what the active models were measured at, and the retraining.

The bundled model works without any of it. Retraining needs the folders of labelled sets and of clean text; its result is
registered and waits for a person to activate it.
"""

import os
from dataclasses import replace
from pathlib import Path

import dagster as dg

from dataset_safety.defs.artifacts import CLASSIFICATION_MODEL, OWNER, explained
from dataset_safety.defs.workspace import Workspace
from dataset_safety.errors import ConfigurationError
from dataset_safety.store import audit

TRAINING_SET = dg.AssetKey("classifier_training_set")
LABELLED_VARIABLE = "DATASET_SAFETY_LABELLED"


@dg.asset(
    key=TRAINING_SET,
    group_name="detectors",
    kinds={"python"},
    owners=[OWNER],
    description="Appendix B.2: sentences written for training and settled judgements; probe texts and random draws never train.",
)
def classifier_training_set(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Read the written sentences, refuse near-copies between training and probe, and count the judgements that would train."""
    from dataset_safety.classifier.bundling import PROBE_FOLDER, SEED_FOLDER
    from dataset_safety.classifier.linting import lint
    from dataset_safety.classifier.sentences import read_folder
    from dataset_safety.evaluation.training_judgements import training_judgements

    with explained(), workspace.opened() as store:
        training, probe = read_folder(SEED_FOLDER), read_folder(PROBE_FOLDER)
        shortages = lint(training, probe)
        judged = training_judgements(store)
    return dg.MaterializeResult(
        metadata={
            "violations": sum(one.stance == "violation" for one in training),
            "contrasts": sum(one.stance == "contrast" for one in training),
            "probe_texts": len(probe),
            "authors": len({one.author for one in (*training, *probe)}),
            "below_the_wanted_number": len(shortages),
            **{f"judgements_{what}": count for what, count in judged.counts().items()},
        }
    )


@dg.asset(
    group_name="detectors",
    kinds={"onnx"},
    owners=[OWNER],
    deps=[CLASSIFICATION_MODEL],
    description="Appendix B.2: the active models measured on texts by authors that never trained one.",
)
def classifier_probe(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Measure the ensemble as it is active now."""
    from dataset_safety.classifier.bundling import GOLD_FOLDER, PROBE_FOLDER
    from dataset_safety.classifier.clean_texts import gold_texts
    from dataset_safety.classifier.models import load_model
    from dataset_safety.classifier.probing import probe, summary
    from dataset_safety.classifier.sentences import read_folder

    with explained():
        models = [load_model(folder) for folder in workspace.detector_sources().models]
        found = summary(probe(models, read_folder(PROBE_FOLDER), [one.text for one in gold_texts(GOLD_FOLDER)]))
    return dg.MaterializeResult(
        metadata={"mean_auc_clean": found["mean_auc_clean"], "mean_auc_contrasts": found["mean_auc_contrasts"], "summary": found}
    )


@dg.op(description=f"Train on sentences, judgements and the sets of {LABELLED_VARIABLE}; register the result, not yet active.")
def train_candidate(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """B.2: a new model of the same kind as the bundled one."""
    from dataset_safety.classifier.bundling import read_inputs, train_bundled
    from dataset_safety.classifier.registry import Registry
    from dataset_safety.evaluation.training_judgements import training_judgements
    from dataset_safety.preprocessing.recipes import build_detectors

    with explained(), workspace.opened() as store:
        labelled = os.environ.get(LABELLED_VARIABLE, "")
        if not labelled:
            raise ConfigurationError("no labelled sets are named", hint=f"set {LABELLED_VARIABLE} to their folder.")
        staged = store.home.staging / "classifier-candidate"
        judged = training_judgements(store)
        inputs = read_inputs(labelled=Path(labelled), inbox=workspace.inbox_path(), judged=judged)
        others = replace(workspace.detector_sources(), detectors=("keyword", "pattern"))
        train_bundled(staged, inputs, detectors=build_detectors(others))
        model = Registry(store.home.models).register(staged)
        with store.database.write() as connection:
            audit.append(connection, "classification_model.train", model.version, judgements=judged.counts())
    context.log.info(f"registered {model.version}; `dataset-safety classifier activate` makes it active")


@dg.job(name="retrain_classifier", executor_def=dg.in_process_executor)
def retrain_classifier() -> None:
    """Train a candidate."""
    train_candidate()


weekly = dg.ScheduleDefinition(
    name="weekly_classifier_training",
    job=retrain_classifier,
    cron_schedule="0 3 * * 1",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)


def build() -> dg.Definitions:
    """Assets, job and schedule of the training."""
    return dg.Definitions(assets=[classifier_training_set, classifier_probe], jobs=[retrain_classifier], schedules=[weekly])
