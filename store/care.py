"""What an operator does to a store: look how it is, copy it, let it forget. See `Store.care`."""

from collections.abc import Mapping
from datetime import date, datetime
from glob import escape
from pathlib import Path

from store.backup import write_copy
from store.engine import Database
from store.health import Health, read_health
from store.migration import COPY
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
        return write_copy(self._database, target)

    def copies(self) -> list[Path]:
        """Copies of a SQLite file from before upgrades and ways back that are still there."""
        if not self._database.is_sqlite:
            return []
        file = Path(self._database.name)
        return sorted(file.parent.glob(f"{escape(file.name)}{COPY}*"))

    def prune(
        self,
        *,
        runs_from: datetime,
        keep_daily_from: date,
        journal_from: datetime | None = None,
        is_dry: bool = False,
    ) -> Mapping[str, int]:
        """Forget what is older; returns how many rows of what. `is_dry` only counts.

        `journal_from` is the start of the first run that can still be undone; None takes that of
        the first run that is kept.
        """
        with self._database.writing() as connection:
            removed = prune(
                connection,
                self._account,
                runs_from=runs_from,
                keep_daily_from=keep_daily_from,
                journal_from=journal_from,
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
