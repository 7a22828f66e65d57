"""T6: counts of the library that labelled a release, its generations with who signed, and what it blocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dataset_safety import clock
from dataset_safety.keywords import refreshing
from dataset_safety.keywords.refreshing import activate, approve, in_force, refresh
from dataset_safety.keywords.rollback import rollback
from dataset_safety.report.gathering import gather
from dataset_safety.report.html import render
from dataset_safety.report.keyword_table import APPROVED, FOLDERS, ROLLED_BACK, labelling_library, library_table
from dataset_safety.standard import load_edition
from dataset_safety.store.facade import open_store
from dataset_safety_tests.keywords.refreshed import add_approvers, drop, small_shipped
from dataset_safety_tests.report.made import LIBRARY, stored

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALONE = "One approver is enough"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(refreshing, "shipped", small_shipped(tmp_path))
    with clock.fixed(MONDAY), open_store(tmp_path / "home") as opened:
        yield opened


def table(store):
    library = in_force(store)
    with store.database.read() as connection:
        return library_table(store, connection, load_edition(), library, f"{library.generation[:16]}/1")


def changed(store, text: str, *signers: str, name: str = "one-A.1.h.zh.txt") -> None:
    """A change that these people approve."""
    drop(store.home.root, text, name)
    refresh(store, author="chen")
    for signer in signers:
        approve(store, signer)
    activate(store)


def test_before_any_approved_change_the_files_hold_and_nobody_signed(store):
    found = table(store)
    assert [row.how for row in found.generations] == [FOLDERS] and found.signed is None
    assert found.approvers_needed == 2 and found.age_days == 3 and found.late == []


def test_an_approved_change_shows_who_signed_and_how_many_it_needed(store):
    in_force(store)
    add_approvers(store, "wang", "liu")
    changed(store, "新型迷幻药水货到付款 @review", "wang", "liu")
    found = table(store)
    last = found.generations[-1]
    assert (last.how, last.needed, last.signers, last.gap_days) == (APPROVED, 2, ("liu", "wang"), 3)
    assert found.signed == 2 and last.operator == 1 and found.operator == 1


def test_a_gap_over_a_week_is_counted_and_a_rollback_returns_to_older_content(store):
    in_force(store)
    add_approvers(store, "wang", "liu")
    with clock.fixed(MONDAY + timedelta(days=9)):
        changed(store, "新型迷幻药水货到付款 @review", "wang", "liu")
        rollback(store, "wang", reason="too broad")
        found = table(store)
    assert [row.how for row in found.generations] == [FOLDERS, APPROVED, ROLLED_BACK]
    assert [row.gap_days for row in found.generations] == [None, 12, None]
    assert len(found.late) == 1 and found.signed is None
    assert found.age_days == 12


def test_one_approver_is_said_loudly(store):
    release_id = stored(store)
    assert ALONE not in render(gather(store, release_id))
    (store.home.root / "keywords.toml").write_text("approvers = 1\n", encoding="utf-8")
    document = render(gather(store, release_id))
    assert ALONE in document and "One person alone can change" in document


def test_counts_are_those_of_the_generation_that_labelled_the_release(store):
    found = gather(store, stored(store)).detection.library
    assert found.stored and found.labelled_with == LIBRARY.generation and (found.bundled, found.operator) == (1, 1)
    row = next(row for row in found.rows if row.risk == "A.1.h")
    assert (row.total, row.bundled, row.operator, row.languages, row.effects) == (2, 1, 1, {"en": 2}, {"review": 2})
    assert row.required == 200 and len(found.rows) == 29


def test_a_generation_that_is_not_stored_is_said_so(store):
    assert labelling_library(store, "") is None and labelling_library(store, "f" * 16 + "/1") is None


def test_blocked_samples_count_by_whose_entry_and_held_counts_as_blocked(store):
    data = gather(store, stored(store))
    row = data.detection.blocking.sources[0]
    assert (row.samples, row.removed, row.held, row.blocked) == (10, 2, 1, 3)
    assert (row.by_bundled, row.by_operator) == (2, 2)
    assert (row.cleared, row.confirmed) == (1, 0)
    control = data.detection.blocking.controls[0]
    assert (control.texts, control.blocked, control.by_bundled, control.by_operator) == (50, 2, 2, 1)
