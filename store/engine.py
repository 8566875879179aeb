"""Connections to SQLite or PostgreSQL, transactions, and what their faults mean in words.

No message and no traceback of a fault carries a statement's parameters or the server's detail,
for both may hold values out of a record.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from store.errors import StoreError

BUSY_TIMEOUT_S: Final = 30
"""How long a statement waits for another writer, unless the address says `?timeout=`."""

CONNECT_TIMEOUT_S: Final = 10

SUPPORTED: Final = "use sqlite:///path/to/file.db or postgresql+psycopg://user@host/database"


class Database:
    """One database: hands out transactions, one writer at a time."""

    def __init__(self, url: str) -> None:
        """Prepare the engine; nothing is opened yet.

        Raises:
            StoreError: the address names no database that we can use.
        """
        self.url = _checked(url)
        self.name = self.url.database or ""
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)
        self._writer = threading.RLock()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a transaction that is committed as a whole or not at all.

        Raises:
            StoreError: see `explain`.
        """
        with (
            self._writer,
            self._explained(),
            self.engine.connect() as connection,
            connection.execution_options(is_writing=True).begin(),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a transaction that sees the store as it stood at its first statement.

        Raises:
            StoreError: see `explain`.
        """
        with self._explained(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Yield a connection outside any transaction, for what belongs to a session.

        Raises:
            StoreError: see `explain`.
        """
        with self._explained(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def outside(self) -> Iterator[sqlite3.Connection]:
        """Yield SQLite's own connection outside any transaction, for what cannot run within one.

        Raises:
            StoreError: see `explain`.
        """
        with self._explained(), closing(self.engine.raw_connection()) as pooled:
            connection = pooled.driver_connection
            assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - for the type checker
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            raise StoreError(explain(error, self.where)) from None

    @property
    def where(self) -> str:
        """Name of the database for people, without a password."""
        return self.name if self.is_sqlite else self.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        raise StoreError(
            f"store: the address of the database is not readable: {SUPPORTED}"
        ) from None
    driver = parsed.drivername
    is_file = driver in {"sqlite", "sqlite+pysqlite"} and parsed.database not in {
        None,
        "",
        ":memory:",
    }
    if not is_file and driver != "postgresql+psycopg":
        raise StoreError(f"store: the address names no database that we can use: {SUPPORTED}")
    return parsed


def _sqlite(url: URL) -> Engine:
    parent = Path(url.database or "").absolute().parent
    if not parent.is_dir():
        raise StoreError(f"store: the folder {parent} does not exist: create it")
    defaults = {} if "timeout" in url.query else {"timeout": BUSY_TIMEOUT_S}
    engine = create_engine(url, hide_parameters=True, connect_args=defaults)
    event.listen(engine, "do_connect", partial(_make_private, Path(url.database or "")))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path, *_: object) -> None:
    """Make a file that is not there yet for its owner alone: a store holds what sellers typed."""
    with suppress(OSError):  # told by the connection
        path.touch(mode=0o600, exist_ok=True)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, see _begin_sqlite
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer half-way cannot wait its turn."""
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _postgresql(url: URL) -> Engine:
    defaults: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": f"toprelatie {os.getpid()}",
        # The session of the run lock says nothing for as long as a pull takes, which a firewall
        # may take for a dead one; and a server that is gone must not hold a run up for hours.
        "keepalives_idle": 60,
        "keepalives_interval": 10,
        "keepalives_count": 6,
        "tcp_user_timeout": 120_000,
    }
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={key: value for key, value in defaults.items() if key not in url.query},
    )


_SQLITE_FAULTS: Final = {
    "database is locked": "another program has been writing for too long: end it, then try again",
    "database or disk is full": "the disk is full: make room, then try again",
    "readonly database": "it may not be written: check the owner and rights of file and folder",
    "unable to open database file": "it cannot be opened: check that path and its rights",
    "not a database": "the file is no SQLite database: name another one, or restore a copy",
    "malformed": "the file is damaged: restore a copy, or move it away and pull anew",
    "disk I/O error": "the disk cannot be read or written: check it, then try again",
}
"""What SQLite says, and what that asks of a person."""

_POSTGRESQL_FAULTS: Final = {
    "25006": "the server takes no writes: use the primary server",
    "42501": "this user may not do that: grant it rights on the database and its schema",
    "53100": "the server's disk is full: make room, then try again",
    "53300": "the server has no connection left: raise max_connections or end other programs",
    "55P03": "another program holds a table for too long: end it, then try again",
    "57P01": "the server was stopped while we worked: start it, then try again",
}
"""SQLSTATE of PostgreSQL, and what that asks of a person."""

_CONNECTION_FAULTS: Final = {
    "password authentication failed": "the server refuses the password: correct the address",
    "no password supplied": "the server asks for a password: set PGPASSWORD, or PGPASSFILE to a"
    " file that its owner alone may read",
    "no pg_hba.conf entry": "the server refuses this user from here: correct its pg_hba.conf",
    "does not exist": "the server knows no such user or database: create it",
    "too many clients": _POSTGRESQL_FAULTS["53300"],
    "connection": "the server cannot be reached: check its address and that it runs",
}
"""What is said while connecting, where there is no SQLSTATE yet; the first found counts."""


def explain(error: DBAPIError | sqlite3.Error, where: str) -> str:
    """Say what happened on which database and what to do; never a value of a statement."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return f"store: {where}: {_fault(original)}"


def _fault(original: BaseException | None) -> str:
    said, code = str(original), type(original).__name__
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorname", code)
        found = _first(_SQLITE_FAULTS, said)
    else:
        sqlstate = getattr(original, "sqlstate", None)
        code = sqlstate or code
        found = _POSTGRESQL_FAULTS.get(code) if sqlstate else _first(_CONNECTION_FAULTS, said)
    return f"{found} ({code})" if found else f"it refused a statement of ours ({code}): report this"


def _first(faults: Mapping[str, str], said: str) -> str | None:
    return next((text for words, text in faults.items() if words in said), None)
