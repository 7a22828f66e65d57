"""The models of an operator (B.2): registered as verified copies, one set of them active, every change kept.

Layout of the folder: ``<version>/`` for each model and ``active.json``, the list of states, the last one in force. A model that
is refused leaves everything as it was.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from dataset_safety import clock
from dataset_safety.classifier.errors import NotRegistered
from dataset_safety.classifier.models import Model, load_model

__all__ = ["Registry"]

_STATES = "active.json"
_FILES = ("manifest.json", "model.onnx", "tokenizer.json", "probe_report.json", "card.json", "card.md")


class Registry:
    """Registered models and which of them are active; bundled models stay in the package and are named by the caller."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def register(self, source: Path) -> Model:
        """Copy a model folder, if it can be loaded from the copy; the model is not active yet."""
        load_model(source)
        self._folder.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".staged-", dir=self._folder))
        try:
            for name in _FILES:
                if (source / name).is_file():
                    shutil.copyfile(source / name, staged / name)
            model = load_model(staged)
            target = self.folder_of(model.version)
            if not target.exists():
                staged.rename(target)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        return model

    def folder_of(self, version: str) -> Path:
        """Where a version stands, registered or not."""
        return self._folder / "".join(
            character if character.isalnum() or character in "-." else "_" for character in version
        ).lstrip(".")

    def registered(self) -> list[str]:
        """Versions that can be activated."""
        folders = [
            path
            for path in sorted(self._folder.glob("*/"))
            if not path.name.startswith(".") and (path / "manifest.json").is_file()
        ]
        return [load_model(folder).version for folder in folders]

    def activate(self, versions: list[str], *, by: str, reason: str) -> None:
        """Make exactly these versions active."""
        for version in versions:
            if not (self.folder_of(version) / "manifest.json").is_file():
                raise NotRegistered(
                    f"no model {version!r} is registered.", hint="see 'dataset-safety classifier card'.", version=version
                )
            load_model(self.folder_of(version))
        self._write([*self.history(), {"versions": versions, "at": clock.now().isoformat(), "by": by, "reason": reason}])

    def rollback(self, *, by: str, reason: str) -> list[str]:
        """Go back to the state before the last change; the change itself stays in the history."""
        history = self.history()
        if len(history) < 2:
            raise NotRegistered("there is no earlier state to go back to.", hint="activate a version by name.")
        earlier: list[str] = history[-2]["versions"]
        self.activate(earlier, by=by, reason=reason)
        return earlier

    def active(self) -> list[Path]:
        """Folders of the active models; none before the first activation."""
        history = self.history()
        return [self.folder_of(version) for version in history[-1]["versions"]] if history else []

    def history(self) -> list[dict[str, Any]]:
        """All states, the oldest first."""
        path = self._folder / _STATES
        states: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        return states

    def _write(self, states: list[dict[str, Any]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        staged = self._folder / f".{_STATES}"
        with staged.open("w", encoding="utf-8") as file:
            json.dump(states, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        staged.rename(self._folder / _STATES)
