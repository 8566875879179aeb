"""Values over time, out of daily snapshots that hold a row only where something changed."""

from datetime import date
from decimal import Decimal

import pytest

from console.trend import Past, number

TODAY = date(2026, 6, 30)


def day(seller_id: str, from_on: date, score: int | None) -> dict[str, object]:
    return {"seller_id": seller_id, "from_on": from_on, "seller_score": score}


ROWS = [
    day("1", date(2026, 6, 1), 50),
    day("1", date(2026, 4, 10), 40),
    day("2", date(2026, 5, 31), 99),
    day("1", date(2026, 6, 20), None),
]
PASTS = Past.by_seller(ROWS)
PAST = PASTS["1"]


@pytest.mark.parametrize(
    ("on", "score"),
    [
        (date(2026, 4, 9), None),
        (date(2026, 4, 10), 40),
        (date(2026, 5, 31), 40),
        (date(2026, 6, 1), 50),
        (date(2026, 6, 19), 50),
        (date(2026, 6, 20), None),
    ],
)
def test_value_on_a_day_is_that_of_the_last_row_up_to_it(on, score):
    assert PAST.value_on("seller_score", on) == score


def test_last_month_is_its_last_day():
    assert PAST.trend("seller_score", 60, today=TODAY).last_month == 40


def test_weeks_are_thirteen_days_a_week_apart_and_end_now():
    trend = PAST.trend("seller_score", 60, today=TODAY)

    assert trend.days[0] == date(2026, 4, 7)
    assert trend.days[-2:] == (date(2026, 6, 23), TODAY)
    assert trend.weeks == (None, 40, 40, 40, 40, 40, 40, 40, 50, 50, 50, None, 60)
    assert len(trend.days) == 13


def test_today_is_what_the_results_say_and_not_the_snapshot():
    past = Past([day("1", TODAY, 10)])

    assert past.trend("seller_score", 20, today=TODAY).weeks[-1] == 20


def test_snapshots_after_the_moment_of_the_results_do_not_exist():
    past = Past([day("1", date(2026, 7, 1), 10)])

    trend = past.trend("seller_score", None, today=TODAY)
    assert trend.weeks == (None,) * 13
    assert trend.last_month is None


def test_snapshots_are_kept_apart_by_seller():
    assert sorted(PASTS) == ["1", "2"]
    assert PASTS["2"].value_on("seller_score", TODAY) == 99


def test_seller_without_snapshots_has_no_past():
    assert Past().value_on("seller_score", TODAY) is None


@pytest.mark.parametrize("value", [None, 3, Decimal("0.5")])
def test_number_is_kept(value):
    assert number(value) == value


def test_number_refuses_what_is_none():
    with pytest.raises(TypeError, match="str where a number belongs"):
        number("secret")
