"""From a fresh clone to the bundled model with one command (B.2): read the sets, train, calibrate, probe, write the card.

``classifier/seed``, ``classifier/probe_texts`` and the gold texts ship with the code; labelled sets and clean text are folders
of the operator. A set that is not there is left out; the card lists what was trained on.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataset_safety.classifier.agreement import measured_agreement
from dataset_safety.classifier.card import Card, card_of
from dataset_safety.classifier.clean_texts import CleanText, everyday_texts, gold_texts, inbox_texts
from dataset_safety.classifier.errors import JudgedTextStays, TrainingDataMissing
from dataset_safety.classifier.examples import Example, clean_examples, labelled_examples, sentence_examples
from dataset_safety.classifier.features import FEATURES_VERSION
from dataset_safety.classifier.judged import JudgedSet
from dataset_safety.classifier.models import Model, load_model, model_from_bytes
from dataset_safety.classifier.probing import ProbeReport, probe
from dataset_safety.classifier.sentences import Sentence, read_folder
from dataset_safety.classifier.training import Settings, TrainingSet, calibrated, model_files
from dataset_safety.engine.progress import watched
from dataset_safety.records import Detector
from dataset_safety.shipping import bundled_model

__all__ = ["GOLD_FOLDER", "PROBE_FOLDER", "SEED_FOLDER", "Inputs", "probe_folder", "read_inputs", "train_bundled", "write_report"]

SEED_FOLDER = Path(__file__).resolve().parent / "seed"
PROBE_FOLDER = Path(__file__).resolve().parent / "probe_texts"
EVERYDAY_FOLDER = Path(__file__).resolve().parent / "everyday"
GOLD_FOLDER = Path(__file__).resolve().parent.parent / "keywords" / "gold"
Listener = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a training run reads."""

    sentences: list[Sentence]
    probe: list[Sentence]
    labelled: list[Example]
    clean: list[CleanText]
    judged: JudgedSet = field(default_factory=JudgedSet)

    def examples(self) -> list[Example]:
        """What is trained on."""
        return [*self.labelled, *sentence_examples(self.sentences), *clean_examples(self.clean), *self.judged.examples]

    def share(self, share: str) -> list[str]:
        """Clean documents of one share."""
        return [clean.text for clean in self.clean if clean.share == share]


def read_inputs(
    *,
    labelled: Path | None,
    inbox: Path | None,
    gold: Path | None = GOLD_FOLDER,
    everyday: Path = EVERYDAY_FOLDER,
    seed: Path = SEED_FOLDER,
    probe_texts: Path = PROBE_FOLDER,
    judged: JudgedSet | None = None,
) -> Inputs:
    """Read all sets; what is ``None`` is left out."""
    clean = [*(inbox_texts(inbox) if inbox else ()), *(gold_texts(gold) if gold else ()), *everyday_texts(everyday)]
    known = labelled_examples(labelled) if labelled else []
    inputs = Inputs(read_folder(seed), read_folder(probe_texts), known, clean, judged or JudgedSet())
    if not inputs.examples() or not inputs.share("calibration"):
        raise TrainingDataMissing(
            "there is nothing to train on, or no clean text to calibrate on.", hint="name --labelled and --inbox."
        )
    return inputs


def train_bundled(
    out_folder: Path,
    inputs: Inputs,
    *,
    settings: Settings | None = None,
    detectors: Sequence[Detector] = (),
    progress: Listener | None = None,
) -> Card:
    """Train, calibrate, probe and write the model folder; an earlier model stays until the new one is complete.

    ``detectors`` (keywords, patterns) count in the joint figures of the probe, keywords where agreement is measured too. A
    model that saw judged text is the operator's own: its manifest says so, and it is never written over the one that ships.
    """
    if inputs.judged.examples and out_folder.resolve() == bundled_model().resolve():
        raise JudgedTextStays(
            "judged samples of a home train its own model only, never the one that ships.",
            hint="state another --out, or no home.",
        )
    with watched(progress or (lambda done, total, what: None)):
        examples = inputs.examples()
        training = TrainingSet(examples, settings)
        calibration = inputs.share("calibration")
        trained = calibrated(training, calibration)
        notes: dict[str, Any] = {
            "clean_documents": len(calibration),
            "features": FEATURES_VERSION,
            "settings": repr(training.settings),
        }
        version = _version(examples, notes)
        notes |= measured_agreement(examples, trained.folds, trained.thresholds, calibration, detectors)
        files = model_files(trained, version=version, sources=examples, notes=notes)
        if inputs.judged.examples:
            files["manifest.json"] = _own(files["manifest.json"], inputs.judged)
        model = model_from_bytes(files)
        report = probe([model], inputs.probe, inputs.share("evaluation"), detectors=detectors)
        files["probe_report.json"] = _report_bytes(report, files["manifest.json"])
        card = card_of(model_from_bytes(files), report)
        files["card.json"], files["card.md"] = card.json_bytes(), card.markdown().encode()
        _replace(out_folder, files)
    return card


OWN_LICENCE = "for use in this deployment only: trained on judged samples of its home"


def _own(manifest: bytes, judged: JudgedSet) -> bytes:
    """The manifest of a model that saw judged text: another name and licence, and what was taken and left out."""
    document = json.loads(manifest)
    document |= {"name": "own", "licence": OWN_LICENCE}
    document["training"]["judgements"] = judged.counts()
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _version(examples: Sequence[Example], notes: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(notes, sort_keys=True).encode())
    for example in examples:
        digest.update(example.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:8]


def _report_bytes(report: ProbeReport, manifest: bytes) -> bytes:
    document = report.document(hashlib.sha256(manifest).hexdigest())
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def probe_folder(
    folder: Path, sentences: Sequence[Sentence], clean: Sequence[str], *, detectors: Sequence[Detector] = ()
) -> tuple[Model, ProbeReport]:
    """Measure one model folder; nothing is written."""
    model = load_model(folder)
    return model, probe([model], sentences, clean, detectors=detectors)


def write_report(folder: Path, report: ProbeReport) -> None:
    """Store the measurement beside the manifest that it belongs to."""
    (folder / "probe_report.json").write_bytes(_report_bytes(report, (folder / "manifest.json").read_bytes()))


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    for name, content in files.items():
        (staged / name).write_bytes(content)
    staged.chmod(0o755)
    if folder.exists():
        old = staged.with_name(staged.name + "-old")
        folder.rename(old)
        staged.rename(folder)
        shutil.rmtree(old)
    else:
        staged.rename(folder)
