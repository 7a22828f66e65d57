from __future__ import annotations

import json

import polars as pl
import pytest
from click.testing import CliRunner

from dataset_safety.classifier.errors import ScoredFileInvalid
from dataset_safety.classifier.scored import ImportedScores, SampleScore, import_scored, imported_files, read_scored
from dataset_safety.cli.classifier import command
from dataset_safety.preprocessing.identification import identification_records
from dataset_safety.preprocessing.recipes import recipe_content, sources_of
from dataset_safety.store.home import Home

GOOD = {"sample_id": "s1", "risk": "A.2.e", "score": 0.75, "model": "guard", "version": "1"}


@pytest.mark.parametrize("name", ["scores.jsonl", "scores.csv"])
def test_a_scored_file_is_read(tmp_path, name):
    path = tmp_path / name
    lines = [",".join(GOOD), ",".join(map(str, GOOD.values()))] if name.endswith("csv") else [json.dumps(GOOD), ""]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert list(read_scored(path)) == [SampleScore("s1", "A.2.e", 0.75, "guard", "1")]


@pytest.mark.parametrize(
    "change",
    [
        {"risk": "A.9.z"},
        {"score": 1.5},
        {"score": float("nan")},
        {"score": True},
        {"score": None},
        {"sample_id": ""},
        {"extra": 1},
        {"model": "m" * 300},
    ],
)
def test_a_bad_record_is_refused_with_its_line(tmp_path, change):
    path = tmp_path / "scores.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD | {"sample_id": "s2"} | change) + "\n", encoding="utf-8")
    with pytest.raises(ScoredFileInvalid) as refused:
        list(read_scored(path))
    assert refused.value.line == 2


def test_a_score_given_twice_is_refused(tmp_path):
    path = tmp_path / "scores.jsonl"
    path.write_text((json.dumps(GOOD) + "\n") * 2, encoding="utf-8")
    with pytest.raises(ScoredFileInvalid, match="line 2"):
        list(read_scored(path))


def written(tmp_path, *records):
    path = tmp_path / "scores.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_imported_scores_are_noted_and_leave_the_outcome_alone(tmp_path):
    path = written(tmp_path, GOOD, GOOD | {"sample_id": "s2", "score": 0.2}, GOOD | {"sample_id": "elsewhere"})
    import_scored(path, tmp_path / "models")
    columns = {"sample_id": ["s1", "s2"], "content_sha256": ["a", "b"], "data_type": ["text:en"] * 2, "text": ["calm", "words"]}
    samples = pl.DataFrame(columns).with_columns(generated=pl.lit(False))
    records = identification_records(samples, [], "r", ImportedScores(imported_files(tmp_path / "models")))
    assert records["outcome"].to_list() == ["clear", "clear"]
    (noted,), nothing = records["findings"].to_list()
    assert (noted["risk"], noted["effect"], noted["end"], noted["version"]) == ("A.2.e", "note", 4, "guard-1/imported")
    assert nothing == []


def test_the_command_imports_a_file_and_the_recipe_changes(tmp_path):
    home = Home.find(tmp_path / "home")
    before = recipe_content(sources_of(home, detectors=("model",)))
    done = CliRunner().invoke(command, ["import-scores", str(written(tmp_path, GOOD)), "--home", str(home.root)])
    assert done.exit_code == 0 and done.output.startswith("1 scores")
    assert recipe_content(sources_of(home, detectors=("model",))) != before


@pytest.mark.parametrize("records", [(), (GOOD, GOOD | {"risk": "A.9.z"})])
def test_a_refused_file_leaves_nothing_behind(tmp_path, records):
    with pytest.raises(ScoredFileInvalid):
        import_scored(written(tmp_path, *records), tmp_path / "models")
    assert imported_files(tmp_path / "models") == ()
