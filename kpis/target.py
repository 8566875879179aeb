"""Targets of sellers, and how far they are (spec 5.4).

A target belongs to a whole month, quarter or year. It is the goal with exactly that period, else
the sum of goals that cover it without gap or overlap, else nobody knows it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from kpis.calendar import (
    Period,
    PeriodName,
    days_inclusive,
    local_day,
    month_of,
    quarter_of,
    year_of,
)
from kpis.frames import EXACT, TEXT, Mirror, Schema, by_id
from kpis.parameters import Parameters
from kpis.rounding import quotient

TARGETS: Schema = {
    "seller_id": TEXT,
    "period": TEXT,
    "target": EXACT,
    "elapsed_days": pl.Int64(),  # today included
    "days": pl.Int64(),
}
"""Targets that are known, one row per seller and period to date."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Amount over a run of local days."""

    period: Period
    amount: Decimal


def seller_targets(mirror: Mirror, parameters: Parameters, as_of_date: date) -> pl.DataFrame:
    """Targets of the month, quarter and year that hold `as_of_date`: frame of `TARGETS`."""
    goals = (
        _configured(parameters)
        if parameters.revenue.target == "config"
        else _told(mirror, parameters)
    )
    rows = []
    for name, period in _periods(as_of_date, parameters.reporting.fiscal_year_start).items():
        elapsed = (as_of_date - period.start).days + 1
        for seller_id, given in goals.items():
            amount = target_of(given, period)
            if amount is not None:
                rows.append((seller_id, name, amount, elapsed, period.days))
    return pl.DataFrame(rows, schema=TARGETS, orient="row")


def with_attainment(periods: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Add `target`, `attainment` and `pace`; null without a positive target.

    Args:
        periods: `seller_id`, `period` and `revenue` to date.
        targets: frame of `TARGETS`.
    """
    # One division alone, so that nothing is cut before the end.
    elapsed_target = pl.col("target") * pl.col("elapsed_days").cast(EXACT)
    revenue_of_days = pl.col("revenue") * pl.col("days").cast(EXACT)
    positive = pl.when(pl.col("target") > 0)
    return (
        periods.join(targets, on=["seller_id", "period"], how="left", maintain_order="left")
        .with_columns(
            attainment=positive.then(quotient(pl.col("revenue"), pl.col("target"))),
            pace=positive.then(quotient(revenue_of_days, elapsed_target)),
        )
        .drop("elapsed_days", "days")
    )


def target_of(goals: Sequence[Goal], period: Period) -> Decimal | None:
    """Target of exactly that period; None when the goals do not cover it once.

    Of several goals with one period the first counts. Where goals of several lengths cover it, the
    longest are taken first.
    """
    inside: dict[date, list[Goal]] = defaultdict(list)
    for goal in goals:
        if period.start <= goal.period.start and goal.period.end <= period.end:
            inside[goal.period.start].append(goal)
    return _sum_from(period.start, period.end, inside)


def _sum_from(start: date, end: date, inside: dict[date, list[Goal]]) -> Decimal | None:
    if start == end:
        return Decimal(0)
    for goal in sorted(inside[start], key=lambda one: one.period.end, reverse=True):
        rest = _sum_from(goal.period.end, end, inside)
        if rest is not None:
            return goal.amount + rest
    return None


def _periods(day: date, fiscal_year_start: int) -> dict[PeriodName, Period]:
    return {
        "mtd": month_of(day),
        "qtd": quarter_of(day, fiscal_year_start),
        "ytd": year_of(day, fiscal_year_start),
    }


def _configured(parameters: Parameters) -> dict[str, list[Goal]]:
    goals: dict[str, list[Goal]] = defaultdict(list)
    for target in parameters.revenue.targets:
        period = days_inclusive(target.start, target.end)
        goals[target.owner].append(Goal(period, target.amount))
    return goals


def _told(mirror: Mirror, parameters: Parameters) -> dict[str, list[Goal]]:
    """Goals of the CRM; an end at local midnight is exclusive, any other takes in its day."""
    timezone, types = parameters.reporting.timezone, parameters.revenue.goal_types
    local_end = pl.col("ends_at").dt.convert_time_zone(timezone)
    is_midnight = local_end.dt.time() == pl.time(0, 0)
    last_day = local_end.dt.date()
    rows = (
        mirror.goals.filter(pl.lit(not types) | pl.col("goal_type").is_in(types))
        .sort(by_id("goal_id"))
        .select(
            "seller_id",
            start=local_day(pl.col("starts_at"), timezone),
            end=pl.when(is_midnight).then(last_day).otherwise(last_day.dt.offset_by("1d")),
            amount="amount",
        )
        .filter(pl.col("end") > pl.col("start"))
    )
    goals: dict[str, list[Goal]] = defaultdict(list)
    for seller_id, start, end, amount in rows.iter_rows():
        goals[seller_id].append(Goal(Period(start, end), amount))
    return goals
