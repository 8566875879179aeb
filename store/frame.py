"""Rows to frames and back, exactly and in pieces, so that memory holds no table twice.

The database itself puts each column of a piece into one JSON list, which Polars reads without the
detour over a Python object per value: about five times as fast as rows. Values keep the forms of
`store.table` up to there and become their types column by column: decimal text to Decimal, epoch
milliseconds to instants, ISO text to days.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, select

from kpis.frames import Schema
from store.row import Row

CHUNK_ROWS: Final = 50_000
"""Rows of one piece, give or take those with the same first value."""


def read_frame(connection: Connection, statement: Select[Any], schema: Schema) -> pl.DataFrame:
    """Frame of that schema from a query that yields its columns in order.

    The first column parts the rows into pieces and is never null. Reading stays linear where an
    index gives the rows of the query in the order of that column. While the database gathers one
    piece, the one before it is decoded.
    """
    parts: list[Future[pl.DataFrame]] = []
    with ThreadPoolExecutor(max_workers=1) as decoder:
        for texts in _pieces(connection, statement):
            wait(parts)
            parts.append(decoder.submit(_decoded, texts, schema))
    return pl.concat(part.result() for part in parts) if parts else pl.DataFrame(schema=schema)


def _pieces(connection: Connection, statement: Select[Any]) -> Iterator[list[str]]:
    """Yield pieces as one JSON list per column; rows with one first value are never parted."""
    first = statement.selected_columns[0]
    as_list = _sqlite_list if connection.dialect.name == "sqlite" else _postgresql_list
    rest = statement
    while True:
        following = rest.with_only_columns(first).order_by(first).offset(CHUNK_ROWS).limit(1)
        last = connection.scalar(following)
        piece = (rest if last is None else rest.where(first <= last)).subquery()
        count, *texts = connection.execute(
            select(func.count(), *(as_list(column) for column in piece.c))
        ).one()
        if count:
            yield texts
        if last is None:
            return
        rest = statement.where(first > last)


def _sqlite_list(column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.json_group_array(column)


def _postgresql_list(column: ColumnElement[Any]) -> ColumnElement[str]:
    return cast(func.json_agg(column), Text)


def _decoded(texts: Sequence[str], schema: Schema) -> pl.DataFrame:
    return pl.select(
        _typed(pl.lit(text).str.json_decode(pl.List(_raw_type(dtype))).explode(), dtype).alias(name)
        for text, (name, dtype) in zip(texts, schema.items(), strict=True)
    )


def _raw_type(dtype: pl.DataType) -> pl.DataType:
    if isinstance(dtype, pl.Datetime | pl.Boolean | pl.Int64):
        return pl.Int64()
    return pl.String()


def _typed(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    match dtype:
        case pl.Date():
            return column.str.to_date("%Y-%m-%d")
        case pl.List():
            return column.str.json_decode(dtype)
        case _:
            return column.cast(dtype)


def to_rows(frame: pl.DataFrame, schema: Schema) -> list[Row]:
    """Rows of a frame in the forms of the database."""
    text = [
        pl.col(name).cast(pl.String) if isinstance(dtype, pl.Date | pl.Decimal) else pl.col(name)
        for name, dtype in schema.items()
    ]
    return frame.cast(dict(schema)).select(text).to_dicts()  # type: ignore[arg-type]
