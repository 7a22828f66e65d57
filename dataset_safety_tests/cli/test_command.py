"""The command line: quick help, clear errors, exit codes, JSON on stdout."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys

import polars as pl
import pytest

from dataset_safety.cli.main import VERBS
from dataset_safety.store.facade import open_store
from dataset_safety_tests.inboxes import jsonl, small_inbox, write_source
from dataset_safety_tests.store.encrypted import filled

IMPORTED = (
    "import sys; sys.argv = ['dataset-safety', '--help']\nfrom dataset_safety.cli.main import main\n"
    "try: main()\nexcept SystemExit: pass\nprint([name for name in ('polars', 'onnxruntime', 'dagster') if name in sys.modules])"
)


def test_help_is_quick_and_imports_nothing_heavy():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    finished = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"help took {after.ru_utime - before.ru_utime:.2f} s of CPU")
    assert finished.stdout.splitlines()[-1] == "[]"
    assert "demo" in finished.stdout


def test_definitions_load_without_polars_and_onnxruntime():
    code = "import dataset_safety.definitions, sys; print([m for m in ('polars', 'onnxruntime') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help_text(command, verb):
    finished = command(verb, "--help")
    assert finished.returncode == 0, finished.stderr
    assert "Usage" in finished.stdout


def test_a_misspelt_verb_is_answered_with_the_near_one(command):
    finished = command("reprot")
    assert finished.returncode == 2
    assert "Did you mean 'report'?" in finished.stderr


def test_an_inbox_without_sources_is_a_usage_error(command, tmp_path):
    (tmp_path / "inbox").mkdir()
    finished = command("run", "--inbox", tmp_path / "inbox", home=tmp_path / "home")
    assert finished.returncode == 2
    assert "Hint:" in finished.stderr


def test_an_unknown_key_names_the_near_one(command, tmp_path):
    write_source(tmp_path, "pre_training", "s", 'kind = "organisation"\ntitel = "x"\n', {"a.jsonl": jsonl([{"text": "hello"}])})
    finished = command("run", "--inbox", tmp_path, home=tmp_path / "home")
    assert finished.returncode == 2
    assert "titel" in finished.stderr
    assert "title" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_folder_that_cannot_be_listed_is_named(command, tmp_path):
    finished = command("run", "--inbox", tmp_path / "nowhere", home=tmp_path / "home")
    assert finished.returncode == 2
    assert "nowhere" in finished.stderr


def test_a_damaged_database_names_the_backup_command(command, tmp_path):
    inbox = small_inbox(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "safety.db").write_bytes(b"not a database at all, " * 500)
    finished = command("run", "--inbox", inbox, home=tmp_path / "home")
    assert finished.returncode == 4
    assert "dataset-safety backup" in finished.stderr


@pytest.fixture(scope="module")
def assessed(command, tmp_path_factory):
    root = tmp_path_factory.mktemp("small")
    inbox = small_inbox(root)
    finished = command("run", "--inbox", inbox, "--release", "first", "--json", home=root / "home")
    assert finished.returncode == 1, finished.stderr
    return root / "home", inbox, json.loads(finished.stdout)


def test_run_prints_one_json_document(assessed):
    _, _, document = assessed
    assert [one["stage"] for one in document["releases"]] == ["pre_training", "fine_tuning"]
    for one in document["releases"]:
        counts = one["counts"]
        assert set(counts) == {"units", "skipped", "kept", "removed", "held", "quarantined"}
        assert counts["units"] == counts["kept"] + counts["removed"] + counts["held"] + counts["quarantined"]
        assert set(one["verdicts"][0]) >= {"id", "verdict", "why", "required", "observed"}


def test_verdicts_report_and_ledger_read_what_run_stored(command, assessed):
    home, _, document = assessed
    shown = command("verdicts", "--release", "first", "--stage", "pre_training", "--json", home=home)
    assert shown.returncode == 1
    stored = json.loads(shown.stdout)["releases"][0]
    assert stored["verdicts"] == document["releases"][0]["verdicts"]
    assert stored["blocks_export"]
    written = json.loads(command("report", "--json", home=home).stdout)
    assert [one["report"] for one in written] == [one["report"] for one in document["releases"]]
    assert len(json.loads(command("ledger", "list", "--json", home=home).stdout)) == 2
    ledger = json.loads(command("ledger", "show", "--stage", "pre_training", "--json", home=home).stdout)
    missing = {source["source_id"]: source["missing"] for source in ledger[0]["sources"]}
    assert any("add-document" in gap["remedy"] for gap in missing["library-notes"])


def test_the_audit_log_verifies(command, assessed):
    found = json.loads(command("audit", "verify", "--json", home=assessed[0]).stdout)
    assert found["intact"]
    assert found["events"] > 5


def test_doctor_finds_nothing_wrong(command, assessed):
    finished = command("doctor", "--json", home=assessed[0])
    assert finished.returncode == 0, finished.stdout


def test_an_attestation_is_bound_to_its_population(command, assessed):
    home, inbox, _ = assessed
    refused = command("verdicts", "attest", "8.2.2.b.1", "--statement", "none", "--signer", "wang", home=home)
    assert refused.returncode == 2
    given = command("verdicts", "attest", "8.2.1.b.4", "--statement", "we have no partners", "--signer", "wang", home=home)
    assert given.returncode == 0, given.stderr
    again = json.loads(command("run", "--inbox", inbox, "--json", home=home).stdout)
    found = {row["id"]: row["verdict"] for row in again["releases"][0]["verdicts"]}
    assert found["8.2.1.b.4"] == "NOT_APPLICABLE"


def test_a_backup_comes_back(command, assessed, tmp_path):
    home = assessed[0]
    assert command("backup", "create", tmp_path / "copy", home=home).returncode == 0
    assert command("backup", "restore", tmp_path / "copy", home=tmp_path / "restored").returncode == 0
    before, after = (json.loads(command("audit", "verify", "--json", home=one).stdout) for one in (home, tmp_path / "restored"))
    assert after == before
    (next((tmp_path / "copy" / "objects").glob("*/*"))).write_bytes(b"changed")
    refused = command("backup", "restore", tmp_path / "copy", home=tmp_path / "again")
    assert refused.returncode == 2
    assert "damaged" in refused.stderr


def test_a_backup_says_which_copies_it_kept_from_damaged_objects(command, tmp_path):
    objects, frames, _ = filled(tmp_path / "home")
    with open_store(tmp_path / "home"):
        pass
    told = [command("backup", "create", tmp_path / "copy", home=tmp_path / "home")]
    objects.path(frames[0]).write_bytes(b"damaged")
    told.append(command("backup", "create", tmp_path / "copy", home=tmp_path / "home"))
    assert [one.returncode for one in told] == [0, 0] and "kept" not in told[0].stderr
    assert f"1 earlier copies were kept: these objects are damaged in the home, or could not be verified: {frames[0][:12]}…" in (
        told[1].stderr
    )


def test_scan_writes_one_row_for_each_row(command, tmp_path):
    rows = [
        {"body": "今天天气很好，我们去公园散步。"},
        {"body": ""},
        {"body": "Call me at +44 20 7946 0958 or write to jane.roe@mail.example.com"},
    ]
    (tmp_path / "in.jsonl").write_text(jsonl(rows) + "{broken\n", encoding="utf-8")
    finished = command("scan", tmp_path / "in.jsonl", "--out", tmp_path / "out.parquet", "--text-field", "body")
    assert finished.returncode == 0, finished.stderr
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found.columns == ["row", "outcome", "risks", "personal_information", "findings"]
    assert found["row"].to_list() == [0, 1, 2, 3]
    assert found["outcome"].to_list() == ["clear", "not_identified", "clear", "not_identified"]
    assert found["personal_information"][2].to_list()
    names = [field.name for field in found.schema["findings"].inner.fields]
    assert names[:7] == ["risk", "method", "version", "start", "end", "score", "effect"]


def test_scan_refuses_an_unknown_detector(command, tmp_path):
    (tmp_path / "in.txt").write_text("hello", encoding="utf-8")
    finished = command("scan", tmp_path / "in.txt", "--out", tmp_path / "o.parquet", "--detectors", "keyword,magic")
    assert finished.returncode == 2
    assert "magic" in finished.stderr


def test_a_full_disk_stops_the_run_and_the_next_one_completes(tmp_path):
    inbox = small_inbox(tmp_path)
    letters = random.Random(1)
    rows = [{"text": "".join(map(chr, letters.choices(range(0x4E00, 0x9FA5), k=700)))} for _ in range(4000)]
    (inbox / "pre_training" / "library-notes" / "large.jsonl").write_text(jsonl(rows), encoding="utf-8")
    code = (
        "import resource, signal, sys; limit = int(sys.argv.pop(1)); resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nfrom dataset_safety.cli.main import main\nmain()"
    )
    arguments = ["run", "--inbox", str(inbox), "--home", str(tmp_path / "home"), "--stage", "pre_training"]
    environment = {**os.environ, "DATASET_SAFETY_WORKERS": "1"}
    limited = subprocess.run([sys.executable, "-c", code, "4000000", *arguments], capture_output=True, text=True, env=environment)
    assert limited.returncode == 4, limited.stderr
    assert "no room left" in limited.stderr
    assert "Traceback" not in limited.stderr
    finished = subprocess.run(
        [sys.executable, "-m", "dataset_safety.cli.main", *arguments], capture_output=True, text=True, env=environment
    )
    assert finished.returncode == 1, finished.stderr
