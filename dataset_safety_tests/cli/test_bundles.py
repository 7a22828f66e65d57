"""``report --bundle`` and ``verify`` as their users run them."""

from __future__ import annotations

import json

import pytest

from dataset_safety_tests.inboxes import small_inbox


@pytest.fixture(scope="module")
def home(command, tmp_path_factory):
    """A small inbox, taken through everything once."""
    root = tmp_path_factory.mktemp("small")
    assert command("run", "--inbox", small_inbox(root), home=root / "home").returncode == 1
    return root / "home"


def test_a_bundle_is_written_and_verified(command, home, tmp_path):
    made = command("report", "--stage", "pre_training", "--bundle", tmp_path / "b.zip", "--json", home=home)
    assert made.returncode == 0, made.stderr
    stated = json.loads(made.stdout)
    verified = command("verify", tmp_path / "b.zip", "--key", stated["public_key"])
    assert verified.returncode == 1 and "by the key stated" in verified.stdout and "verified; overall" in verified.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]


def test_the_public_variant_says_so(command, home, tmp_path):
    made = command("report", "--stage", "fine_tuning", "--bundle", tmp_path / "p.zip", "--public", home=home)
    assert made.returncode == 0 and "signed with public key" in made.stderr
    verified = command("verify", tmp_path / "p.zip")
    assert "PUBLIC" in verified.stdout and "SIGNER UNKNOWN" in verified.stdout and "not recomputed" in verified.stdout


def test_a_bundle_is_about_one_release(command, home, tmp_path):
    for arguments in (
        ["--bundle", tmp_path / "b.zip"],
        ["--public"],
        ["--bundle", tmp_path / "no" / "b.zip", "--stage", "fine_tuning"],
    ):
        finished = command("report", *arguments, home=home)
        assert finished.returncode == 2 and "Traceback" not in finished.stderr
    assert command("report", "--bundle", tmp_path / "b.zip", home=tmp_path / "empty").returncode == 2
    assert not (tmp_path / "b.zip").exists()


def test_a_key_that_is_none_is_refused(command, home, tmp_path):
    (tmp_path / "key").write_bytes(b"no key")
    finished = command("report", "--stage", "fine_tuning", "--bundle", tmp_path / "b.zip", "--key", tmp_path / "key", home=home)
    assert finished.returncode == 2 and "Hint:" in finished.stderr and not (tmp_path / "b.zip").exists()


def test_verify_never_imports_dagster(home):
    import subprocess
    import sys

    code = "import sys, dataset_safety.cli.verify, dataset_safety.report.bundle.verifying; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
