"""The command as its users run it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def dataset_safety(*arguments, home=None, environment=None):
    """Run ``dataset-safety`` and return the finished process."""
    command = [sys.executable, "-m", "dataset_safety.cli.main", *map(str, arguments)]
    if home is not None:
        command += ["--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})})


@pytest.fixture(scope="session")
def command():
    """The command as a function."""
    return dataset_safety


@pytest.fixture(scope="session")
def assessed_inbox(inbox, tmp_path_factory):
    """The real inbox, taken through everything once: home folder, exit code and the JSON that was printed."""
    home: Path = tmp_path_factory.mktemp("real") / "home"
    finished = dataset_safety("run", "--inbox", inbox, "--json", home=home)
    assert finished.returncode == 1, finished.stderr
    return home, {one["stage"]: one for one in json.loads(finished.stdout)["releases"]}
