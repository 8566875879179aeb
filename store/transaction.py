"""Transactions of one account: each read and each save is one, whole or not at all."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from store.description import raise_version
from store.engine import Database

P = ParamSpec("P")
T = TypeVar("T")


class Transactions:
    """Runs the functions of this room, which take a connection and the account first."""

    def __init__(self, database: Database, *, account: str) -> None:
        """Of one account in one database."""
        self._database = database
        self._account = account

    def _read(
        self,
        read: Callable[Concatenate[Connection, str, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        with self._database.reading() as connection:
            return read(connection, self._account, *args, **kwargs)

    def _save(
        self,
        save: Callable[Concatenate[Connection, str, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        with self._database.writing() as connection:
            return save(connection, self._account, *args, **kwargs)

    def _change(
        self,
        save: Callable[Concatenate[Connection, str, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Save, and raise the version of the mirror when `save` says that something differs."""
        with self._database.writing() as connection:
            differs = save(connection, self._account, *args, **kwargs)
            if differs:
                raise_version(connection, self._account)
        return differs
