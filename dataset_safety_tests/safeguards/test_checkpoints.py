"""Signed checkpoints outside the database: whatever somebody does to the log, a checkpoint ever written tells (8.1 b 5)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dataset_safety import clock
from dataset_safety.safeguards import checkpoints
from dataset_safety.safeguards.audit_log import verify_chain
from dataset_safety.safeguards.checkpoints import FILE, CheckpointRefused, held_against, read_checkpoints, write_checkpoint
from dataset_safety.safeguards.places import CHECKPOINTS, PlaceInside, remembered
from dataset_safety.store import audit
from dataset_safety.store.audit import AuditEvent
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.database import Database
from dataset_safety.store.facade import open_store


def fill(store, n):
    for number in range(n):
        with store.database.write() as connection:
            audit.append(connection, "test", f"subject {number}", number=number)


def stored(connection):
    return [dict(row._mapping) for row in connection.execute(text("SELECT * FROM audit_event ORDER BY seq"))]


def replaced(connection, rows):
    """Write the log anew, past the triggers."""
    for verb in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER audit_event_no_{verb}"))
    connection.execute(text("DELETE FROM audit_event"))
    columns = list(AuditEvent.__slots__)
    values = ", ".join(f":{name}" for name in columns)
    for row in rows:
        connection.execute(text(f"INSERT INTO audit_event ({', '.join(columns)}) VALUES ({values})"), row)


def chained(rows):
    """The same events with numbers, predecessors and hashes that fit: what somebody does who knows how the chain is made."""
    previous, made = audit.GENESIS, []
    for number, row in enumerate(rows, 1):
        event = AuditEvent(**{**row, "seq": number, "previous": previous, "hash": ""})
        previous = event.expected_hash()
        made.append({**row, "seq": number, "previous": event.previous, "hash": previous})
    return made


def edited(rows):
    rows[3]["detail"] = "{}"
    return rows


def without_the_middle(rows):
    return rows[:3] + rows[4:]


def swapped(rows):
    rows[3], rows[4] = {**rows[4], "seq": rows[3]["seq"]}, {**rows[3], "seq": rows[4]["seq"]}
    return rows


def cut_off(rows):
    return rows[:6]


def written_anew(rows):
    rows[3]["actor"] = "somebody else"
    return chained(rows)


def with_a_forged_event(rows):
    forged = {**rows[5], "action": "use.export", "subject": "forged"}
    return chained([*rows[:6], forged, *rows[6:]])


def with_a_forged_hash(rows):
    return [*rows, {**rows[-1], "seq": len(rows) + 1, "previous": "f" * 64, "hash": "e" * 64}]


ATTACKS = (edited, without_the_middle, swapped, cut_off, written_anew, with_a_forged_event, with_a_forged_hash)
ONLY_CHECKPOINTS_TELL = (cut_off, written_anew, with_a_forged_event)


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_on_a_copy_of_the_log_is_noticed(store, tmp_path, attack):
    fill(store, 8)
    write_checkpoint(store, tmp_path / "second")
    fill(store, 2)
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(store.home.root / "safety.db")) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    database = Database(f"sqlite:///{copy}")
    try:
        with database.write() as connection:
            replaced(connection, attack(stored(connection)))
        with database.read() as connection:
            alone = verify_chain(connection)
            state = held_against(connection, read_checkpoints(tmp_path / "second"))
    finally:
        database.close()
    assert not state.intact
    assert alone.intact == (attack in ONLY_CHECKPOINTS_TELL)
    with store.database.read() as connection:
        assert held_against(connection, read_checkpoints(tmp_path / "second")).intact


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_checkpoints_at_any_moments_are_prefixes_of_the_log(tmp_path_factory, plan):
    folder = tmp_path_factory.mktemp("any")
    with open_store(folder / "home") as opened:
        for number in plan:
            fill(opened, number)
            write_checkpoint(opened, folder / "second")
        written = read_checkpoints(folder / "second")
        with opened.database.read() as connection:
            state = held_against(connection, written, written[0].public_key)
    assert state.intact and len(state.checkpoints) == len(plan)
    assert [one.size for one in written] == sorted(one.size for one in written)


def test_a_place_inside_the_home_is_refused(store):
    with pytest.raises(PlaceInside):
        write_checkpoint(store, store.home.root / "checkpoints")


def test_no_checkpoint_of_a_log_that_was_cut_off_is_written(store, tmp_path):
    fill(store, 5)
    write_checkpoint(store, tmp_path / "second")
    before = (tmp_path / "second" / FILE).read_bytes()
    with store.database.write() as connection:
        replaced(connection, stored(connection)[:2])
    with pytest.raises(CheckpointRefused, match="cut off"):
        write_checkpoint(store, tmp_path / "second")
    assert (tmp_path / "second" / FILE).read_bytes() == before


@pytest.mark.parametrize("change", ["drop the last", "drop the first", "empty", "another size", "another key", "no json", "swap"])
def test_a_changed_file_of_checkpoints_is_noticed(store, tmp_path, change):
    for _ in range(3):
        fill(store, 2)
        write_checkpoint(store, tmp_path / "second")
    path = tmp_path / "second" / FILE
    lines = path.read_text().splitlines()
    forged = json.loads(lines[1])
    if change == "another key":
        stated = {name: forged[name] for name in checkpoints.SIGNED}
        other = Ed25519PrivateKey.generate()
        forged |= dict(zip(("public_key", "signature"), checkpoints.sign_with(other, checkpoints._message(stated)), strict=True))
    changed = {
        "drop the last": lines[:-1],
        "drop the first": lines[1:],
        "empty": [],
        "another size": [lines[0], json.dumps({**forged, "size": 1}), lines[2]],
        "another key": [lines[0], json.dumps(forged), lines[2]],
        "no json": [lines[0], "{", lines[2]],
        "swap": [lines[1], lines[0], lines[2]],
    }[change]
    key = json.loads(lines[0])["public_key"]
    path.write_text("".join(f"{line}\n" for line in changed))
    with store.database.read() as connection:
        state = held_against(connection, read_checkpoints(tmp_path / "second"), key)
    assert state.chain.intact and state.problems


def test_the_place_is_remembered_and_the_key_stays_in_the_home(store, tmp_path):
    fill(store, 1)
    made = write_checkpoint(store, tmp_path / "second")
    assert remembered(store.home, CHECKPOINTS) == (tmp_path / "second").resolve()
    secret = store.home.key(checkpoints.KEY)
    assert secret.hex() not in (tmp_path / "second" / FILE).read_text() and made.genuine()
    assert clock.now().isoformat() >= made.at


def test_an_empty_file_of_which_nothing_is_recorded_is_the_beginning_of_one(store, tmp_path):
    fill(store, 2)
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / FILE).touch()
    made = write_checkpoint(store, tmp_path / "second")
    assert read_checkpoints(tmp_path / "second") == [made]


@pytest.mark.parametrize("written", [0, 2])
@pytest.mark.parametrize("share", [1, 40, -2])
def test_a_line_that_a_stopped_writer_left_is_not_forged_and_makes_room(store, tmp_path, written, share):
    for _ in range(written):
        fill(store, 2)
        write_checkpoint(store, tmp_path / "second")
    path = tmp_path / "second" / FILE
    path.parent.mkdir(exist_ok=True)
    fill(store, 1)
    with store.database.read() as connection:
        line = canonical_json(checkpoints._signed(store, verify_chain(connection)).as_dict())
    with path.open("a") as stream:
        stream.write(line[:share])
    with store.database.read() as connection:
        assert held_against(connection, read_checkpoints(path.parent)).intact
    made = write_checkpoint(store, path.parent)
    assert len(read_checkpoints(path.parent)) == written + 1 and read_checkpoints(path.parent)[-1] == made
    assert path.read_bytes().count(b"\n") == written + 1


def test_a_whole_line_without_its_end_counts_and_the_next_one_begins_anew(store, tmp_path):
    fill(store, 2)
    first = write_checkpoint(store, tmp_path / "second")
    path = tmp_path / "second" / FILE
    path.write_bytes(path.read_bytes().rstrip())
    second = write_checkpoint(store, tmp_path / "second")
    assert read_checkpoints(tmp_path / "second") == [first, second]


def test_a_recorded_checkpoint_of_which_the_end_was_taken_away_is_missed(store, tmp_path):
    for _ in range(2):
        fill(store, 2)
        write_checkpoint(store, tmp_path / "second")
    path = tmp_path / "second" / FILE
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(CheckpointRefused, match="no longer in the file"):
        write_checkpoint(store, tmp_path / "second")
