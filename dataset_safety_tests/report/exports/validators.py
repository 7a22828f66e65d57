"""Validators of other projects, each in an environment of its own below ``.validators/``: their pins clash with ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3] / ".validators"
WANTED = {"compliance-trestle": "compliance-trestle==5.2.0", "mlcroissant": "mlcroissant[parquet]==1.1.1"}


def python_of(name: str) -> Path:
    """The Python that can import a validator; the test is skipped, and says why, where it cannot be installed."""
    python = ROOT / name / "bin" / "python"
    if not (ROOT / name / "installed").exists():
        venv.create(ROOT / name, with_pip=True, clear=True)
        done = subprocess.run([python, "-m", "pip", "install", "-q", WANTED[name]], capture_output=True, text=True, timeout=280)
        if done.returncode:
            pytest.skip(f"{WANTED[name]} cannot be installed: {done.stderr.strip().splitlines()[-1][:200]}")
        (ROOT / name / "installed").touch()
    return python


def ran(name: str, *arguments: str | Path, folder: Path) -> str:
    """What a validator's Python prints; a failure shows everything that it said."""
    done = subprocess.run([python_of(name), *arguments], capture_output=True, text=True, cwd=folder, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout, done.stderr, file=sys.stderr)
    return done.stdout + done.stderr
