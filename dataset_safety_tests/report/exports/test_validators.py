"""What we export is valid to the projects that keep the formats: compliance-trestle for OSCAL, mlcroissant for Croissant."""

from __future__ import annotations

import json
import shutil

import pytest

from dataset_safety.report.exports.formats import Format
from dataset_safety.report.exports.writing import write_documents
from dataset_safety_tests.report.exports.validators import ran
from dataset_safety_tests.report.made import POPULATION, RELEASE, stored

pytestmark = [pytest.mark.validators, pytest.mark.timeout(600)]
HOSTILE = '"}]\n---\n<script>[a](javascript:1)\u202e {{ 7*7 }} \x00 | `'
READING = """
import json, sys, mlcroissant
data = mlcroissant.Dataset(jsonld=sys.argv[1])
read = {records.uuid: sum(1 for _ in data.records(records.uuid)) for records in data.metadata.record_sets}
issues = data.metadata.issues
problems = [*issues.errors, *(one for one in issues.warnings if "is recommended, but does not exist" not in one)]
print(json.dumps({"problems": sorted(problems), "records": read}))
"""


@pytest.mark.parametrize("title", ["A site", HOSTILE])
def test_trestle_accepts_the_three_documents_of_oscal(store, tmp_path, title):
    release_id = RELEASE if title == "A site" else stored(store, title=title, why=title, release_id="7" * 64)
    paths = write_documents(store, release_id, Format.OSCAL, tmp_path / "oscal")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    trestle = ("-m", "trestle")
    ran("compliance-trestle", *trestle, "init", folder=workspace)
    for path in paths:
        ran("compliance-trestle", *trestle, "import", "-f", path, "-o", "made", folder=workspace)
    assert ran("compliance-trestle", *trestle, "validate", "-a", folder=workspace).count("VALID: Model") == 3


@pytest.mark.parametrize("title", ["A site", HOSTILE])
def test_mlcroissant_accepts_the_manifest_and_reads_it(store, tmp_path, title):
    release_id = RELEASE if title == "A site" else stored(store, title=title, why=title, release_id="7" * 64)
    document, _ = write_documents(store, release_id, Format.CROISSANT, tmp_path)
    found = json.loads(ran("mlcroissant", "-c", READING, document, folder=tmp_path).splitlines()[0])
    assert found == {"problems": [], "records": {"files": 1}}


def test_mlcroissant_reads_every_exported_row(exported_store, tmp_path):
    (document,) = write_documents(exported_store, RELEASE, Format.CROISSANT, tmp_path)
    shutil.copy(exported_store.home.exports / POPULATION / "part-00000.parquet", tmp_path)
    found = json.loads(ran("mlcroissant", "-c", READING, document, folder=tmp_path).splitlines()[0])
    assert found == {"problems": [], "records": {"samples": 7}}
