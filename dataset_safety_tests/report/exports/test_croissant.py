"""Croissant: the distribution is what can be had, and every RAI field says what is stored."""

from __future__ import annotations

import csv
import hashlib
import io

import polars as pl

from dataset_safety.report.exports.croissant import MANIFEST, croissant
from dataset_safety.report.exports.facts import published
from dataset_safety_tests.report.made import POPULATION, RELEASE, SECRET, stored


def test_without_an_export_the_manifest_of_the_release_is_distributed(store):
    document, manifest = croissant(published(store, RELEASE))
    (file,) = document["distribution"]
    assert file["contentUrl"] == MANIFEST and file["sha256"] == hashlib.sha256(manifest).hexdigest()
    assert list(csv.reader(io.StringIO(manifest.decode()))) == [
        ["source", "number", "sha256", "size_bytes"], ["site", "1", "1" * 64, "4321"]
    ]  # fmt: skip
    assert b"pages.jsonl" not in manifest


def test_exported_files_are_distributed_with_the_hash_that_they_have_now(exported_store):
    path = exported_store.home.exports / POPULATION / "part-00000.parquet"
    document, manifest = croissant(published(exported_store, RELEASE))
    file, parts = document["distribution"]
    assert manifest == b"" and file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    (records,) = document["recordSet"]
    schema = pl.read_parquet_schema(path)
    assert {field["name"] for field in records["field"]} == set(schema) - {"content", "turns"}
    assert "content, turns" in records["description"]
    assert {field["source"]["fileSet"]["@id"] for field in records["field"]} == {parts["@id"]}
    assert [field["name"] for field in records["field"] if field.get("repeated")] == ["remarks", "missing"]


def test_rai_fields_say_what_is_stored_and_no_sample(store):
    document, _ = croissant(published(store, RELEASE))
    assert document["rai:dataCollection"] == "website: A site, 7 samples for use"
    assert document["rai:annotationsPerItem"].startswith("0 of 2 judged samples")
    assert "personal information, email: samples 1, of these for use 0" in document["rai:personalSensitiveInformation"]
    assert any(line.startswith("Gender discrimination") for line in document["rai:dataBiases"])
    assert any(line.startswith("expected results that do not pass: 8.1.b.2") for line in document["rai:dataLimitations"])
    assert SECRET not in str(document) and "license" not in document and "not on record" in document["description"]


def test_names_in_the_manifest_are_no_formulas(store):
    release_id = stored(store, source="=cmd|' /C calc'!A0", release_id="7" * 64)
    _, manifest = croissant(published(store, release_id))
    assert list(csv.reader(io.StringIO(manifest.decode())))[1][0] == "'=cmd|' /C calc'!A0"
