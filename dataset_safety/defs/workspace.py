"""Where Dagster's runs find the home folder and the inbox: from the environment, or stated in run configuration."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from dataset_safety.errors import ConfigurationError
from dataset_safety.standard.stages import Stage
from dataset_safety.store.facade import Store, open_store
from dataset_safety.store.home import HOME_VARIABLE, Home

if TYPE_CHECKING:
    from dataset_safety.preprocessing.recipes import DetectorSources

INBOX_VARIABLE = "DATASET_SAFETY_INBOX"
RELEASES = {stage: dg.DynamicPartitionsDefinition(name=f"{stage.value}_release") for stage in Stage}


class Workspace(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The home folder and the inbox that this code location works with."""

    home: str = ""
    inbox: str = ""

    def path(self) -> Home:
        """The home folder."""
        return Home.find(self.home or os.environ.get(HOME_VARIABLE))

    def inbox_path(self) -> Path:
        """The inbox, or a clear error when none was named."""
        stated = self.inbox or os.environ.get(INBOX_VARIABLE, "")
        if not stated:
            raise ConfigurationError(
                "no inbox is named", hint=f"set {INBOX_VARIABLE}, or start with `dataset-safety ui --inbox DIR`."
            )
        return Path(stated)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The opened store."""
        with open_store(self.path()) as store:
            yield store

    def detector_sources(self) -> "DetectorSources":
        """The keyword generation in force and the active models of this home."""
        from dataset_safety.preprocessing.recipes import sources_of

        return sources_of(self.path())
