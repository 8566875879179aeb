"""How long a win keeps a relation in the order phase (spec 3.2, rules 4 and 6)."""

from decimal import Decimal

import polars as pl

from kpis.calendar import start_of_day
from kpis.frames import EXACT
from kpis.parameters import PhaseParameters
from kpis.rounding import exact

LONGEST_HOLD = 36_500
"""Bound of every parameter in days; keeps an absurd factor within the calendar."""


def holds(won: pl.DataFrame, parameters: PhaseParameters, timezone: str) -> pl.DataFrame:
    """What each win changes, sorted by `relation` and `at`; of two at one instant the lowest deal.

    Returns:
        `relation`, `at`, `won_at`, `won_on`, `won_deal`, `hold_days`; the local days
        `hold_ends_on` and `lapses_on`, the first days without; `hold_ends_at` and `lapses_at`,
        their starts; `day_ends_at`, the first instant after the day of the win.
    """
    known = won.filter(pl.col("relation").is_not_null())
    wins = known.sort("relation", "at", "deal").unique(
        ["relation", "at"], keep="first", maintain_order=True
    )
    days = pl.col("hold_days")
    return (
        wins.join(hold_days(wins, parameters), on=["relation", "day"], maintain_order="left")
        .with_columns(
            hold_ends_on=pl.col("day") + pl.duration(days=days),
            lapses_on=pl.col("day")
            + pl.duration(days=pl.max_horizontal(days, pl.lit(parameters.lapse))),
        )
        .select(
            "relation",
            "at",
            "hold_days",
            "hold_ends_on",
            "lapses_on",
            won_at="at",
            won_on="day",
            won_deal="deal",
            hold_ends_at=start_of_day(pl.col("hold_ends_on"), timezone),
            lapses_at=start_of_day(pl.col("lapses_on"), timezone),
            day_ends_at=start_of_day(pl.col("day").dt.offset_by("1d"), timezone),
        )
    )


def hold_days(wins: pl.DataFrame, parameters: PhaseParameters) -> pl.DataFrame:
    """Length of the hold after each day with a win: `relation`, `day`, `hold_days`.

    It follows the buyer's rhythm once there are enough intervals between distinct days, as they
    were known on that day.
    """
    days = wins.select("relation", "day").unique().sort("relation", "day")
    frequent = days.filter(pl.len().over("relation") > parameters.hold_min_intervals)
    interval = pl.col("day").diff().dt.total_days().over("relation").cast(pl.Float64())
    # Medians of whole numbers are whole or end in a half, so the float is exact.
    longest = max(frequent.height, 1)
    median = pl.col("interval").rolling_median(longest, min_samples=1).over("relation")
    rhythm = (
        (exact(parameters.hold_interval_factor) * pl.col("median").cast(EXACT))
        .clip(upper_bound=Decimal(LONGEST_HOLD))
        .ceil()
        .cast(pl.Int64())
    )
    is_regular = pl.col("interval").cum_count().over("relation") >= parameters.hold_min_intervals
    rhythms = (
        frequent.with_columns(interval=interval)
        .with_columns(median=median)
        .filter(is_regular)
        .select("relation", "day", rhythm=rhythm)
    )
    minimum = pl.lit(parameters.order_hold, dtype=pl.Int64())
    return days.join(rhythms, on=["relation", "day"], how="left").select(
        "relation", "day", hold_days=pl.max_horizontal(minimum, "rhythm")
    )
