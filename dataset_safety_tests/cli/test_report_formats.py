"""``report --as``: files of one format, and no mixing with the other outputs."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dataset_safety.cli.report import command
from dataset_safety.store.facade import open_store
from dataset_safety_tests.report.made import RELEASE, stored


@pytest.fixture
def home(tmp_path):
    with open_store(tmp_path / "home") as store:
        stored(store)
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("oscal", {"catalog.json", "assessment-plan.json", "assessment-results.json"}),
        ("croissant", {"croissant.json", "release-files.csv"}),
        ("card", {"README.md"}),
        ("eu-summary", {"eu-summary.md", "eu-summary.html"}),
    ],
)
def test_each_format_is_written_beside_the_report_or_where_asked(home, tmp_path, form, names):
    done = CliRunner().invoke(command, ["--home", str(home), "--as", form, "--json"])
    (told,) = json.loads(done.stdout)
    assert told["release"] == RELEASE and {path.rpartition("/")[2] for path in told["files"]} == names
    assert (home / "reports" / RELEASE[:12] / form).is_dir()
    done = CliRunner().invoke(command, ["--home", str(home), "--as", form, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0 and {path.name for path in (tmp_path / "out").iterdir()} == names


@pytest.mark.parametrize("arguments", [["--as", "card", "--pdf"], ["--as", "card", "--public"], ["--out", "x"], ["--as", "word"]])
def test_what_does_not_go_together_is_a_usage_error(home, arguments):
    assert CliRunner().invoke(command, ["--home", str(home), *arguments]).exit_code == 2
