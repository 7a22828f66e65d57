"""A home with one draw and registered people, and the real server over it."""

from __future__ import annotations

import pytest

from dataset_safety.review import reviewers
from dataset_safety.review.reviewers import Role
from dataset_safety.store.facade import open_store
from dataset_safety_tests.review.drawn import Person, Server


@pytest.fixture
def store(tmp_path):
    """An opened, empty home."""
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def tokens(store):
    """Tokens of four reviewers, an adjudicator and a viewer."""
    found = {name: reviewers.add(store, name, Role.REVIEWER, ["zh", "en"]) for name in ("an", "bo", "chen", "du")}
    found["judge"] = reviewers.add(store, "judge", Role.ADJUDICATOR, ["*"])
    return found | {"guest": reviewers.add(store, "guest", Role.VIEWER, ["en"])}


@pytest.fixture
def server(store):
    """The server's process; a test starts it when its draws are there."""
    made = Server(store.home.root)
    yield made
    made.kill()
    while Person.opened:
        Person.opened.pop().close()
