"""What the mirror holds of one type: how many records, which ids, how new, seen when.

A pull compares these with the CRM (`jobs.complete`); none of them reads the content of a record.
"""

from array import array
from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, collate, func, select

from store.bulk import read_values
from store.removal import key_of
from store.row import from_ms, to_ms
from store.statement import matches
from store.table import PulledType, record_table

_MOST_DIGITS: Final = 18
"""Any number of so many digits fits 64 bits."""

_AT_ONCE: Final = 10_000
"""Ids that are fetched from the server at once."""


def count_records(connection: Connection, account: str, object_type: PulledType) -> int:
    """How many records of that type stand in the mirror."""
    table = record_table(object_type)
    where = matches(table, **key_of(object_type, account))
    return connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()


def add_index(connection: Connection, _account: str, object_type: PulledType) -> None:
    """Make the index of modified times, unless it stands.

    It costs a first pull a third of its time, for records come in the order of their ids. So it is
    made when a count is first asked for, which is once that pull is over.
    """
    (index,) = record_table(object_type).indexes
    index.create(connection, checkfirst=True)


def count_modified_since(
    connection: Connection, account: str, object_type: PulledType, since: datetime
) -> int:
    """How many of them bear a modified time at that instant or later.

    SQLite takes one account for a few records and would rather read all of it than those of the
    time, so that there the account is compared as an expression, which no index holds.
    """
    table, key = record_table(object_type), key_of(object_type, account)
    of_account: ColumnElement[str] = table.c.account
    if connection.dialect.name == "sqlite":
        of_account = of_account.concat("")
    statement = select(func.count()).where(
        table.c.modified_at >= to_ms(since),
        of_account == key.pop("account"),
        *(table.c[name] == value for name, value in key.items()),
    )
    return connection.execute(statement).scalar_one()


def read_modified(
    connection: Connection, account: str, object_type: PulledType, ids: Collection[str]
) -> dict[str, datetime]:
    """Modified time by id of those of the records that stand in the mirror."""
    table, key = record_table(object_type), key_of(object_type, account)
    names = ("external_id", "modified_at")
    found = read_values(connection, table, names, column="external_id", ids=ids, **key)
    return {external_id: from_ms(modified_at) for external_id, modified_at in found}


def read_ids(connection: Connection, account: str, object_type: PulledType) -> "array[int]":
    """All ids of that type as numbers, rising; an id that is not plainly a number is left out.

    Eight bytes an id: the ids of two million records take 16 MB.
    """
    table = record_table(object_type)
    is_sqlite = connection.dialect.name == "sqlite"
    text = collate(table.c.external_id, "BINARY" if is_sqlite else "C")  # digit by digit
    statement = (
        select(table.c.external_id)
        .where(matches(table, **key_of(object_type, account)))
        .order_by(func.length(text), text)
    )
    rows = connection.execution_options(yield_per=_AT_ONCE).scalars(statement)
    return array("q", (int(external_id) for external_id in rows if _is_number(external_id)))


def _is_number(external_id: str) -> bool:
    """Whether the id is the one way in which its number is written."""
    is_plain = external_id.isascii() and external_id.isdecimal()
    has_zeros = external_id.startswith("0") and external_id != "0"
    return is_plain and not has_zeros and len(external_id) <= _MOST_DIGITS


def read_unseen(
    connection: Connection,
    account: str,
    object_type: PulledType,
    before: datetime,
    *,
    limit: int,
    after_id: str,
) -> list[str]:
    """Ids that no pull has delivered since, in the order of their text, after that id."""
    table = record_table(object_type)
    statement = (
        select(table.c.external_id)
        .where(matches(table, **key_of(object_type, account)))
        .where(table.c.seen_at < to_ms(before), table.c.external_id > after_id)
        .order_by(table.c.external_id)
        .limit(limit)
    )
    return list(connection.scalars(statement))
