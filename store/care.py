"""What an operator does to a store: look how it is, copy it, let it forget. See `Store.care`."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

from store.engine import Database
from store.errors import StoreError
from store.health import Health, read_health
from store.retention import prune


class Care:
    """The care of one account's tables; every method raises `StoreError` as `Store` does."""

    def __init__(self, database: Database, account: str) -> None:
        """Use `Store.care`."""
        self._database = database
        self._account = account

    def check(self, *, thorough: bool = False) -> Health:
        """Look at the database and at what fits together in it; changes nothing.

        `thorough` also compares every index of a SQLite file with its table, which takes longer.
        """
        return read_health(self._database, self._account, thorough=thorough)

    def backup(self, target: Path) -> int:
        """Write a copy of a SQLite file as of one moment; runs may go on meanwhile.

        The copy bears its name only once it is complete and was read from end to end. To restore
        it, stop the service, put it in the place of the file, and remove the files beside it that
        end in -wal and -shm.

        Returns:
            Its size in bytes.

        Raises:
            StoreError: a server has its own means; or the file exists or cannot be written.
        """
        if not self._database.is_sqlite:
            address = self._database.url.set(drivername="postgresql", password=None)
            raise StoreError(
                f"store: {self._database.where}: no copy was made, for PostgreSQL makes its own:"
                f" run `pg_dump --format=custom --file={target} {address.render_as_string()}`"
            )
        if target.exists():
            raise StoreError(f"store: {target} exists and is left as it is: name another file")
        part = target.with_name(f"{target.name}.part")
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise StoreError(
                f"store: {part} cannot be written ({type(error).__name__}): check its folder, and"
                " remove what an earlier copy left"
            ) from None
        try:
            with self._database.outside() as connection:
                connection.execute("VACUUM INTO ?", (str(part),))
                _read_through(part)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
        return target.stat().st_size

    def prune(
        self, *, runs_from: datetime, keep_daily_from: date, is_dry: bool = False
    ) -> Mapping[str, int]:
        """Forget what is older; returns how many rows of what. `is_dry` only counts."""
        with self._database.writing() as connection:
            removed = prune(
                connection, self._account, runs_from=runs_from, keep_daily_from=keep_daily_from
            )
            if is_dry:
                connection.get_transaction().rollback()  # type: ignore[union-attr]
        return removed

    def shrink(self) -> None:
        """Give the room of what was forgotten back; a SQLite file is written anew for it."""
        if self._database.is_sqlite:
            with self._database.outside() as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        else:
            with self._database.session() as session:
                session.exec_driver_sql("VACUUM (ANALYZE)")


def _read_through(copy: Path) -> None:
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        if connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise StoreError(f"store: {copy} is damaged and was removed: check the disk")
