"""Since when an input has had its present value, and what it is still worth (spec 0, 2.3)."""

from datetime import datetime
from decimal import Decimal

import polars as pl

from kpis.frames import MONEY
from kpis.parameters import Horizon
from kpis.rounding import exact, quotient
from kpis.version import value_runs, versions_of


def value_since(
    changes: pl.DataFrame, field: str, *, as_of: datetime, is_number: bool = False
) -> pl.DataFrame:
    """Start of the last run of equal values of one field, per record.

    Texts are compared after trimming and an empty one is no value; emptying is a change. Numbers
    are compared by value, however they are written.

    Returns:
        `external_id` and `set_at`. A record without a known version up to `as_of` has no row.
    """
    own = changes.filter(pl.col("field") == field)
    records = own.select(pl.col("external_id").unique()).with_row_index("record")
    versions = versions_of(own, field, records, as_of=as_of)
    if is_number:
        versions = versions.with_columns(pl.col("value").cast(MONEY, strict=False))
    last_runs = value_runs(versions, "record").group_by("record").agg(set_at=pl.col("at").last())
    return records.join(last_runs, on="record").select("external_id", "set_at")


def freshness(age_days: pl.Expr, horizon: Horizon) -> pl.Expr:
    """What a fact of that age is still worth (spec 2.3).

    1 up to `fresh` days, 0 from `expire` days, linear between; exact. A null age gives null.
    """
    span = horizon.expire - horizon.fresh
    return (
        pl.when(age_days <= horizon.fresh)
        .then(exact(Decimal(1)))
        .when(age_days >= horizon.expire)
        .then(exact(Decimal(0)))
        .when(age_days.is_not_null())
        .then(quotient(horizon.expire - age_days, pl.lit(span)))
    )
