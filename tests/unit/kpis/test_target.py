"""Targets of sellers, attainment and pace (spec 5.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.calendar import DAY, Period
from kpis.frames import EXACT, GOALS, Mirror
from kpis.parameters import Parameters
from kpis.rounding import ratio
from kpis.target import TARGETS, Goal, seller_targets, target_of, with_attainment
from tests.unit.kpis.builders import at, rows
from tests.unit.kpis.scene import Scene

TODAY = date(2026, 6, 30)
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def goal(first: str, last: str, amount: int) -> Goal:
    """Goal from one day to another, both included."""
    return Goal(Period(date.fromisoformat(first), date.fromisoformat(last) + DAY), Decimal(amount))


QUARTERS = [
    goal("2026-01-01", "2026-03-31", 1),
    goal("2026-04-01", "2026-06-30", 20),
    goal("2026-07-01", "2026-09-30", 300),
    goal("2026-10-01", "2026-12-31", 4_000),
]


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        ([], None),
        ([goal("2026-01-01", "2026-12-31", 7)], 7),
        ([goal("2026-01-01", "2026-12-31", 7), *QUARTERS], 7),
        (QUARTERS, 4_321),
        (QUARTERS[:3], None),
        ([*QUARTERS[:1], *QUARTERS[2:]], None),
        ([*QUARTERS, goal("2026-05-01", "2026-05-31", 9)], 4_321),
        ([goal("2026-01-01", "2026-06-30", 5), *QUARTERS], 4_305),
        ([goal("2025-01-01", "2026-12-31", 7)], None),
        ([goal("2025-12-31", "2026-06-29", 7), goal("2026-06-30", "2026-12-31", 8)], None),
        ([goal("2026-01-01", "2026-06-30", 7), goal("2026-06-30", "2026-12-31", 8)], None),
        ([goal("2026-01-01", "2026-06-29", 7), goal("2026-07-01", "2026-12-31", 8)], None),
        ([goal("2026-01-01", "2026-06-29", 7), goal("2026-06-30", "2026-12-31", 8)], 15),
        ([goal("2026-01-01", "2026-12-31", 0)], 0),
    ],
)
def test_target_is_the_goal_of_the_period_or_the_sum_of_goals_that_cover_it_once(goals, expected):
    assert target_of(goals, YEAR) == expected
    assert target_of(list(reversed(goals)), YEAR) == expected


def test_target_is_covered_by_the_longest_goals_that_reach_its_end():
    goals = [
        goal("2026-01-01", "2026-11-30", 50),  # leaves December, which nothing covers
        *QUARTERS,
    ]

    assert target_of(goals, YEAR) == 4_321


def told(*given: dict[str, Any], today: date = TODAY, **sections: Any) -> dict[str, Any]:
    """Target of S1 by period."""
    goals = (
        {"goal_id": str(number), "seller_id": "S1", "amount": Decimal(100), **one}
        for number, one in enumerate(given)
    )
    frame = seller_targets(
        Mirror(goals=rows(GOALS, *goals)), Parameters.model_validate(sections), today
    )
    return {row["period"]: row for row in frame.iter_rows(named=True)}


YEAR_GOAL = {"starts_at": at("2025-12-31T23:00"), "ends_at": at("2026-12-31T23:00")}


def test_goal_that_ends_at_local_midnight_does_not_hold_that_day():
    found = told(YEAR_GOAL)

    assert list(found) == ["ytd"]
    assert (found["ytd"]["target"], found["ytd"]["elapsed_days"], found["ytd"]["days"]) == (
        Decimal(100),
        181,
        365,
    )


@pytest.mark.parametrize(
    ("ends_at", "is_year"),
    [
        ("2026-12-31T22:59:59.999", True),
        ("2026-12-31T23:00", True),
        ("2026-12-31T23:00:00.001", False),
        ("2026-12-30T23:00", False),
        ("2026-12-30T23:00:01", True),
    ],
)
def test_goal_that_ends_within_a_day_holds_that_day(ends_at, is_year):
    assert ("ytd" in told({**YEAR_GOAL, "ends_at": at(ends_at)})) is is_year


def test_midnight_is_that_of_the_reporting_zone():
    goal_in_utc = {"starts_at": at("2026-01-01"), "ends_at": at("2027-01-01")}

    assert "ytd" in told(goal_in_utc, reporting={"timezone": "UTC"})
    assert "ytd" not in told(goal_in_utc)


def test_goal_without_days_is_no_goal():
    assert told({**YEAR_GOAL, "ends_at": YEAR_GOAL["starts_at"]}) == {}


def test_targets_stand_per_month_quarter_and_year():
    found = told(
        YEAR_GOAL,
        {"starts_at": at("2026-03-31T22:00"), "ends_at": at("2026-06-30T22:00")},
        {"starts_at": at("2026-05-31T22:00"), "ends_at": at("2026-06-30T22:00")},
        today=date(2026, 6, 10),
    )

    assert {name: (row["elapsed_days"], row["days"]) for name, row in found.items()} == {
        "mtd": (10, 30),
        "qtd": (71, 91),
        "ytd": (161, 365),
    }


def test_year_and_quarter_are_fiscal():
    april = {"starts_at": at("2026-03-31T22:00"), "ends_at": at("2027-03-31T22:00")}

    assert "ytd" not in told(april)
    found = told(april, reporting={"fiscal_year_start": 4})
    assert found["ytd"]["elapsed_days"] == 91


@pytest.mark.parametrize(
    ("types", "kinds"),
    [
        ([], ["revenue", "calls", None]),
        (["revenue"], ["revenue"]),
        (["calls", "revenue"], ["revenue", "calls"]),
        (["meetings"], []),
    ],
)
def test_goals_are_of_the_given_types_and_of_all_when_none_is_given(types, kinds):
    found = [
        kind
        for kind in ("revenue", "calls", None)
        if told({**YEAR_GOAL, "goal_type": kind}, revenue={"goal_types": types})
    ]

    assert found == kinds


def test_targets_of_the_configuration_take_in_their_last_day_and_leave_goals_aside():
    targets = [
        {"owner": "S1", "start": "2026-01-01", "end": "2026-12-31", "amount": 500},
        {"owner": "S1", "start": "2026-06-01", "end": "2026-06-29", "amount": 9},
        {"owner": "S1", "start": "2026-06-30", "end": "2026-06-30", "amount": 1},
    ]

    found = told(YEAR_GOAL, revenue={"target": "config", "targets": targets})
    assert {name: row["target"] for name, row in found.items()} == {"ytd": 500, "mtd": 10}

    found = told(YEAR_GOAL, revenue={"targets": targets})
    assert {name: row["target"] for name, row in found.items()} == {"ytd": 100}


def attained(revenue: str, target: str | None, elapsed: int = 181, days: int = 365) -> Any:
    """Attainment and pace of a year."""
    schema = {"seller_id": pl.String(), "period": pl.String(), "revenue": EXACT}
    periods = pl.DataFrame([("S1", "ytd", Decimal(revenue))], schema=schema, orient="row")
    known = [] if target is None else [("S1", "ytd", Decimal(target), elapsed, days)]
    targets = pl.DataFrame(known, schema=TARGETS, orient="row")
    frame = with_attainment(periods, targets)
    return frame.select(ratio(pl.col("attainment", "pace"))).row(0)


def test_attainment_is_revenue_by_target_and_pace_by_the_part_that_is_due():
    assert attained("69540", "160000") == (Decimal("0.4346"), Decimal("0.8765"))
    assert attained("50", "100", 365) == (Decimal("0.5"), Decimal("0.5"))
    assert attained("300", "100", 73) == (Decimal(3), Decimal(15))
    assert attained("-50", "100", 73) == (Decimal("-0.5"), Decimal("-2.5"))


@pytest.mark.parametrize("target", ["0", "-5", None])
def test_attainment_and_pace_are_blank_without_a_positive_target(target):
    assert attained("50", target) == (None, None)


def test_seller_with_only_credits_has_a_revenue_component_of_nought():
    scene = Scene(top=("1", "2", "3")).company("1").company("2").company("3")
    scene.won("1", "2026-06-05", amount=Decimal(-2_000))
    scene.goal("S1", "2025-12-31T23:00", "2026-12-31T23:00", 160_000)

    row = scene.seller()

    assert row["revenue_ytd"] == Decimal(-2_000)
    assert row["top_revenue_share"] is None
    assert row["revenue_component"] == 0


def test_periods_to_date_have_their_targets_and_a_trailing_year_has_none():
    scene = Scene().company("1").goal("S1", "2025-12-31T23:00", "2026-12-31T23:00", 100)
    periods = scene.results().periods

    assert dict(periods.select("period", "target").iter_rows()) == {
        "mtd": None,
        "qtd": None,
        "ytd": Decimal(100),
        "ttm": None,
    }
