"""Daily snapshots of relations and sellers, and what stood last month (spec 0, 6.1, 9).

A snapshot holds a row only where a value differs from the row before, so its size grows with what
changed. The state on a day is the last row up to it.
"""

from datetime import date, timedelta

import polars as pl

from kpis.frames import RELATION_DAYS, SELLER_DAYS, Schema, by_id


def relation_days(relations: pl.DataFrame, known: pl.DataFrame, today: date) -> pl.DataFrame:
    """Rows of `RELATION_DAYS` of today: relations of which a value differs, or that left.

    Args:
        relations: results at output precision, with the columns of the schema but the day.
        known: what earlier days left behind.
        today: local day; rows of that day are not looked at.
    """
    return _changed(relations, known, RELATION_DAYS, today, left={"is_top_relation": False})


def seller_days(sellers: pl.DataFrame, known: pl.DataFrame, today: date) -> pl.DataFrame:
    """Rows of `SELLER_DAYS` of today: sellers of whom a value differs."""
    return _changed(sellers, known, SELLER_DAYS, today, left={})


def state_before(known: pl.DataFrame, day: date) -> pl.DataFrame:
    """Last row of each relation or seller before that day."""
    key = known.columns[0]
    return (
        known.filter(pl.col("from_on") < day)
        .sort(key, "from_on")
        .unique(key, keep="last", maintain_order=True)
    )


def last_day_of_previous_month(day: date) -> date:
    """Last day of the month before."""
    return day.replace(day=1) - timedelta(days=1)


def _changed(
    now: pl.DataFrame, known: pl.DataFrame, schema: Schema, today: date, left: dict[str, bool]
) -> pl.DataFrame:
    key = next(iter(schema))
    values = [name for name in schema if name not in (key, "from_on")]
    present = now.select(
        pl.col(key), pl.lit(today).alias("from_on"), *(pl.col(name) for name in values)
    ).cast(dict(schema))  # type: ignore[arg-type]
    before = state_before(known, today)
    gone = pl.concat(
        [
            pl.DataFrame(schema=schema),
            before.join(present, on=key, how="anti").select(
                key,
                from_on=pl.lit(today),
                **{name: pl.lit(value) for name, value in left.items()},
            ),
        ],
        how="diagonal",
    ).select(list(schema))
    everyone = pl.concat([present, gone]) if left else present
    compared = everyone.join(before, on=key, how="left", suffix="_before", maintain_order="left")
    differs = pl.any_horizontal(
        pl.col("from_on_before").is_null(),
        *(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in values),
    )
    return compared.filter(differs).select(list(schema)).sort(by_id(key))
