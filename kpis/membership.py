"""Spells of top membership: who was top on which day, and since when (spec 0, 2.2).

A spell is an unbroken run of days on which one relation was top on one basis. Spells of a relation
never overlap; where one begins on the day on which another ends, the membership goes on.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from kpis.frames import MEMBERSHIPS, OwnHistory, by_id


def before(history: OwnHistory, day: date) -> OwnHistory:
    """History as it stood before that local day: what began then is gone, what ended goes on."""
    return replace(
        history,
        memberships=history.memberships.filter(pl.col("from_on") < day).with_columns(
            until_on=pl.when(pl.col("until_on") < day).then("until_on")
        ),
        reviews=history.reviews.filter(pl.col("reviewed_on") < day),
    )


def open_spells(history: OwnHistory) -> pl.DataFrame:
    """Spells that hold, one row for each relation that is top."""
    return history.memberships.filter(pl.col("until_on").is_null())


def advance(spells: pl.DataFrame, members: pl.DataFrame, day: date) -> pl.DataFrame:
    """Spells after a day on which exactly the `members` are top, each on its basis.

    Args:
        spells: `MEMBERSHIPS` as they stood before `day`.
        members: `relation_id` and `basis`.
        day: local day from which ended spells no longer hold and new ones do.
    """
    pair = ["relation_id", "basis"]
    ended = spells.filter(pl.col("until_on").is_not_null())
    held = spells.filter(pl.col("until_on").is_null())
    return (
        pl.concat(
            [
                ended,
                held.join(members, on=pair, how="semi"),
                held.join(members, on=pair, how="anti").with_columns(until_on=pl.lit(day)),
                members.join(held, on=pair, how="anti").select(
                    "relation_id",
                    "basis",
                    from_on=pl.lit(day),
                    until_on=pl.lit(None, dtype=pl.Date()),
                ),
            ],
            how="diagonal",
        )
        .select(list(MEMBERSHIPS))
        .sort(*by_id("relation_id"), "from_on")
    )


def member_since(spells: pl.DataFrame) -> pl.DataFrame:
    """First day of each present membership, whatever its basis: `relation_id`, `since`."""
    previous_end = pl.col("until_on").shift(1).over("relation_id")
    return (
        spells.sort("relation_id", "from_on")
        .with_columns(
            begins=pl.when(previous_end.is_null() | (previous_end < pl.col("from_on"))).then(
                "from_on"
            )
        )
        .with_columns(since=pl.col("begins").forward_fill().over("relation_id"))
        .filter(pl.col("until_on").is_null())
        .select("relation_id", "since")
    )


def with_top_at(frame: pl.DataFrame, history: OwnHistory, *, day: str) -> pl.DataFrame:
    """Add `was_top`: whether `relation_id` was top on the local day in column `day`.

    Our history answers for the days of its spells and for all days since its first review; for
    earlier ones the present membership stands in. False without a relation or without a day.
    """
    first_day = history.reviews["reviewed_on"].min()
    spells = history.memberships.sort("from_on").select("relation_id", "from_on", "until_on")
    current = open_spells(history).select("relation_id", is_top_now=pl.lit(value=True))
    covered = pl.col("from_on").is_not_null() & (
        pl.col("until_on").is_null() | (pl.col("until_on") > pl.col(day))
    )
    is_known = (pl.col(day) >= pl.lit(first_day, dtype=pl.Date())).fill_null(value=False)
    return (
        frame.with_row_index("_row")
        .sort(day)
        .join_asof(
            spells,
            by="relation_id",
            left_on=day,
            right_on="from_on",
            coalesce=False,
            check_sortedness=False,
        )
        .join(current, on="relation_id", how="left")
        .with_columns(
            was_top=pl.col(day).is_not_null()
            & (covered | (~is_known & pl.col("is_top_now").fill_null(value=False)))
        )
        .sort("_row")
        .drop("_row", "from_on", "until_on", "is_top_now")
    )
