"""Another guideline in the place of the one that ships, as a later version of the program would bring it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dataset_safety.evaluation import guideline as module


def another_guideline(monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]) -> str:
    """Put a changed file in force until the test ends; the version of its rules."""
    changed = change(module.guideline_file().decode())
    monkeypatch.setattr(module, "guideline_file", changed.encode)
    module.guideline.cache_clear()
    return module.guideline().version


def revised(file: str) -> str:
    """Rules with a higher revision."""
    return file.replace("revision = 1", "revision = 2")


def revised_alike(file: str) -> str:
    """Rules with a higher revision that say the same as those before."""
    before = module.read_guideline(file.encode()).version
    return revised(file).replace("same = [", f'same = ["{before}", ')


def ruled_otherwise(file: str) -> str:
    """What violates, in one language of one risk, worded so that something else does."""
    return file.replace("recruits for a terrorist group", "names a terrorist group")


def worded_better(file: str) -> str:
    """The examples of what passes, the comments and the layout, without a word of a rule."""
    wrapped = file.replace('en = "Judge what the text itself does,', 'en = "Judge  what the text itself does,')
    return "# another comment\n" + wrapped.replace("an unflattering joke", "a joke that does not flatter")
