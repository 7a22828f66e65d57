"""Where the files that ship beside the code stand: in the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Path of ``keyword_store``, ``workspace.yaml`` or ``dagster.yaml``."""
    installed = PACKAGE / "shipped" / name
    return installed if installed.exists() else PACKAGE.parent / name


def bundled_model() -> Path:
    """Folder of the classification model that ships with the package."""
    return PACKAGE / "classifier" / "bundled"
