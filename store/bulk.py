"""The statements of every page, written once per table and handed to the driver as plain tuples.

Going through SQLAlchemy row by row is what would cost most of a page, so that it only writes their
text here. SQLite takes rows one by one, without a round trip, and a list of ids as one JSON text;
PostgreSQL takes both as arrays, so that the rows of a page are one statement.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Select,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects import sqlite

from store.row import Values


@cache
def _dialect(engine: str) -> Dialect:
    """How an engine's driver calls the place of a value."""
    if engine == "sqlite":
        return sqlite.dialect(paramstyle="qmark")
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - SQLite is spared its drivers

    return postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call]


def insert_into(engine: str, table: Table) -> Any:  # noqa: ANN401 - a class of each engine
    """Insert of that engine, which knows what to do with a row whose key stands already."""
    if engine == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see `_dialect`

    return postgresql.insert(table)


def upsert_values(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[Values],
    *,
    kept: Collection[str] = (),
    seen_only: bool = False,
) -> None:
    """Insert rows, or overwrite those with the same key; none has the key of another.

    Args:
        connection: a transaction that writes.
        table: where to.
        names: the columns that each row gives a value, in its order.
        rows: the values.
        kept: columns that only a new row takes from `rows`.
        seen_only: a row that stands gives way only when it is a seen version.
    """
    if not rows:
        return
    engine = connection.dialect.name
    text = _upsert(engine, table, tuple(names), frozenset(kept), seen_only=seen_only)
    if engine == "sqlite":
        connection.exec_driver_sql(text, list(rows))
    else:
        connection.exec_driver_sql(text, tuple(map(list, zip(*rows, strict=True))))


def read_values(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    *,
    column: str,
    ids: Collection[str],
    **key: object,
) -> Sequence[Values]:
    """These columns of the rows that hold the values of `key` and one of the ids."""
    if not ids:
        return []
    engine = connection.dialect.name
    text = _read(engine, table, tuple(names), tuple(key), column)
    found = connection.exec_driver_sql(text, (_listed(engine, ids), *key.values()))
    return [tuple(row) for row in found]


def delete_values(
    connection: Connection, table: Table, *, column: str, ids: Collection[str], **key: object
) -> int:
    """Delete the rows that hold the values of `key` and one of the ids; returns how many."""
    if not ids:
        return 0
    engine = connection.dialect.name
    text = _delete(engine, table, tuple(key), column)
    return connection.exec_driver_sql(text, (_listed(engine, ids), *key.values())).rowcount


def update_values(
    connection: Connection,
    table: Table,
    name: str,
    value: object,
    *,
    column: str,
    ids: Collection[str],
    **key: object,
) -> None:
    """Set one column of the rows that hold the values of `key` and one of the ids."""
    if not ids:
        return
    engine = connection.dialect.name
    text = _update(engine, table, name, tuple(key), column)
    connection.exec_driver_sql(text, (value, _listed(engine, ids), *key.values()))


def delete_keys(connection: Connection, table: Table, keys: Collection[Values]) -> None:
    """Delete the rows with these primary keys."""
    if keys:
        connection.exec_driver_sql(_delete_key(connection.dialect.name, table), list(keys))


def _listed(engine: str, ids: Collection[str]) -> object:
    return json.dumps(list(ids)) if engine == "sqlite" else list(ids)


@cache
def _upsert(
    engine: str, table: Table, names: tuple[str, ...], kept: frozenset[str], *, seen_only: bool
) -> str:
    if engine == "sqlite":
        made = insert_into(engine, table).values({name: bindparam(name) for name in names})
    else:
        arrays = (cast(bindparam(name), ARRAY(table.c[name].type)) for name in names)
        rows = func.unnest(*arrays).table_valued(*names).render_derived()
        made = insert_into(engine, table).from_select(list(names), select(*rows.c))
    keys = {column.name for column in table.primary_key}
    news = {name: made.excluded[name] for name in names if name not in keys | kept}
    if not news:
        return _text(engine, made.on_conflict_do_nothing())
    where = table.c.is_seen == literal_column("1") if seen_only else None
    changed = made.on_conflict_do_update(index_elements=table.primary_key, set_=news, where=where)
    return _text(engine, changed)


@cache
def _read(
    engine: str, table: Table, names: tuple[str, ...], key: tuple[str, ...], column: str
) -> str:
    if engine == "sqlite":
        wanted = select(*(table.c[name] for name in names))
        return _text(engine, wanted.where(_is_listed(table, key, column)))
    return _text(engine, _found(table, [table.c[name] for name in names], key, column))


@cache
def _delete(engine: str, table: Table, key: tuple[str, ...], column: str) -> str:
    return _text(engine, delete(table).where(_is_of(engine, table, key, column)))


@cache
def _update(engine: str, table: Table, name: str, key: tuple[str, ...], column: str) -> str:
    changed = update(table).values({name: bindparam("new")})
    return _text(engine, changed.where(_is_of(engine, table, key, column)))


@cache
def _delete_key(engine: str, table: Table) -> str:
    key = (column == bindparam(f"of_{column.name}") for column in table.primary_key)
    return _text(engine, delete(table).where(*key))


def _is_of(engine: str, table: Table, key: tuple[str, ...], column: str) -> ColumnElement[bool]:
    if engine == "sqlite":
        return _is_listed(table, key, column)
    place = literal_column("ctid", type_=Text)
    stood = table.alias("stood")
    found = _found(stood, [literal_column("stood.ctid").label("place")], key, column)
    return place == any_(func.array(found.scalar_subquery()))


def _is_listed(table: Table, key: tuple[str, ...], column: str) -> ColumnElement[bool]:
    """Condition of SQLite; as in PostgreSQL, the list of ids comes before the values of `key`."""
    ids = func.json_each(bindparam("ids", type_=Text)).table_valued("value")
    return and_(table.c[column].in_(select(ids.c.value)), _holds(table, key))


def _holds(table: FromClause, key: tuple[str, ...]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == bindparam(f"of_{name}") for name in key))


def _found(
    table: FromClause, columns: Sequence[ColumnElement[Any]], key: tuple[str, ...], column: str
) -> Select[Any]:
    """Query of PostgreSQL that looks up one id after the other, by the key of the table.

    Asked for a list as a whole, the planner may read all rows of the account: it has not heard
    yet of rows that were written since it last counted. `OFFSET 0` keeps it from joining the two.
    """
    ids = bindparam("ids", type_=ARRAY(Text))
    wanted = func.unnest(ids).table_valued("id").render_derived("wanted")
    found = (
        select(*columns)
        .where(_holds(table, key), table.c[column] == wanted.c.id)
        .offset(literal_column("0"))
        .lateral("found")
    )
    return select(*found.c).select_from(wanted.join(found, true()))


def _text(engine: str, statement: ClauseElement) -> str:
    """Text for the driver; PostgreSQL is sent the values as they are, without quoting them."""
    return str(statement.compile(dialect=_dialect(engine))).replace("%s", "%b")
