"""Writing a bundle: the release is evaluated at this moment, gathered, signed, and published only if it verifies."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from dataset_safety import __version__, clock
from dataset_safety.errors import ConfigurationError
from dataset_safety.evaluation.assessment import assess_release
from dataset_safety.report.bundle import leaving_out, public
from dataset_safety.report.bundle.counting import facts_of
from dataset_safety.report.bundle.errors import NotReproducible
from dataset_safety.report.bundle.evidence import add_evidence
from dataset_safety.report.bundle.manifest import Manifest, manifest_schema
from dataset_safety.report.bundle.page import PAGE
from dataset_safety.report.bundle.recomputing import VERDICTS
from dataset_safety.report.bundle.staging import Staging
from dataset_safety.report.bundle.tables import JSON, json_bytes, plain, tables_of
from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety.report.gathering import gather
from dataset_safety.report.html import render
from dataset_safety.standard import load_edition, worst
from dataset_safety.store import corpora
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.store.verdicts import Assessment


@dataclass(frozen=True, slots=True)
class Written:
    """A published bundle: where, how large, about what, and the public key that signed it."""

    path: Path
    size: int
    members: int
    manifest: Manifest
    public_key: str


def write_bundle(
    store: Store, release: Release, target: Path, *, key: Path | None = None, variant: Literal["full", "public"] = "full"
) -> Written:
    """One bundle at ``target``; :class:`NotReproducible` if its own evidence does not give its verdicts again."""
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        message = f"a bundle cannot be written into {target.parent}"
        raise ConfigurationError(message, hint="name a file in a folder that is there and that you may write to.", path=target)
    with TemporaryDirectory(prefix=".bundle-", dir=target.parent) as folder, clock.fixed(clock.now()):
        assessment = assess_release(store, release)
        staging = Staging(Path(folder))
        staging.add("README.txt", resources.files("dataset_safety.report.bundle").joinpath("README.txt").read_bytes())
        staging.add("manifest.schema.json", json_bytes(manifest_schema()))
        add = _add_public if variant == "public" else _add_full
        manifest = add(staging, store, release, assessment)
        public_key = staging.sign(manifest, store.home, key)
        size = staging.publish(target, lambda path: _check(path, public_key))
    return Written(target, size, len(staging.files), manifest, public_key)


def _add_full(staging: Staging, store: Store, release: Release, assessment: Assessment) -> Manifest:
    data = gather(store, release.release_id)
    shown = plain(data)
    staging.add(PAGE, render(data).encode("utf-8"))
    _add_document(staging, JSON, shown)
    verdicts = {**asdict(assessment), "stage": assessment.stage.value, "verdicts": [asdict(one) for one in assessment.verdicts]}
    staging.add(VERDICTS, json_bytes(verdicts))
    with store.database.read() as connection:
        corpus = corpora.latest(connection, release.release_id)
        assert corpus is not None  # gather() saw it
        add_evidence(staging, store, connection, release, corpus)
    return _manifest(staging, release, assessment, "full", leaving_out.IN_WORDS)


def _add_public(staging: Staging, store: Store, release: Release, assessment: Assessment) -> Manifest:
    document = public.summary(store, gather(store, release.release_id), assessment)
    _add_document(staging, public.SUMMARY, document)
    facts = facts_of(_manifest(staging, release, assessment, "public", public.IN_WORDS))
    staging.add(public.PAGE, public.page(document, facts))
    return _manifest(staging, release, assessment, "public", public.IN_WORDS)


def _add_document(staging: Staging, name: str, document: dict[str, Any]) -> None:
    """A JSON document, and its tables as CSV."""
    staging.add(name, json_bytes(document))
    for table, content in tables_of(document).items():
        staging.add(table, content)


def _manifest(
    staging: Staging, release: Release, assessment: Assessment, variant: Literal["full", "public"], left_out: tuple[str, ...]
) -> Manifest:
    edition = load_edition()
    return Manifest(
        variant=variant,
        tool=f"dataset-safety {__version__}",
        stage=release.stage,
        release=release.release_id,
        population=assessment.population,
        edition=edition.id,
        edition_digest=assessment.edition,
        assessment=assessment.assessment,
        evaluated_at=clock.now(),
        overall=worst(verdict.value for verdict in assessment.verdicts),
        left_out=list(left_out),
        members=staging.facts(),
    )


def _check(path: Path, public_key: str) -> None:
    found = verify_bundle(path, public_key)
    if found.differences:
        first = found.differences[0]
        raise NotReproducible(
            f"the bundle does not give its verdicts again ({len(found.differences)} differences, the first at {first.where}: "
            f"{first.what} is {first.stated}, found {first.found})",
            hint="if people are judging now, try again; otherwise report this.",
            differences=found.differences,
        )
