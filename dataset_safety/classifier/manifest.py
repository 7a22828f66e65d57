"""The manifest of a model folder (B.2): what the files are, what each output means, from which score on it counts.

``manifest.json`` names every file with its SHA-256, the kind of input and output, the risks of each output and two
thresholds a risk. ``probe_report.json`` beside it holds the measured coverage; it is written by the probe, never by hand,
and belongs to exactly one manifest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dataset_safety.classifier.errors import LabelMapMissing, ManifestInvalid
from dataset_safety.standard import load_edition

__all__ = ["Coverage", "InputForm", "Label", "Manifest", "OutputForm", "Threshold", "read_manifest", "read_report"]

Coverage = Literal["measured-ok", "measured-weak", "unproven"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Score = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputForm(_Part):
    """How text enters: ``units`` (the bundled form), ``codepoints`` (folded, 0 = padding) or ``tokens`` (tokenizer.json)."""

    kind: Literal["units", "codepoints", "tokens"]
    features: str = ""
    max_length: Annotated[int, Field(ge=8, le=8192)] = 512
    stride: Annotated[int, Field(ge=1, le=8192)] = 448
    names: tuple[Name, ...]


class OutputForm(_Part):
    """Which output is read, and what its numbers are."""

    name: Name
    kind: Literal["probability", "softmax", "logits"]


class Label(_Part):
    """One column of the output and the risks that it speaks about; none for a column such as ``safe``."""

    index: Annotated[int, Field(ge=0, lt=4096)]
    label: Name
    risks: tuple[str, ...]
    weight: Annotated[float, Field(gt=0, le=1)] = 1.0


class Threshold(_Part):
    """From ``review`` on a person looks, from ``reject`` on the model decides, if it may; none = never."""

    review: Score | None = None
    reject: Score | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Threshold:
        if self.review is not None and self.reject is not None and self.reject < self.review:
            raise ValueError("reject lies below review")
        return self


class Manifest(_Part):
    """``manifest.json``."""

    format: Literal[1]
    name: Name
    version: Name
    licence: Name
    languages: tuple[Name, ...]
    files: dict[Literal["model.onnx", "tokenizer.json"], Sha256]
    input: InputForm
    output: OutputForm
    labels: Annotated[tuple[Label, ...], Field(max_length=4096)] = ()
    thresholds: dict[str, Threshold]
    calibration: dict[str, Any] = {}
    training: dict[str, Any] = {}

    @property
    def risks(self) -> tuple[str, ...]:
        """Risks that some output names, in the order of the edition."""
        named = {risk for label in self.labels for risk in label.risks}
        return tuple(risk for risk in load_edition().risk_ids if risk in named)

    @property
    def width(self) -> int:
        """Columns of the output."""
        return len(self.labels)


def read_manifest(content: bytes) -> Manifest:
    """The manifest, checked against the edition; errors name the keys, never what stands in them."""
    try:
        manifest = Manifest.model_validate(_document(content, "manifest.json"))
    except ValidationError as error:
        raise _invalid("manifest.json", error) from None
    _check_labels(manifest.labels)
    unknown = sorted(set(manifest.thresholds) - set(load_edition().risk_ids))
    if unknown:
        raise ManifestInvalid(
            f"manifest.json, thresholds: {len(unknown)} unknown risks.", hint="use ids such as A.2.e.", unknown=unknown
        )
    if "model.onnx" not in manifest.files:
        raise ManifestInvalid("manifest.json, files: model.onnx is not named.", hint="add it with its SHA-256.")
    if manifest.input.kind == "tokens" and "tokenizer.json" not in manifest.files:
        raise ManifestInvalid(
            "manifest.json, files: tokenizer.json is not named.", hint="a model of tokens needs it, with its SHA-256."
        )
    return manifest


def _check_labels(labels: Sequence[Label]) -> None:
    if not any(label.risks for label in labels):
        raise LabelMapMissing(
            "manifest.json, labels: no output is mapped to a risk.",
            hint="list every output as {index, label, risks}.",
            missing=list(load_edition().risk_ids),
        )
    unknown = sorted({risk for label in labels for risk in label.risks} - set(load_edition().risk_ids))
    if unknown:
        raise ManifestInvalid(
            f"manifest.json, labels: {len(unknown)} unknown risks.", hint="use ids such as A.2.e.", unknown=unknown
        )
    absent = sorted(set(range(len(labels))) - {label.index for label in labels})
    if absent:
        raise LabelMapMissing(
            f"manifest.json, labels: outputs {', '.join(map(str, absent[:10]))} stand in no entry.",
            hint="number the entries 0, 1, 2 …, each once; an output without risk has an empty list.",
            missing=absent,
        )


def read_report(content: bytes, manifest_sha256: str) -> dict[str, Coverage]:
    """Measured coverage of each risk, if the report belongs to this manifest; nothing otherwise."""
    document = _document(content, "probe_report.json")
    if not isinstance(document, dict) or document.get("manifest_sha256") != manifest_sha256:
        return {}
    risks = document.get("risks")
    states: tuple[Coverage, ...] = ("measured-ok", "measured-weak", "unproven")
    if not isinstance(risks, dict) or not all(
        isinstance(entry, dict) and entry.get("status") in states for entry in risks.values()
    ):
        raise ManifestInvalid(
            "probe_report.json is not a report of the probe.", hint="run 'dataset-safety classifier probe' again."
        )
    return {risk: risks[risk]["status"] for risk in load_edition().risk_ids if risk in risks}


def _document(content: bytes, name: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise ManifestInvalid(f"{name} is not JSON.", hint="write it again, UTF-8.") from None


def _invalid(name: str, error: ValidationError) -> ManifestInvalid:
    places = [
        ".".join(map(str, fault["loc"])) + ": " + fault["msg"] for fault in error.errors(include_input=False, include_url=False)
    ]
    return ManifestInvalid(f"{name}: {'; '.join(places[:5])}.", hint="see the manifest of the bundled model.", places=places)
