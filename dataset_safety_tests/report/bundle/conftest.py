"""The demo corpus, taken through everything once and partly judged, and the bundles of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataset_safety.defs.running import assess_inbox
from dataset_safety.demo.corpus import build
from dataset_safety.evaluation.guideline import guideline
from dataset_safety.report.bundle.writing import Written, write_bundle
from dataset_safety.standard import Stage, load_edition
from dataset_safety.store import draws, releases
from dataset_safety.store.draws import Judgement, save_judgements
from dataset_safety.store.facade import open_store

REVIEWER = "reviewer-wang"
NOTE = "a note that quotes 138 0013 8000"


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory) -> Path:
    """A home with both stages of a small demo corpus, and answers about one draw."""
    root = tmp_path_factory.mktemp("demo")
    build(root / "inbox", samples_per_stage=500)
    assess_inbox(root / "inbox", root / "home", list(Stage), label="demo")
    with open_store(root / "home") as store:
        for stage in Stage:
            with store.database.read() as connection:
                release = releases.latest(connection, stage)
                made = next(one for one in draws.draws(connection, release.release_id) if one.purpose == "risk_records")
            items = store.objects.read_frame(made.items_object)
            at = ("2026-11-01T10:00:00+00:00", "2026-11-01T10:01:00+00:00")
            rules = guideline().version
            given = [
                Judgement(made.draw_id, name, "risk_record", "right", [], NOTE, reviewer, "reviewer", rules, shown, *at)
                for name, shown in items.select("sample_id", "shown_sha256").iter_rows()
                for reviewer in (REVIEWER, "reviewer-li")
            ]
            with store.database.write() as connection:
                save_judgements(connection, given)
    return root / "home"


def bundle_of(home: Path, target: Path, stage: Stage = Stage.PRE_TRAINING, **stated: object) -> Written:
    """A bundle of the newest release of a stage."""
    with open_store(home) as store:
        with store.database.read() as connection:
            release = releases.latest(connection, stage)
        return write_bundle(store, release, target, **stated)


@pytest.fixture(scope="session")
def full(demo_home, tmp_path_factory) -> Written:
    """The full bundle of the pre-training data."""
    return bundle_of(demo_home, tmp_path_factory.mktemp("full") / "bundle.zip")


@pytest.fixture(scope="session")
def published(demo_home, tmp_path_factory) -> Written:
    """The public variant of the same."""
    return bundle_of(demo_home, tmp_path_factory.mktemp("public") / "public.zip", variant="public")


@pytest.fixture(scope="session")
def edition():
    """The edition of the standard."""
    return load_edition()
