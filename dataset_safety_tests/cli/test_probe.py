"""``probe`` and ``audit checkpoint`` as their users run them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from dataset_safety.safeguards.probes.registry import PROBES
from dataset_safety.store import audit
from dataset_safety.store.facade import open_store
from dataset_safety_tests.safeguards.probes.servers import free_port, graphql, served
from dataset_safety_tests.safeguards.test_checkpoints import cut_off, replaced, stored


@pytest.fixture
def home(tmp_path):
    with open_store(tmp_path / "home") as store:
        for number in range(9):
            with store.database.write() as connection:
                audit.append(connection, "test", f"event {number}")
        store.objects.publish_bytes(b"an object")
        store.home.key("identity")
    return tmp_path / "home"


def document(finished):
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_nothing_was_probed_yet(command, home):
    finished = command("probe", "show", home=home)
    assert finished.returncode == 0 and "dataset-safety probe run" in finished.stdout
    assert document(command("probe", "show", "--json", home=home))["probes"] == []


def test_every_probe_is_listed_with_what_it_expects(command):
    rows = document(command("probe", "list", "--json"))["probes"]
    assert {row["probe"] for row in rows} == {probe.name for probe in PROBES} and all(row["expects"] for row in rows)
    assert "canary_flipped_byte" in command("probe", "list").stdout


def test_probes_run_are_shown_and_recorded(command, home, tmp_path):
    assert command("backup", "create", tmp_path / "backup", home=home).returncode == 0
    with served(graphql("secret")) as address:
        found = document(
            command("probe", "run", "--family", "access", "--family", "backup", "--family", "authentication",
                    "--dagster-url", address, "--json", home=home)
        )  # fmt: skip
    assert found["coverage"]["authentication"] == {"asked": 1, "passed": 1}
    assert found["coverage"]["backup"] == {"asked": 4, "passed": 4}
    places = {row["place"] for row in found["inventory"]}
    assert places >= {"home", "database", "objects", "keys", "dagster home", "backup", address}
    shown = document(command("probe", "show", "--json", home=home))
    assert shown["inventory"] == found["inventory"] and len(shown["probes"]) == len(found["probes"])
    words = command("probe", "show", home=home).stdout
    assert "backup          4 of 4 probes passed" in words and "file_modes" in words
    assert command("probe", "retire", address, "--reason", "gone", "--by", "chen", home=home).returncode == 0
    assert address not in json.dumps(document(command("probe", "show", "--json", home=home))["inventory"])


def test_a_failed_probe_says_what_was_expected_and_what_to_do(command, home):
    home.chmod(0o755)
    finished = command("probe", "run", "--family", "access", home=home)
    assert finished.returncode == 0
    line = next(line for line in finished.stdout.splitlines() if line.startswith("failed") and "file_modes" in line)
    assert "home" in line and "expected: " in finished.stdout and "to do: operators: " in finished.stdout


def test_an_address_that_is_none_is_a_usage_error(command, home):
    finished = command("probe", "run", "--dagster-url", "localhost:3000", home=home)
    assert finished.returncode == 2 and "Hint:" in finished.stderr


def test_an_alert_is_listed_and_closed_with_an_action(command, home):
    home.chmod(0o755)
    receiver = subprocess.Popen(
        [sys.executable, "-m", "dataset_safety.cli.main", "probe", "receive", "--port", str(port := free_port())],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert "alerts on" in receiver.stderr.readline()
        webhook = {"DATASET_SAFETY_ALERT_WEBHOOK": f"http://127.0.0.1:{port}/"}
        found = document(command("probe", "run", "--family", "monitoring", "--json", home=home, environment=webhook))
        assert found["coverage"]["monitoring"] == {"asked": 5, "passed": 5}
        told = json.loads(receiver.stdout.readline())
    finally:
        receiver.terminate()
        receiver.communicate()
    (alert,) = document(command("probe", "alert", "list", "--json", home=home))["alerts"]
    assert (alert["monitor"], alert["open"], told["alert"]) == ("exposed_files", True, alert["alert"])
    assert command("probe", "alert", "close", alert["alert"], "--action", "chmod 700", home=home).returncode == 2
    closed = command("probe", "alert", "close", alert["alert"][:8], "--action", "chmod 700", "--by", "chen", home=home)
    assert closed.returncode == 0
    assert command("probe", "alert", "list", home=home).stdout.strip() == "no open alerts"
    assert "by chen: chmod 700" in command("probe", "alert", "list", "--all", home=home).stdout
    assert command("probe", "alert", "close", "nothing", "--action", "a", "--by", "b", home=home).returncode == 2


def test_a_log_that_was_cut_off_is_noticed_from_its_checkpoints(command, home, tmp_path):
    assert command("audit", "checkpoint", home=home).returncode == 2
    made = document(command("audit", "checkpoint", "--to", tmp_path / "second", "--json", home=home))
    assert made["size"] == 9
    sound = document(command("audit", "verify", "--key", made["public_key"], "--json", home=home))
    assert (sound["checkpoints"], sound["problems"], sound["signer_known"]) == (1, [], True)
    assert "SIGNER UNKNOWN" in command("audit", "verify", home=home).stdout
    assert command("audit", "verify", "--key", "0" * 64, home=home).returncode == 1
    with open_store(home) as store, store.database.write() as connection:
        replaced(connection, cut_off(stored(connection)))
    finished = command("audit", "verify", "--checkpoints", tmp_path / "second", "--key", made["public_key"], home=home)
    assert finished.returncode == 1 and "DIFFERS: the log was cut off" in finished.stdout
    shutil.rmtree(tmp_path / "second")
    assert command("audit", "verify", home=home).returncode == 2


def test_without_checkpoints_the_command_says_what_could_not_be_noticed(command, home):
    finished = command("audit", "verify", home=home)
    assert finished.returncode == 0 and "audit checkpoint --to DIR" in finished.stdout
