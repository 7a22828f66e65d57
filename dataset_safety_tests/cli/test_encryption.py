"""A run over an encrypted home ends as one over a plain home, and leaves nothing of its samples to be read on the disk."""

from __future__ import annotations

import json
import shutil

import polars as pl
import pytest

from dataset_safety.evaluation.populations import Populations
from dataset_safety.standard.stages import Stage
from dataset_safety.store import corpora, releases
from dataset_safety.store.facade import open_store
from dataset_safety.store.keyring import KEY_VARIABLE, SWITCH_VARIABLE
from dataset_safety.store.sealing import MAGIC
from dataset_safety_tests.inboxes import jsonl, small_inbox
from dataset_safety_tests.lasting import lasting_state
from dataset_safety_tests.store.encrypted import CANARY, new_key, shows

KEY = new_key()
ENCRYPTED = {SWITCH_VARIABLE: "1", KEY_VARIABLE: KEY, "DATASET_SAFETY_WORKERS": "2"}


@pytest.fixture(scope="module")
def homes(command, tmp_path_factory):
    """One inbox, with a canary in it, taken through everything plain and encrypted; and the plain home, converted."""
    root = tmp_path_factory.mktemp("encrypted")
    inbox = small_inbox(root)
    rows = [{"text": f"{CANARY}, said the keeper of lock {number}.", "url": "https://example.org/c"} for number in range(5)]
    (inbox / "pre_training" / "library-notes" / "canary.jsonl").write_text(jsonl(rows))
    for name, environment in (("plain", {}), ("sealed", ENCRYPTED)):
        arguments = ["run", "--inbox", inbox, "--stage", "pre_training", "--json"]
        finished = command(*arguments, home=root / name, environment=environment)
        assert finished.returncode == 1, finished.stderr
        assert KEY not in finished.stdout + finished.stderr
        (root / f"{name}.json").write_text(finished.stdout)
    shutil.copytree(root / "plain", root / "converted")
    turned = command("encryption", "on", "--json", home=root / "converted", environment={KEY_VARIABLE: KEY})
    assert turned.returncode == 0, turned.stderr
    assert json.loads(turned.stdout)["encrypted"] == len(files(root / "converted"))
    return inbox, root


def files(home):
    return sorted(path for path in (home / "objects").glob("*/*"))


def test_encryption_changes_no_name_count_or_verdict(homes, monkeypatch):
    _, root = homes
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    states = [lasting_state(root / name) for name in ("plain", "sealed", "converted")]
    assert states[0] == states[1] == states[2]
    assert len({tuple(path.name for path in files(root / name)) for name in ("plain", "sealed", "converted")}) == 1
    printed = [json.loads((root / f"{name}.json").read_text()) for name in ("plain", "sealed")]
    for one in (one for document in printed for one in document["releases"]):
        del one["report"]
    assert printed[0] == printed[1]


def test_nothing_of_the_samples_can_be_read_anywhere_in_the_home(homes):
    _, root = homes
    for name in ("sealed", "converted"):
        assert files(root / name)
        assert all(path.read_bytes().startswith(MAGIC) for path in files(root / name))
        assert shows(root / name) == []
    for words in (KEY.encode(), bytes.fromhex(KEY)):
        assert shows(root / "sealed", words) == []


def test_the_canary_is_in_what_the_rules_read(homes, monkeypatch):
    _, root = homes
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    found = []
    for name in ("plain", "sealed"):
        with open_store(root / name) as store:
            with store.database.read() as connection:
                release = releases.latest(connection, Stage.PRE_TRAINING)
                corpus = corpora.latest(connection, release.release_id)
            rows = Populations(store, corpus).p1
            found.append(rows.filter(pl.col("text").str.contains(CANARY, literal=True)).select("sample_id").collect())
    assert found[0].height == 5 and found[0].equals(found[1])


def test_a_second_run_scans_nothing_again(command, homes):
    inbox, root = homes
    before = files(root / "converted")
    again = command("run", "--inbox", inbox, "--stage", "pre_training", home=root / "converted", environment={KEY_VARIABLE: KEY})
    assert again.returncode == 1, again.stderr
    assert files(root / "converted") == before
    assert shows(root / "converted") == []


def test_a_bundle_of_an_encrypted_home_verifies_without_it(command, homes):
    _, root = homes
    bundle = root / "bundle.zip"
    written = command(
        "report", "--stage", "pre_training", "--bundle", bundle, home=root / "sealed", environment={KEY_VARIABLE: KEY}
    )
    assert written.returncode == 0, written.stderr
    checked = command("verify", bundle, "--json")
    assert checked.returncode == 1, checked.stderr
    found = {row["id"]: row["verdict"] for row in json.loads(checked.stdout)["verdicts"]}
    expected = json.loads((root / "sealed.json").read_text())["releases"][0]["verdicts"]
    assert found == {row["id"]: row["verdict"] for row in expected}


def test_without_the_key_a_run_and_doctor_say_what_is_missing(command, homes):
    inbox, root = homes
    refused = command("run", "--inbox", inbox, home=root / "sealed")
    assert refused.returncode == 2, refused.stderr
    assert KEY_VARIABLE in refused.stderr and "Traceback" not in refused.stderr
    looked = command("doctor", "--json", home=root / "sealed")
    assert looked.returncode == 1
    (finding,) = [one for one in json.loads(looked.stdout) if one["what"] == "encryption"]
    assert not finding["ok"] and "not at hand" in finding["detail"]


def test_doctor_and_status_tell_the_state(command, homes):
    _, root = homes
    count = len(files(root / "sealed"))
    looked = command("doctor", "--json", home=root / "sealed", environment={KEY_VARIABLE: KEY})
    assert looked.returncode == 0, looked.stdout
    found = {one["what"]: one["detail"] for one in json.loads(looked.stdout)}
    assert found["encryption"].startswith(f"{count} of {count} objects encrypted") and "database" in found["encryption"]
    shown = json.loads(command("encryption", "status", "--json", home=root / "sealed", environment={KEY_VARIABLE: KEY}).stdout)
    assert shown["objects"] == shown["encrypted"] == count and not shown["beside_data"]
    assert shown["by_key"] == {shown["key"]: count}
    assert "off" in command("encryption", "status", home=root / "plain").stdout
