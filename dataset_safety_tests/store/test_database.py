"""The schema is what the migrations make; evidence is append-only; damage is explained."""

from __future__ import annotations

from importlib import resources

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from dataset_safety.standard import Stage
from dataset_safety.store import audit, draws
from dataset_safety.store.database import Database
from dataset_safety.store.errors import DatabaseDamaged, DatabaseTooNew
from dataset_safety.store.facade import open_store
from dataset_safety.store.home import Home
from dataset_safety.store.tables import APPEND_ONLY, metadata


def test_migrations_make_exactly_the_declared_tables(store):
    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {0} SET created_at = 'x'", "DELETE FROM {0}"])
def test_evidence_can_be_neither_changed_nor_deleted(store, table, statement):
    if table == "audit_event":
        statement = statement.replace("created_at", "at")
    if table == "judgement":
        statement = statement.replace("created_at", "note")
    if table == "evidence":
        statement = statement.replace("created_at", "collected_at")
    with store.database.write() as connection:
        audit.append(connection, "test", "row")
    rows = {"audit_event": 1}.get(table, 0)
    if not rows and store.database.url.startswith("sqlite"):
        pytest.skip("SQLite's row triggers need a row to fire on")
    with pytest.raises(DatabaseError, match="append-only"), store.database.write() as connection:
        connection.execute(text(statement.format(table)))


def test_draws_of_the_first_schema_are_in_use_by_their_releases_after_the_migration(tmp_path):
    home = Home.find(tmp_path / "home").create()
    database = Database(home.database_url)
    config = Config()
    config.set_main_option("script_location", str(resources.files("dataset_safety.store") / "migrations"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO release VALUES ('r', 'pre_training', NULL, 'l', '.', 'then')"))
        for number, purpose in enumerate(("manual", "technical")):
            facts = f"('d{number}', 'r', 'pre_training', '{purpose}', 'p', 9, 3, 0, 's', 'a', 'o', 'first draw', 'me', 'then')"
            connection.execute(text(f"INSERT INTO draw VALUES {facts}"))
    database.close()
    with open_store(home) as store, store.database.read() as connection:
        found = draws.draws(connection, "r")
        assert [(one.draw_id, one.rules) for one in found] == [("d0", ""), ("d1", "")]
        assert draws.stage_draws(connection, Stage.PRE_TRAINING) == found
    with open_store(home) as store, store.database.write() as connection:
        draws.use_draw(connection, "r", found[0])
        assert connection.execute(text("SELECT count(*) FROM release_draw")).scalar() == 2
        with pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text("DELETE FROM release_draw"))


def test_a_failed_transaction_leaves_no_trace(store):
    with pytest.raises(RuntimeError), store.database.write() as connection:
        audit.append(connection, "test", "never")
        raise RuntimeError
    with store.database.read() as connection:
        assert list(audit.events(connection)) == []


def test_the_accounting_law_is_checked_by_the_database(store):
    with pytest.raises(IntegrityError), store.database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO annotation (shard_key, units, samples, quarantined, skipped, quarantine_object, created_at) "
                "VALUES ('k', 5, 3, 1, '{}', 'o', 'now')"
            )
        )


def test_a_damaged_database_says_so_and_names_the_backup_command(tmp_path):
    with open_store(tmp_path):
        pass
    (tmp_path / "safety.db").write_bytes(b"this is no database, however long it is" * 200)
    for leftover in ("safety.db-wal", "safety.db-shm"):
        (tmp_path / leftover).unlink(missing_ok=True)
    with pytest.raises(DatabaseDamaged, match="dataset-safety backup"), open_store(tmp_path):
        pass


def test_a_database_of_a_later_version_is_refused(store):
    with store.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match="9999"):
        store.database.migrate()


def test_keys_are_made_once_and_are_private(store):
    key = store.home.key("identity")
    assert len(key) == 32
    assert store.home.key("identity") == key
    assert (store.home.keys / "identity.key").stat().st_mode & 0o077 == 0
