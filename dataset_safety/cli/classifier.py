"""``dataset-safety classifier``: train, probe, describe, and look after the models of Appendix B.2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataset_safety.cli.options import home_option, json_option, print_json, progress_bars, tell

if TYPE_CHECKING:
    from dataset_safety.classifier.card import Card
    from dataset_safety.classifier.models import Model
    from dataset_safety.classifier.registry import Registry
    from dataset_safety.records import Detector

labelled_option = click.option(
    "--labelled",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    envvar="DATASET_SAFETY_LABELLED",
    help="Folder with the labelled sets zh/ and en/; only those whose licence allows it enter the weights.",
)
inbox_option = click.option(
    "--inbox",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    envvar="DATASET_SAFETY_INBOX",
    help="An inbox whose neutral sources serve as clean text.",
)
model_option = click.option(
    "--model",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A model folder; repeat for an ensemble. The bundled model unless stated.",
)


@click.group("classifier")
def command() -> None:
    """The classification models of Appendix B.2, with coverage measured and not declared."""


@command.command("train")
@labelled_option
@inbox_option
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write; the bundled model's unless stated."
)
@click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Train on this home's settled judgements too and register the result there, not yet active; never the bundled model.",
)
@json_option
def train(labelled: Path, inbox: Path, out: Path | None, home: Path | None, as_json: bool) -> None:
    """Train on the project's sentences and the labelled sets, calibrate, probe, and write the model with its card.

    The same inputs and versions give the same bytes on one machine. Needs the extra [train].
    """
    from dataset_safety.classifier.bundling import read_inputs, train_bundled
    from dataset_safety.shipping import bundled_model

    with progress_bars():
        if home is None:
            card = train_bundled(out or bundled_model(), read_inputs(labelled=labelled, inbox=inbox), detectors=_others())
        else:
            card = _trained_at_home(home, labelled, inbox, out)
    if as_json:
        print_json(card.document)
    else:
        click.echo(card.markdown())


@command.command("probe")
@model_option
@json_option
def probe(folders: tuple[Path, ...], as_json: bool) -> None:
    """Measure the coverage of each risk on texts by authors that no model was trained on."""
    from dataset_safety.classifier.bundling import GOLD_FOLDER, PROBE_FOLDER
    from dataset_safety.classifier.clean_texts import gold_texts
    from dataset_safety.classifier.probing import probe as measure
    from dataset_safety.classifier.probing import summary
    from dataset_safety.classifier.sentences import read_folder

    clean = [text.text for text in gold_texts(GOLD_FOLDER)]
    found = summary(measure(_models(folders), read_folder(PROBE_FOLDER), clean, detectors=_others()))
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            click.echo(f"{name}: {value}")


@command.command("card")
@model_option
@json_option
def card(folders: tuple[Path, ...], as_json: bool) -> None:
    """Show the card that the training wrote beside a model."""
    import json

    from dataset_safety.shipping import bundled_model

    for folder in folders or (bundled_model(),):
        if as_json:
            print_json(json.loads((folder / "card.json").read_text(encoding="utf-8")))
        else:
            click.echo((folder / "card.md").read_text(encoding="utf-8"))


@command.command("eval")
@labelled_option
@inbox_option
@model_option
@json_option
def evaluate(labelled: Path, inbox: Path, folders: tuple[Path, ...], as_json: bool) -> None:
    """Print every figure beside what is wanted of it: false alarms on clean text, probe, COLD, Davidson, stance.

    Speed and memory: python -m dataset_safety_tests.benchmarks.classifier. Needs the extra [train].
    """
    from dataset_safety.classifier.bundling import read_inputs
    from dataset_safety.classifier.evaluating import evaluate as measure
    from dataset_safety.classifier.targets import lines, targets

    inputs = read_inputs(labelled=labelled, inbox=inbox)
    with progress_bars():
        found = measure(_models(folders), labelled=labelled, clean=inputs.clean, probe=inputs.probe, detectors=_others())
    reached = targets(found)
    if as_json:
        print_json({"targets": [target.document() for target in reached], **found})
    else:
        click.echo("\n".join(lines(reached, found)))


@command.command("register")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@home_option
def register(folder: Path, home: Path) -> None:
    """Copy a model folder into the home after every check; it is not active yet."""
    from dataset_safety.classifier.models import missing_risks

    model = _registry(home).register(folder)
    click.echo(model.version)
    missing = missing_risks([model])
    if missing:
        tell(f"it has no output for {', '.join(missing)}; the bundled model stays beside it")


@command.command("import-scores")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@home_option
def import_scores(file: Path, home: Path) -> None:
    """Import scores of a model that cannot run here: JSON Lines or CSV of sample_id, risk, score, model, version.

    Scores from .5 on are noted in the records of the next run. Their coverage is not measured, so no outcome changes.
    """
    from dataset_safety.classifier.scored import import_scored
    from dataset_safety.store import audit
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        stored, count = import_scored(file, store.home.models)
        with store.database.write() as connection:
            audit.append(connection, "classification_model.import_scores", stored.stem, scores=count)
    click.echo(f"{count} scores, {stored.stem[:12]}")


@command.command("activate")
@click.argument("versions", nargs=-1, required=True)
@click.option("--reason", required=True)
@home_option
def activate(versions: tuple[str, ...], reason: str, home: Path) -> None:
    """Use exactly these registered models beside the bundled one; the next run labels with them."""
    from dataset_safety.store import audit
    from dataset_safety.store.facade import open_store

    registry = _registry(home)
    registry.activate(list(versions), by=audit.actor(), reason=reason)
    with open_store(home) as store, store.database.write() as connection:
        audit.append(connection, "classification_model.choose", ",".join(versions), reason=reason)


@command.command("rollback")
@click.option("--reason", required=True)
@home_option
def rollback(reason: str, home: Path) -> None:
    """Go back to the models that were active before the last change."""
    from dataset_safety.store import audit
    from dataset_safety.store.facade import open_store

    earlier = _registry(home).rollback(by=audit.actor(), reason=reason)
    with open_store(home) as store, store.database.write() as connection:
        audit.append(connection, "classification_model.rollback", ",".join(earlier), reason=reason)
    click.echo(", ".join(earlier) or "the bundled model alone")


def _trained_at_home(home: Path, labelled: Path, inbox: Path, out: Path | None) -> Card:
    """Train with the judgements of a home, and register the model there."""
    from dataset_safety.classifier.bundling import read_inputs, train_bundled
    from dataset_safety.evaluation.training_judgements import training_judgements
    from dataset_safety.store import audit
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        folder, judged = out or store.home.staging / "classifier-candidate", training_judgements(store)
        inputs = read_inputs(labelled=labelled, inbox=inbox, judged=judged)
        card = train_bundled(folder, inputs, detectors=_others())
        model = _registry(home).register(folder)
        with store.database.write() as connection:
            audit.append(connection, "classification_model.train", model.version, judgements=judged.counts())
    tell(f"registered {model.version}; 'dataset-safety classifier activate' makes it active")
    return card


def _models(folders: tuple[Path, ...]) -> list[Model]:
    from dataset_safety.classifier.models import load_model
    from dataset_safety.shipping import bundled_model

    return [load_model(folder) for folder in folders or (bundled_model(),)]


def _registry(home: Path) -> Registry:
    from dataset_safety.classifier.registry import Registry
    from dataset_safety.store.home import Home

    return Registry(Home.find(home).create().models)


def _others() -> list[Detector]:
    """Keyword library and patterns, for the joint column of the card."""
    from dataset_safety.keywords.files import read_store
    from dataset_safety.keywords.matching import KeywordDetector
    from dataset_safety.privacy.detection import PersonalInformationDetector
    from dataset_safety.shipping import shipped

    return [KeywordDetector(read_store(shipped("keyword_store"))), PersonalInformationDetector()]
