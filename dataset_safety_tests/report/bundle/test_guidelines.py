"""A bundle carries the rules that answers count under: elsewhere its verdicts come out again whatever the guideline there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from dataset_safety.report.bundle.verifying import verify_bundle
from dataset_safety_tests.evaluation.guidelines import another_guideline, revised, revised_alike
from dataset_safety_tests.report.bundle.bundles import files_of
from dataset_safety_tests.report.bundle.conftest import bundle_of

CHECK = "8.2.2.b.2.manual"


def part_of(document: dict, name: str) -> dict:
    """One sub-check among the verdicts of a bundle."""
    waiting = list(document["verdicts"])
    while waiting:
        found = waiting.pop()
        if found["clause"] == name:
            return found
        waiting += found["parts"]
    raise AssertionError(name)


def test_answers_under_an_earlier_guideline_are_void_in_the_bundle_and_where_it_is_verified(demo_home, tmp_path, monkeypatch):
    home = shutil.copytree(demo_home, tmp_path / "home")
    before = part_of(json.loads(files_of(bundle_of(home, tmp_path / "before.zip").path)["verdicts.json"]), CHECK)
    assert "100 of 100 judged" in before["observed"]
    now = another_guideline(monkeypatch, revised)
    made = bundle_of(home, tmp_path / "after.zip")
    files = files_of(made.path)
    after = part_of(json.loads(files["verdicts.json"]), CHECK)
    assert after["value"] == "INCOMPLETE" and "100 were judged under an earlier guideline" in after["why"]
    assert files["settled.jsonl"] == b"" and now in files["tables/sampling-outdated.csv"].decode()
    assert "Answered under an earlier guideline" in files["report.html"].decode()
    assert not verify_bundle(made.path, made.public_key).differences
    elsewhere = [sys.executable, "-m", "dataset_safety.cli.main", "verify", str(made.path), "--json"]
    done = subprocess.run(elsewhere, capture_output=True, text=True, cwd=Path(__file__).parents[3])  # by the guideline that ships
    document = json.loads(done.stdout)
    assert document["verified"] and document["recomputed"]["settled_answers"] == 0


def test_versions_that_are_covered_only_since_the_last_run_count_where_a_bundle_is_verified(demo_home, tmp_path, monkeypatch):
    home = shutil.copytree(demo_home, tmp_path / "home")
    another_guideline(monkeypatch, revised)
    void = bundle_of(home, tmp_path / "void.zip")
    assert files_of(void.path)["settled.jsonl"] == b""
    monkeypatch.undo()
    another_guideline(monkeypatch, revised_alike)  # the same version of the rules, which now says that it covers the one before
    made = bundle_of(home, tmp_path / "covered.zip")
    assert "100 of 100 judged" in part_of(json.loads(files_of(made.path)["verdicts.json"]), CHECK)["observed"]
    assert len(files_of(made.path)["settled.jsonl"].splitlines()) == 100
    assert not verify_bundle(made.path, made.public_key).differences
