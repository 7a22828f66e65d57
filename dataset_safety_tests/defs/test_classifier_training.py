"""The training set and the measurement of the active models are assets; a candidate is registered and not activated."""

from __future__ import annotations

import dagster as dg
import pytest

from dataset_safety.classifier.registry import Registry
from dataset_safety.defs.classifier_training import (
    LABELLED_VARIABLE,
    classifier_probe,
    classifier_training_set,
    retrain_classifier,
)
from dataset_safety.defs.workspace import Workspace


def test_the_training_set_shares_no_text_and_no_author_with_the_probe(tmp_path):
    workspace = Workspace(home=str(tmp_path / "home"))
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([classifier_training_set], instance=instance, resources={"workspace": workspace})
    metadata = result.asset_materializations_for_node("classifier_training_set")[0].metadata
    assert metadata["violations"].value > 2000
    assert metadata["contrasts"].value > 2000
    assert metadata["judgements_confirmed"].value == metadata["judgements_rejected"].value == 0


@pytest.mark.timeout(600)
def test_the_active_models_are_measured(tmp_path):
    workspace = Workspace(home=str(tmp_path / "home"))
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([classifier_probe], instance=instance, resources={"workspace": workspace})
    metadata = result.asset_materializations_for_node("classifier_probe")[0].metadata
    print({name: value.value for name, value in metadata.items()})
    assert 0.5 < metadata["mean_auc_contrasts"].value <= 1


def test_retraining_without_labelled_sets_says_what_to_set(tmp_path, monkeypatch):
    monkeypatch.delenv(LABELLED_VARIABLE, raising=False)
    workspace = Workspace(home=str(tmp_path / "home"))
    result = retrain_classifier.execute_in_process(resources={"workspace": workspace}, raise_on_error=False)
    assert not result.success
    assert Registry(workspace.path().models).registered() == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_candidate_is_registered_and_waits(tmp_path, monkeypatch, labelled, inbox):
    monkeypatch.setenv(LABELLED_VARIABLE, str(labelled))
    workspace = Workspace(home=str(tmp_path / "home"), inbox=str(inbox))
    assert retrain_classifier.execute_in_process(resources={"workspace": workspace}).success
    registry = Registry(workspace.path().models)
    assert len(registry.registered()) == 1
    assert registry.active() == []
