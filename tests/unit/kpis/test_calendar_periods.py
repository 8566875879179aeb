"""Local days, ages and periods (spec 0, 5.1)."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.calendar import (
    Period,
    add_months,
    age_days,
    day_of,
    days_inclusive,
    is_within,
    local_day,
    month_of,
    periods_to_date,
    previous_trailing_year,
    quarter_of,
    start_of_day,
    trailing_year,
    year_of,
)
from kpis.frames import INSTANT
from tests.unit.kpis.builders import at

AMSTERDAM = "Europe/Amsterdam"


def one(expression: pl.Expr) -> object:
    return pl.select(expression).item()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-03-31T21:59:59.999", date(2026, 3, 31)),
        ("2026-03-31T22:00", date(2026, 4, 1)),
        ("2026-01-31T22:59:59.999", date(2026, 1, 31)),
        ("2026-01-31T23:00", date(2026, 2, 1)),
    ],
)
def test_local_day_changes_at_local_midnight_in_summer_and_in_winter(instant, day):
    assert one(local_day(pl.lit(at(instant), dtype=INSTANT), AMSTERDAM)) == day
    assert day_of(at(instant), AMSTERDAM) == day


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(2026, 3, 29), AMSTERDAM, "2026-03-28T23:00"),
        (date(2026, 3, 30), AMSTERDAM, "2026-03-29T22:00"),
        (date(2026, 10, 25), AMSTERDAM, "2026-10-24T22:00"),
        (date(2026, 10, 26), AMSTERDAM, "2026-10-25T23:00"),
        (date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T03:00"),  # no midnight that day
        (date(2018, 11, 5), "America/Sao_Paulo", "2018-11-05T02:00"),
        (date(2026, 11, 1), "America/Havana", "2026-11-01T04:00"),  # midnight comes twice
    ],
)
def test_start_of_day_is_its_first_instant_when_the_clock_changes(day, zone, instant):
    assert one(start_of_day(pl.lit(day), zone)) == at(instant)


def test_start_of_day_keeps_null():
    assert one(start_of_day(pl.lit(None, dtype=pl.Date()), AMSTERDAM)) is None


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_start_of_day_lies_on_its_own_local_day(day):
    instant = start_of_day(pl.lit(day), AMSTERDAM)

    assert one(local_day(instant, AMSTERDAM)) == day
    assert one(local_day(instant.dt.offset_by("-1ms"), AMSTERDAM)) < day


@pytest.mark.parametrize(("day", "age"), [(29, 1), (30, 0), (1, 29)])
def test_age_counts_whole_local_days(day, age):
    assert one(age_days(pl.lit(date(2026, 6, day)), date(2026, 6, 30))) == age


def test_age_is_negative_when_the_day_lies_ahead():
    assert one(age_days(pl.lit(date(2026, 7, 2)), date(2026, 6, 30))) == -2


@pytest.mark.parametrize(("age", "within"), [(-1, False), (0, True), (89, True), (90, False)])
def test_within_90_days_means_an_age_from_0_to_89(age, within):
    assert one(is_within(pl.lit(age), 90)) is within


@pytest.mark.parametrize(
    ("day", "fiscal_year_start", "quarter", "year"),
    [
        (date(2026, 6, 30), 1, Period(date(2026, 4, 1), date(2026, 7, 1)), date(2026, 1, 1)),
        (date(2026, 7, 1), 1, Period(date(2026, 7, 1), date(2026, 10, 1)), date(2026, 1, 1)),
        (date(2026, 3, 31), 4, Period(date(2026, 1, 1), date(2026, 4, 1)), date(2025, 4, 1)),
        (date(2026, 4, 1), 4, Period(date(2026, 4, 1), date(2026, 7, 1)), date(2026, 4, 1)),
        (date(2026, 1, 31), 2, Period(date(2025, 11, 1), date(2026, 2, 1)), date(2025, 2, 1)),
        (date(2026, 12, 31), 12, Period(date(2026, 12, 1), date(2027, 3, 1)), date(2026, 12, 1)),
    ],
)
def test_quarter_and_year_count_from_the_first_fiscal_month(day, fiscal_year_start, quarter, year):
    assert quarter_of(day, fiscal_year_start) == quarter
    assert year_of(day, fiscal_year_start) == Period(year, add_months(year, 12))


def test_month_is_half_open():
    february = month_of(date(2028, 2, 29))

    assert february == Period(date(2028, 2, 1), date(2028, 3, 1))
    assert february.days == 29
    assert one(february.contains(pl.lit(date(2028, 2, 1)))) is True
    assert one(february.contains(pl.lit(date(2028, 2, 29)))) is True
    assert one(february.contains(pl.lit(date(2028, 3, 1)))) is False
    assert one(february.contains(pl.lit(date(2028, 1, 31)))) is False


@pytest.mark.parametrize(
    ("as_of_date", "first", "previous_first"),
    [
        (date(2026, 6, 30), date(2025, 7, 1), date(2024, 7, 1)),
        (date(2028, 2, 29), date(2027, 3, 1), date(2026, 3, 1)),
        (date(2029, 2, 28), date(2028, 2, 29), date(2027, 3, 1)),
    ],
)
def test_ttm_starts_after_the_same_day_last_year_and_includes_today(
    as_of_date, first, previous_first
):
    assert trailing_year(as_of_date).start == first
    assert one(trailing_year(as_of_date).contains(pl.lit(as_of_date))) is True
    assert previous_trailing_year(as_of_date) == Period(previous_first, first)


def test_periods_to_date_end_with_today():
    periods = periods_to_date(date(2026, 5, 20), 1)

    assert periods == {
        "mtd": Period(date(2026, 5, 1), date(2026, 5, 21)),
        "qtd": Period(date(2026, 4, 1), date(2026, 5, 21)),
        "ytd": Period(date(2026, 1, 1), date(2026, 5, 21)),
        "ttm": Period(date(2025, 5, 21), date(2026, 5, 21)),
    }


def test_days_inclusive_holds_both_ends():
    assert days_inclusive(date(2026, 6, 1), date(2026, 6, 1)).days == 1


def test_days_inclusive_refuses_a_reversed_pair():
    with pytest.raises(ValueError, match="2026-05-31 lies before the first day 2026-06-01"):
        days_inclusive(date(2026, 6, 1), date(2026, 5, 31))
