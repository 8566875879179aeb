"""What goes wrong with a database is said in words, with what to do and no value of a record."""

import sqlite3
from pathlib import Path
from typing import cast

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError

from store.engine import Database, explain
from store.errors import StoreError
from store.store import Store
from tests.store_fixtures import address_of


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "the address of the database is not readable: use sqlite:///path"),
        ("oracle+nothing://x", "the address of the database is not readable: use sqlite:///path"),
        ("mysql://host/database", "names no database that we can use: use sqlite:///path"),
        ("postgresql+psycopg2://host/x", "names no database that we can use|is not readable"),
        ("sqlite://", "names no database that we can use: use sqlite:///path"),
        ("sqlite:///:memory:", "names no database that we can use: use sqlite:///path"),
        ("sqlite:////nowhere/at/all/x.db", "the folder /nowhere/at/all does not exist: create it"),
    ],
)
def test_store_refuses_an_address_that_it_cannot_use(url, message):
    with pytest.raises(StoreError, match=message):
        Store.open(url, account="acme")


def test_store_says_that_a_path_cannot_be_opened(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened: check that path and its rights"):
        Store.open(f"sqlite:///{tmp_path}", account="acme")


def test_store_says_that_a_file_is_no_database(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear sir, " * 200)

    with pytest.raises(StoreError, match=f"store: {path}: the file is no SQLite database"):
        Store.open(f"sqlite:///{path}", account="acme")


@pytest.mark.postgres
def test_session_that_says_nothing_for_long_is_kept_alive_unless_the_address_says_otherwise(
    tmp_path,
):
    address = address_of("postgresql", tmp_path)
    found = []
    for more in ("", "?keepalives_idle=7"):
        database = Database(address + more)
        with database.engine.connect() as connection:
            session = cast("psycopg.Connection", connection.connection.driver_connection)
            found.append(session.info.get_parameters()["keepalives_idle"])
        database.close()

    assert found == ["60", "7"]


def test_store_says_that_a_server_cannot_be_reached_and_keeps_the_password_to_itself():
    with pytest.raises(StoreError, match="cannot be reached: check its address") as caught:
        Store.open("postgresql+psycopg://me:geheim@127.0.0.1:9/x", account="acme")

    assert "me:***@127.0.0.1:9/x" in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (sqlite3.OperationalError("attempt to write a readonly database"), "may not be written"),
        (sqlite3.OperationalError("disk I/O error"), "the disk cannot be read or written"),
        (sqlite3.DatabaseError("database disk image is malformed"), "the file is damaged"),
        (sqlite3.IntegrityError("Jansen is there already"), "of ours \\(IntegrityError\\): report"),
        (errors.DiskFull("no space left"), "the server's disk is full.*\\(53100\\)"),
        (errors.ReadOnlySqlTransaction("no"), "the server takes no writes"),
        (errors.UniqueViolation("Key (name)=(Jansen)"), "of ours \\(23505\\): report"),
        (errors.OperationalError("FATAL: password authentication failed"), "refuses the password"),
        (errors.OperationalError("connection failed: no password supplied"), "set PGPASSWORD, or"),
        (errors.OperationalError('FATAL: database "x" does not exist'), "no such user or database"),
        (errors.OperationalError("the connection is lost"), "cannot be reached"),
    ],
)
def test_fault_of_a_database_is_explained_without_its_values(said, message):
    error = DBAPIError("INSERT", {"name": "Jansen"}, said)

    with pytest.raises(StoreError, match=f"^store: here: .*{message}") as caught:
        raise StoreError(explain(error, "here"))

    assert "Jansen" not in str(caught.value)


def test_sqlite_keeps_a_journal_that_lets_readers_go_on(tmp_path):
    path = tmp_path / "store.db"
    store = Store.open(f"sqlite:///{path}", account="acme")

    with store._database.reading() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    store.close()
    assert values == ["wal", 1, 1, 30_000]
    assert Path(path).is_file()


def test_new_file_of_a_store_is_for_its_owner_alone_and_one_that_stands_keeps_its_rights(tmp_path):
    new, stood = tmp_path / "new.db", tmp_path / "stood.db"
    stood.touch(mode=0o640)
    stood.chmod(0o640)

    for path in (new, stood):
        Store.open(f"sqlite:///{path}", account="acme").close()

    assert [path.stat().st_mode & 0o777 for path in (new, stood)] == [0o600, 0o640]
