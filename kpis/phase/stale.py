"""Open deals on which nothing happens any more (spec 3.2, Stale)."""

from datetime import datetime

import polars as pl

from kpis.calendar import local_day, start_of_day

CLOCK_SLACK_DAYS = 2
"""So much can the elapsed time fall short of the count of local days at most, rounded up."""


def stale_spells(
    spells: pl.DataFrame, touches: pl.DataFrame, *, days: int, timezone: str, as_of: datetime
) -> pl.DataFrame:
    """Parts of open spells that are stale: `spell`, `deal`, `relation`, `at`, `until`, `stale_on`.

    A deal is stale from the start of the local day on which its last stage change or activity is
    `days` old, until the next one (null: still).

    Args:
        spells: open spells with `spell`, `deal`, `relation`, `at`, `until`.
        touches: activities up to `as_of`: `deal`, `at`.
        days: section `phase`, `stale_deal`.
        timezone: of the local days.
        as_of: end of what lasts.
    """
    enough = pl.duration(days=days - CLOCK_SLACK_DAYS)
    is_long = pl.col("until").fill_null(as_of) - pl.col("at") >= enough
    long = spells.filter(is_long).select("spell", "deal", "relation", "at", "until")
    within = (
        touches.join(long.select("deal").unique(), on="deal", how="semi")
        .sort("deal", "at")
        .join_asof(
            long.with_columns(entered_at="at"),
            on="at",
            by="deal",
            check_sortedness=False,
        )
        .filter((pl.col("at") < pl.col("until")).fill_null(pl.col("spell").is_not_null()))
        .select(long.columns)
    )
    ends = pl.when(pl.col("spell") == pl.col("spell").shift(-1)).then(pl.col("at").shift(-1))
    return (
        pl.concat([long, within])
        .sort("spell", "at")
        .with_columns(until=pl.coalesce(ends, "until"))
        .filter(is_long)
        .with_columns(stale_on=local_day(pl.col("at"), timezone).dt.offset_by(f"{days}d"))
        .with_columns(at=pl.max_horizontal("at", start_of_day(pl.col("stale_on"), timezone)))
        .filter(pl.col("at") < pl.col("until").fill_null(pl.lit(as_of).dt.offset_by("1ms")))
        .select("spell", "deal", "relation", "at", "until", "stale_on")
    )


def still_open(spells: pl.DataFrame, stale: pl.DataFrame) -> pl.DataFrame:
    """Parts of open spells that are not stale, with the columns of `spells`."""
    broken = spells.join(stale, on="spell", how="semi")
    resumed = (
        stale.filter(pl.col("until").is_not_null())
        .select("spell", resumed_at="until")
        .join(broken, on="spell")
        .with_columns(at="resumed_at")
        .select(spells.columns)
    )
    parts = (
        pl.concat([broken, resumed])
        .sort("spell", "at")
        .join_asof(
            stale.select("spell", "at", stale_at="at").sort("spell", "at"),
            on="at",
            by="spell",
            strategy="forward",
            check_sortedness=False,
        )
        .with_columns(until=pl.coalesce("stale_at", "until"))
        .filter((pl.col("at") < pl.col("until")).fill_null(value=True))
        .select(spells.columns)
    )
    return pl.concat([spells.join(stale, on="spell", how="anti"), parts]).drop("spell")
