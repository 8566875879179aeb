"""The few statements that the modules of this room share, for both engines."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, select

from store.bulk import delete_keys, insert_into, upsert_values
from store.row import Row, Values


def matches(table: Table, **values: object) -> ColumnElement[bool]:
    """Condition that the named columns hold these values."""
    return and_(*(table.c[name] == value for name, value in values.items()))


def names_of(table: Table) -> tuple[str, ...]:
    """All columns, those of the key first."""
    return tuple(column.name for column in table.columns)


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or overwrite those with the same key.

    All rows have the same columns, and none has the key of another.
    """
    if rows:
        names = list(rows[0])
        upsert_values(
            connection, table, names, [tuple(row[name] for name in names) for row in rows]
        )


def insert_missing(connection: Connection, table: Table, rows: Select[Any]) -> None:
    """Insert what a query yields in the order of the columns; leave what stands."""
    insert = insert_into(connection.dialect.name, table)
    statement = insert.from_select(list(names_of(table)), rows)
    connection.execute(statement.on_conflict_do_nothing())


def replace(
    connection: Connection, table: Table, where: Iterable[ColumnElement[bool]], rows: Iterable[Row]
) -> bool:
    """Make the rows under the conditions exactly these; touch only what differs.

    Returns:
        Whether anything differed.
    """
    names = names_of(table)
    wanted = (tuple(row[name] for name in names) for row in rows)
    stood = connection.execute(select(table).where(*where))
    return replace_values(connection, table, stood, wanted)


def replace_values(
    connection: Connection, table: Table, stood: Iterable[Values], wanted: Iterable[Values]
) -> bool:
    """Put rows in the place of those that stood, all with all columns; of equal keys the last.

    Returns:
        Whether anything differed.
    """
    width = len(table.primary_key)
    standing = {row[:width]: row for row in stood}
    rows = {row[:width]: row for row in wanted}
    gone = standing.keys() - rows.keys()
    differing = [row for key, row in rows.items() if standing.get(key) != row]
    delete_keys(connection, table, gone)
    upsert_values(connection, table, names_of(table), differing)
    return bool(gone or differing)
