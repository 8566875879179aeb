"""The few statements that the modules of this room share, for both engines."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from store.row import Row

CHUNK: Final = 1000
"""Most ids in one statement; both engines bound the number of parameters."""


def chunks(ids: Collection[str]) -> Iterator[list[str]]:
    """Cut ids into lists that fit a statement."""
    listed = list(ids)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def matches(table: Table, **values: object) -> ColumnElement[bool]:
    """Condition that the named columns hold these values."""
    return and_(*(table.c[name] == value for name, value in values.items()))


def upsert(
    connection: Connection, table: Table, rows: Sequence[Row], *, seen_only: bool = False
) -> None:
    """Insert rows, or overwrite those with the same key.

    All rows have the same columns, and none has the key of another. With `seen_only` a row that
    stands gives way only when it is a seen version.
    """
    if not rows:
        return
    statement = _insert(connection)(table)
    keys = {column.name for column in table.primary_key}
    news = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=table.primary_key,
            set_=news,
            where=table.c.is_seen == 1 if seen_only else None,
        )
        if news
        else statement.on_conflict_do_nothing(),
        list(rows),
    )


def insert_missing(connection: Connection, table: Table, rows: Select[Any]) -> None:
    """Insert what a query yields in the order of the columns; leave what stands."""
    names = [column.name for column in table.columns]
    statement = _insert(connection)(table).from_select(names, rows)
    connection.execute(statement.on_conflict_do_nothing())


def _insert(connection: Connection) -> Callable[[Table], sqlite.Insert | postgresql.Insert]:
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


def replace(
    connection: Connection, table: Table, where: Iterable[ColumnElement[bool]], rows: Iterable[Row]
) -> bool:
    """Make the rows under the conditions exactly these; touch only what differs.

    Returns:
        Whether anything differed.
    """
    conditions = list(where)
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns]
    wanted = {tuple(row[key] for key in keys): row for row in rows}
    stood = connection.execute(select(table).where(*conditions)).mappings()
    standing = {
        tuple(row[key] for key in keys): tuple(row[name] for name in names) for row in stood
    }
    gone = [key for key in standing if key not in wanted]
    for key in gone:
        connection.execute(delete(table).where(matches(table, **dict(zip(keys, key, strict=True)))))
    differing = [
        row
        for key, row in wanted.items()
        if standing.get(key) != tuple(row[name] for name in names)
    ]
    upsert(connection, table, differing)
    return bool(gone or differing)


def delete_by_ids(
    connection: Connection, table: Table, column: str, ids: Collection[str], **values: object
) -> int:
    """Delete the rows that hold these values and one of the ids; returns how many."""
    return sum(
        connection.execute(
            delete(table).where(matches(table, **values), table.c[column].in_(chunk))
        ).rowcount
        for chunk in chunks(ids)
    )


def read_by_ids(
    connection: Connection, table: Table, column: str, ids: Collection[str], **values: object
) -> Iterator[Row]:
    """Yield the rows that hold these values and one of the ids."""
    for chunk in chunks(ids):
        statement = select(table).where(matches(table, **values), table.c[column].in_(chunk))
        for row in connection.execute(statement).mappings():
            yield dict(row)
