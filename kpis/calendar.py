"""Local days, ages and reporting periods (spec 0, 5.1).

An instant belongs to the day it falls on in the reporting zone. A period is a half-open run of
local days, whatever the clock does in between.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

MONTHS_PER_YEAR = 12
MONTHS_PER_QUARTER = 3
DAY = timedelta(days=1)

PeriodName = Literal["mtd", "qtd", "ytd", "ttm"]


def day_of(as_of: datetime, timezone: str) -> date:
    """Local day of one instant: `as_of_date` of the specification."""
    return as_of.astimezone(ZoneInfo(timezone)).date()


def local_day(instant: pl.Expr, timezone: str) -> pl.Expr:
    """Local day on which an instant falls; null gives null."""
    return instant.dt.convert_time_zone(timezone).dt.date()


def start_of_day(day: pl.Expr, timezone: str) -> pl.Expr:
    """First instant of a local day.

    Midnight is the first of two where the clock is set back over it. Where the clock is set forward
    over it the day starts at one o'clock.
    """
    midnight = day.cast(pl.Datetime("ms"))
    first = _localised(midnight, timezone).fill_null(
        _localised(midnight.dt.offset_by("1h"), timezone)
    )
    return first.dt.convert_time_zone("UTC")


def _localised(wall_clock: pl.Expr, timezone: str) -> pl.Expr:
    return wall_clock.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")


def age_days(day: pl.Expr, as_of_date: date) -> pl.Expr:
    """Whole days from a local day to `as_of_date`; negative when the day lies ahead."""
    return (pl.lit(as_of_date) - day).dt.total_days()


def is_within(age: pl.Expr, days: int) -> pl.Expr:
    """Whether an age lies within so many days: 0 <= age < days; null stays null."""
    return (age >= 0) & (age < days)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `start` up to but not including `end`."""

    start: date
    end: date

    def contains(self, day: pl.Expr) -> pl.Expr:
        """Whether a local day lies in the period; null stays null."""
        return (day >= self.start) & (day < self.end)

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days


def days_inclusive(first: date, last: date) -> Period:
    """Period from one day to another, both included.

    Raises:
        ValueError: `last` lies before `first`.
    """
    if last < first:
        raise ValueError(f"period: the last day {last} lies before the first day {first}")
    return Period(first, last + DAY)


def month_of(day: date) -> Period:
    """Calendar month that holds a day."""
    start = day.replace(day=1)
    return Period(start, add_months(start, 1))


def quarter_of(day: date, fiscal_year_start: int) -> Period:
    """Fiscal quarter that holds a day; quarters count from the first fiscal month (1 to 12)."""
    return _months_of(day, fiscal_year_start, MONTHS_PER_QUARTER)


def year_of(day: date, fiscal_year_start: int) -> Period:
    """Fiscal year that holds a day; it starts on day 1 of the first fiscal month (1 to 12)."""
    return _months_of(day, fiscal_year_start, MONTHS_PER_YEAR)


def _months_of(day: date, fiscal_year_start: int, length: int) -> Period:
    start = add_months(day.replace(day=1), -((day.month - fiscal_year_start) % length))
    return Period(start, add_months(start, length))


def add_months(day: date, months: int) -> date:
    """Same day of another month, or the last day of that month when it is shorter."""
    year, month0 = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 + months, MONTHS_PER_YEAR)
    month = month0 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def trailing_year(day: date) -> Period:
    """TTM: the days after the same day last year, or the last of that month, up to `day`."""
    return Period(add_months(day, -MONTHS_PER_YEAR) + DAY, day + DAY)


def previous_trailing_year(day: date) -> Period:
    """The TTM that ended where that of `day` starts."""
    return trailing_year(add_months(day, -MONTHS_PER_YEAR))


def periods_to_date(as_of_date: date, fiscal_year_start: int) -> dict[PeriodName, Period]:
    """Month, quarter and year to date and TTM, all up to and including `as_of_date`."""
    until = as_of_date + DAY
    return {
        "mtd": Period(month_of(as_of_date).start, until),
        "qtd": Period(quarter_of(as_of_date, fiscal_year_start).start, until),
        "ytd": Period(year_of(as_of_date, fiscal_year_start).start, until),
        "ttm": trailing_year(as_of_date),
    }
