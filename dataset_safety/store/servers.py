"""What a database server lets in (8.1 b 3): facts about a PostgreSQL connection that only its driver can tell."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from dataset_safety.store.database import Database

TIMEOUT = 10
REFUSALS = (
    "28P01",
    "28000",
    "password authentication failed",
    "no pg_hba.conf entry",
    "authentication failed",
    "no password supplied",
)


def is_server(url: str) -> bool:
    """Whether the database is a server of its own and no file."""
    return make_url(url).get_backend_name() != "sqlite"


def address_of(url: str) -> str:
    """Host, port and name of a database, without user and password."""
    parsed = make_url(url)
    return f"postgresql://{parsed.host or 'localhost'}:{parsed.port or 5432}/{parsed.database or ''}"


def host_of(url: str) -> str:
    """The host that the connection goes to; empty or a path for a socket of this machine.

    Where the address names none, PostgreSQL's library takes it from PGHOSTADDR or PGHOST.
    """
    parsed = make_url(url)
    stated = parsed.query.get("hostaddr") or parsed.host or parsed.query.get("host")
    if not stated:
        return os.environ.get("PGHOSTADDR") or os.environ.get("PGHOST", "")
    return stated if isinstance(stated, str) else stated[0]


def lets_in_without_password(url: str) -> bool | None:
    """Whether the server accepts a wrong password or none for our account; None when it could not be asked."""
    answers = [_enters(url, password) for password in (secrets.token_urlsafe(24), None)]
    return True if True in answers else None if None in answers else False


def _enters(url: str, password: str | None) -> bool | None:
    # an empty password is none, and keeps the library from looking for one in PGPASSWORD; it outranks the one of the address
    connect: dict[str, Any] = {"connect_timeout": TIMEOUT, "passfile": "/dev/null", "password": password or ""}
    engine = create_engine(make_url(url), connect_args=connect)
    try:
        with engine.connect():
            return True
    except (DBAPIError, OperationalError) as error:
        told = f"{getattr(error.orig, 'sqlstate', '') or ''} {error.orig}".lower()
        return False if any(sign.lower() in told for sign in REFUSALS) else None
    finally:
        engine.dispose()


def session_is_encrypted(database: Database) -> bool:
    """Whether the server says that this session runs through TLS."""
    with database.read() as connection:
        return bool(connection.exec_driver_sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").scalar())


def data_directory(database: Database) -> Path | None:
    """Where the server keeps its files, if our account may know."""
    try:
        with database.read() as connection:
            found = connection.exec_driver_sql("SHOW data_directory").scalar()
    except DBAPIError:
        return None
    return Path(str(found)) if found else None
