"""Rows to frames and back, exactly and in pieces, so that memory holds no table twice.

Values come out of the database in the forms of `store.table` and become their types in Polars,
column by column: decimal text to Decimal, epoch milliseconds to instants, ISO text to days.
"""

from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Select

from kpis.frames import Schema
from store.row import Row

CHUNK_ROWS: Final = 50_000
"""Rows held as Python values at one time."""


def read_frame(connection: Connection, statement: Select[Any], schema: Schema) -> pl.DataFrame:
    """Frame of that schema from a query that yields its columns in order."""
    result = connection.execute(statement, execution_options={"yield_per": CHUNK_ROWS})
    raw = {name: _raw_type(dtype) for name, dtype in schema.items()}
    parts = [
        pl.DataFrame(
            [
                pl.Series(name, values, dtype=dtype)
                for (name, dtype), values in zip(raw.items(), zip(*rows, strict=True), strict=True)
            ]
        ).select(_typed(name, dtype) for name, dtype in schema.items())
        for rows in result.partitions()
    ]
    return pl.concat(parts, rechunk=False) if parts else pl.DataFrame(schema=schema)


def _raw_type(dtype: pl.DataType) -> pl.DataType:
    if isinstance(dtype, pl.Datetime | pl.Boolean | pl.Int64):
        return pl.Int64()
    return pl.String()


def _typed(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
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
