"""A run that is killed at any moment and started again ends in the same state as one that was not."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from dataset_safety_tests.inboxes import small_inbox
from dataset_safety_tests.lasting import lasting_state

KILLED = -9


def run(inbox, home, step):
    arguments = [
        sys.executable,
        "-m",
        "dataset_safety_tests.crashing",
        str(step),
        "run",
        "--inbox",
        str(inbox),
        "--home",
        str(home),
    ]
    environment = {**os.environ, "DATASET_SAFETY_WORKERS": "1"}
    return subprocess.run(arguments, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    root = tmp_path_factory.mktemp("undisturbed")
    inbox = small_inbox(root)
    finished = run(inbox, root / "home", 0)
    assert finished.returncode in (1, 3), finished.stderr
    steps = int(re.search(r"steps=(\d+)", finished.stderr).group(1))
    return inbox, steps, lasting_state(root / "home")


def killed_and_repeated(undisturbed, home, step):
    inbox, _, expected = undisturbed
    assert run(inbox, home, step).returncode == KILLED
    finished = run(inbox, home, 0)
    assert finished.returncode in (1, 3), finished.stderr
    assert lasting_state(home) == expected


@pytest.mark.parametrize("share", [0.0, 0.12, 0.25, 0.37, 0.5, 0.62, 0.75, 0.87, 1.0])
@pytest.mark.timeout(600)
def test_killed_at_a_series_of_points(undisturbed, tmp_path, share):
    killed_and_repeated(undisturbed, tmp_path / "home", 1 + round(share * (undisturbed[1] - 1)))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_killed_at_every_point(undisturbed, tmp_path):
    for step in range(1, undisturbed[1] + 1):
        killed_and_repeated(undisturbed, tmp_path / f"home-{step}", step)


@pytest.mark.timeout(600)
def test_a_second_run_scans_nothing_again(undisturbed, tmp_path):
    inbox = undisturbed[0]
    for _ in range(2):
        run(inbox, tmp_path / "home", 0)
    assert lasting_state(tmp_path / "home") == undisturbed[2]
