"""From INCOMPLETE to decided: a group judges, the run takes out what they condemned, the bundle verifies elsewhere."""

from __future__ import annotations

import polars as pl
import pytest

from dataset_safety.standard import Stage
from dataset_safety.store.facade import open_store
from dataset_safety_tests.inboxes import CHINESE, ENGLISH, jsonl, write_source
from dataset_safety_tests.review.drawn import Person, Server
from dataset_safety_tests.review.group import DECIDES, Group, Place, decide, finish, newest

PRESS = 'kind = "organisation"\n[origin]\ndataset_name = "{0}"\norganisation = "a press"\n'
MODEL = '[generated]\nmodel = "a model"\nversion = "1"\nacquired_at = 2026-01-01\n'
PLANTED = 11


@pytest.fixture
def small(tmp_path) -> Place:
    """Two stages of forty texts each, of which one is planted; those of fine-tuning were made by a model."""
    rows = [{"text": f"{CHINESE[n % 3]}第{n}条。{ENGLISH[n % 2]}"} for n in range(40)]
    for stage, toml in ((Stage.PRE_TRAINING, PRESS), (Stage.FINE_TUNING, PRESS + MODEL)):
        write_source(tmp_path / "inbox", stage.value, "notes", toml.format("notes"), {"a.jsonl": jsonl(rows)})
    return Place(tmp_path)


def test_a_group_takes_the_large_draws_from_incomplete_to_decided(small, tmp_path):
    first = small.run()
    assert all(first[stage][clause] == "INCOMPLETE" for stage, clause in DECIDES.items())
    server = Server(small.home).start()
    try:
        with open_store(small.home) as store:
            found = {stage: newest(store, stage)[0] for stage in Stage}
            rows = {stage: one.p1.filter(pl.col("unit") == PLANTED).collect() for stage, one in found.items()}
            planted = {stage: set(one["sample_id"]) for stage, one in rows.items()}
            decide(store, Group(store, server.url, set().union(*planted.values())).sign_up(), 20)
    finally:
        server.kill()
        while Person.opened:
            Person.opened.pop().close()
    finish(small, tmp_path, planted, {stage: one.corpus.kept for stage, one in found.items()})
