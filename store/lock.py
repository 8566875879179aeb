"""One run per account at a time. The lock dies with its process, never by a time-out."""

import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import quote

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from store.engine import Database
from store.errors import LockHeldError, StoreError

_HOLDER: Final = text(
    "SELECT activity.application_name FROM pg_locks AS held"
    " JOIN pg_stat_activity AS activity USING (pid)"
    " JOIN pg_database AS here ON here.oid = held.database AND here.datname = current_database()"
    " WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1"
    " AND ((held.classid::bigint << 32) | held.objid::bigint) = :key"
)


@contextmanager
def run_lock(database: Database, account: str) -> Iterator[None]:
    """Hold the lock of the account.

    Raises:
        LockHeldError: another run holds it; the message says which process, where that is known.
        StoreError: the lock file cannot be written, or the server not reached.
    """
    held = _file_lock if database.is_sqlite else _advisory_lock
    with held(database, account):
        yield


def _refusal(account: str, holder: str) -> LockHeldError:
    return LockHeldError(
        f"store: {account}: another run is at work{holder}: wait for it to end, or stop it"
    )


def _own_name() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


@contextmanager
def _file_lock(database: Database, account: str) -> Iterator[None]:
    import fcntl  # noqa: PLC0415 - Windows has none, and can use PostgreSQL

    path = Path(f"{database.name}.{quote(account, safe='')}.lock")
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip()
            raise _refusal(account, f" ({holder})" if holder else "") from None
        file.truncate(0)
        file.write(_own_name())
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)  # the file stays: removing it would let two runs lock two files


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"store: {path}: the lock file cannot be written ({type(error).__name__}): "
            "check the rights of its folder"
        ) from None
    with file:
        file.seek(0)
        yield file


@contextmanager
def _advisory_lock(database: Database, account: str) -> Iterator[None]:
    digest = hashlib.sha256(f"toprelatie:{account}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    with database.session() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            raise _refusal(account, _advisory_holder(connection, key))
        try:
            connection.execute(
                text("SELECT set_config('application_name', :name, false)"),
                {"name": f"toprelatie {_own_name()}"},
            )
            yield
        finally:
            with suppress(DBAPIError):  # at once, for a server notices a closed session late
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
            connection.invalidate()  # frees it in any case


def _advisory_holder(connection: Connection, key: int) -> str:
    name = connection.scalar(_HOLDER, {"key": key})
    return f" ({name})" if name else ""
