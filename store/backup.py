"""A copy of a SQLite file as of one moment, for `store backup`, an upgrade and a way back."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from store.engine import Database
from store.errors import StoreError


def write_copy(database: Database, target: Path) -> int:
    """Write a copy that bears its name only once it is complete and was read from end to end.

    Returns:
        Its size in bytes.

    Raises:
        StoreError: a server has its own means; or the file exists or cannot be written.
    """
    if not database.is_sqlite:
        raise StoreError(
            f"store: {database.where}: no copy was made, for PostgreSQL makes its own:"
            f" run `{dump_command(database, target)}`"
        )
    if target.exists():
        raise StoreError(f"store: {target} exists and is left as it is: name another file")
    part = part_of(target)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreError(
            f"store: {part} cannot be written ({type(error).__name__}): check its folder, and"
            " remove what an earlier copy left"
        ) from None
    try:
        with database.outside() as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
            _read_through(part)
        _onto_disk(part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def part_of(target: Path) -> Path:
    """Where a copy grows until it is whole."""
    return target.with_name(f"{target.name}.part")


def dump_command(database: Database, target: Path) -> str:
    """What makes a copy of a PostgreSQL database; it holds no password."""
    address = database.url.set(drivername="postgresql", password=None)
    return f"pg_dump --format=custom --file={target} {address.render_as_string()}"


def _onto_disk(copy: Path) -> None:
    """Have the copy stand on the disk: `VACUUM INTO` leaves that to the system, and power fails."""
    try:
        with copy.open("rb") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(
            f"store: {copy} cannot be written ({type(error).__name__}): check its disk"
        ) from None


def _read_through(copy: Path) -> None:
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        if connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise StoreError(f"store: {copy} is damaged and was removed: check the disk")
