"""A run that is killed at any moment and started again ends in the same state as one that was not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from sqlalchemy import select

from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.store import audit, tables
from dataset_safety.store.facade import open_store
from dataset_safety_tests.inboxes import small_inbox

ONCE = ("collect.freeze", "preprocess.annotate", "preprocess.identify", "use.filter", "review.draw", "evaluate.verdicts")
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


def lasting_state(home):
    """Everything that counts, without times and keys: rows by their logical digests."""
    with open_store(home) as store, store.database.read() as connection:
        assert verify_chain(connection).intact
        events = Counter((event.action, event.subject) for event in audit.events(connection) if event.action in ONCE)
        assert set(events.values()) <= {1}
        rows = {
            "releases": select(tables.release.c.release_id, tables.release.c.stage),
            "parts": select(tables.annotation_part.c.shard_key, tables.annotation_part.c.digest),
            "labels": select(tables.labelling.c.digest, tables.labelling.c.recipe),
            "corpora": select(tables.corpus.c.corpus_id, tables.corpus.c.population, tables.corpus.c.kept),
            "counts": select(
                tables.corpus_shard.c.name, tables.corpus_shard.c.units, tables.corpus_shard.c.kept, tables.corpus_shard.c.held,
                tables.corpus_shard.c.removed, tables.corpus_shard.c.quarantined,
            ),
            "draws": select(tables.draw.c.purpose, tables.draw.c.draw_id),
            "verdicts": select(tables.verdict.c.release_id, tables.verdict.c.clause, tables.verdict.c.value),
        }  # fmt: skip
        return {name: sorted(map(tuple, connection.execute(query))) for name, query in rows.items()}


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
