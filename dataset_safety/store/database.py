"""Engine, transactions and migrations; SQLite by default, PostgreSQL for a team.

SQLite runs in WAL mode with ``synchronous=FULL``: a commit that returned survives a power cut. A write
transaction takes the write lock at its beginning, so that "read the last hash, insert the next" cannot race.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from dataset_safety.store.errors import DatabaseDamaged, DatabaseTooNew, DiskFull

WRITE_OPTION = "dataset_safety_write"
AUDIT_LOCK = 0x5AFE_DA7A  # PostgreSQL advisory lock that serialises appends to the audit log
DAMAGE = ("malformed", "not a database", "disk image", "file is encrypted")
NO_ROOM = ("disk is full", "disk i/o error", "could not extend file", "no space left")
BACKUP_HINT = "keep the file as it is and restore the last copy made with `dataset-safety backup`."


class Database:
    """One database with its two kinds of transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; nothing can be written through it on SQLite without taking the lock."""
        with damage_explained(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block or leaves no trace."""
        with damage_explained(), self.engine.connect() as plain:
            connection = plain.execution_options(**{WRITE_OPTION: True})
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({AUDIT_LOCK})")
                yield connection

    def migrate(self) -> None:
        """Bring the schema to this version; cheap when it is there already."""
        from alembic.config import Config
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(resources.files("dataset_safety.store") / "migrations"))
        script = ScriptDirectory.from_config(config)
        with damage_explained(), self.engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
        if present == script.get_current_head():
            return
        if present is not None and present not in {revision.revision for revision in script.walk_revisions()}:
            raise DatabaseTooNew(
                f"the database has schema {present}, which this version does not know",
                hint="install the later version of dataset-safety that made it.",
                revision=present,
            )
        from alembic import command

        with self.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def check(self) -> None:
        """Read the whole of a SQLite file and raise :class:`DatabaseDamaged` if anything is wrong."""
        with self.read() as connection:
            inspect(connection).get_table_names()
            if connection.dialect.name == "sqlite":
                answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                if answer != "ok":
                    raise DatabaseDamaged("the database fails its integrity check", hint=BACKUP_HINT)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@contextmanager
def damage_explained() -> Iterator[None]:
    """Turn the driver's words for damage and full disks into errors that say what to do."""
    try:
        yield
    except (DatabaseError, OperationalError) as error:
        words = str(error.orig).lower()
        if any(sign in words for sign in DAMAGE):
            raise DatabaseDamaged("the database cannot be read: it is damaged or no database", hint=BACKUP_HINT) from None
        if any(sign in words for sign in NO_ROOM):
            raise DiskFull(
                "the database could not be written: the disk is full or fails",
                hint="free some space and run again: what was committed is kept.",
            ) from None
        raise


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    engine = create_engine(parsed, connect_args={"timeout": 60})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event below opens transactions, not the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE_OPTION, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
