"""The way back by one version: the tables of the release before this one.

It never opens a store as `Store.open` does, which would bring the tables up again.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from store.backup import dump_command, write_copy
from store.engine import Database
from store.errors import StoreError
from store.lock import run_lock
from store.migration import ADDED, COPY, HEAD, PREVIOUS, downgrade, revision_of
from store.table import ACCOUNTS, METADATA, STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a way back would do.

    Attributes:
        lost: rows by table that the earlier release does not have, of all accounts.
        paused: accounts whose write-back is paused, which the earlier release does not know.
        copy: the copy that is made before; None on a server.
        dump: command that makes one on a server; None where a copy is made.
    """

    where: str
    found: str
    target: str
    lost: Mapping[str, int]
    paused: tuple[str, ...]
    copy: Path | None
    dump: str | None


class Rollback:
    """One database of this version; every method raises `StoreError` when it is of another."""

    def __init__(self, database: Database) -> None:
        """Use `opened_for_rollback`."""
        self._database = database

    def plan(self, *, copy_name: str, pause_key: str) -> Plan:
        """Look what would be done; changes nothing.

        Args:
            copy_name: what the copy of a SQLite file is named for.
            pause_key: of the state that pauses the write-back of an account.
        """
        one = self._database
        if one.is_sqlite and not Path(one.name).exists():
            raise StoreError(f"store: {one.name} does not exist: there is nothing to bring back")
        with one.reading() as connection:
            found = revision_of(connection)
            if found != HEAD:
                raise StoreError(f"store: {one.where}: {_refusal(found)}")
            lost = {
                name: connection.execute(
                    select(func.count()).select_from(METADATA.tables[name])
                ).scalar_one()
                for name in ADDED
            }
            paused = connection.scalars(
                select(STATE.c.account).where(STATE.c.key == pause_key).order_by(STATE.c.account)
            ).all()
        copy = Path(f"{one.name}{COPY}{copy_name}")
        return Plan(
            where=one.where,
            found=HEAD,
            target=PREVIOUS,
            lost=lost,
            paused=tuple(paused),
            copy=copy if one.is_sqlite else None,
            dump=None if one.is_sqlite else dump_command(one, Path("toprelatie.dump")),
        )

    def carry_out(self, plan: Plan) -> None:
        """Copy a SQLite file, then bring the tables back; no run of any account may be at work.

        Raises:
            LockHeldError: one is.
        """
        with self._database.reading() as connection:
            accounts = sorted(connection.scalars(select(ACCOUNTS.c.account)))
        with ExitStack() as locks:
            for account in accounts:
                locks.enter_context(run_lock(self._database, account))
            if plan.copy is not None:
                write_copy(self._database, plan.copy)
            downgrade(self._database)


@contextmanager
def opened_for_rollback(url: str) -> Iterator[Rollback]:
    """Open a database as it stands, and let go of it at the end."""
    database = Database(url)
    try:
        yield Rollback(database)
    finally:
        database.close()


def _refusal(found: str | None) -> str:
    match found:
        case None:
            return "it has no tables of ours: there is nothing to bring back"
        case _ if found == PREVIOUS:
            return f"its tables are of revision {PREVIOUS} already: start the release before this"
        case _:
            return (
                f"its tables are of revision {found}, and only from {HEAD} is there a way back:"
                " use the release that wrote them"
            )
