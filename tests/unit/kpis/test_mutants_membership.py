"""Membership on a day, and what a day adds to the spells (spec 0, 2.2)."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from kpis.frames import MEMBERSHIPS, REVIEWS, TEXT, OwnHistory
from kpis.membership import advance, with_top_at
from tests.unit.kpis.builders import rows

HISTORY = OwnHistory(
    memberships=rows(
        MEMBERSHIPS,
        {"relation_id": "1", "from_on": date(2026, 5, 1)},
        {"relation_id": "1", "from_on": date(2026, 3, 1), "until_on": date(2026, 4, 1)},
        {"relation_id": "4", "from_on": date(2026, 5, 1)},
        {"relation_id": "2", "from_on": date(2026, 3, 1), "until_on": date(2026, 4, 1)},
    ),
    reviews=rows(
        REVIEWS,
        {"reviewed_on": date(2026, 3, 1), "group": "", "mean_revenue": Decimal(1)},
        {"reviewed_on": date(2026, 6, 1), "group": "", "mean_revenue": Decimal(1)},
    ),
)


def was_top(*given: tuple[str | None, date | None], history: OwnHistory = HISTORY) -> list[bool]:
    frame = pl.DataFrame(given, schema={"relation_id": TEXT, "day": pl.Date()}, orient="row")
    told = with_top_at(frame, history, day="day")

    assert told.columns == ["relation_id", "day", "was_top"]
    assert told.select("relation_id", "day").rows() == list(given)
    return told["was_top"].to_list()


@pytest.mark.parametrize(
    ("relation_id", "day", "expected"),
    [
        ("1", date(2026, 2, 28), True),  # before the first review: as now
        ("1", date(2026, 3, 1), True),
        ("1", date(2026, 3, 31), True),
        ("1", date(2026, 4, 1), False),
        ("1", date(2026, 4, 30), False),
        ("1", date(2026, 5, 1), True),
        ("2", date(2026, 2, 28), False),
        ("2", date(2026, 3, 1), True),
        ("2", date(2026, 4, 1), False),
        ("3", date(2026, 2, 28), False),
        ("3", date(2026, 3, 1), False),
        ("4", date(2026, 2, 28), True),
        ("4", date(2026, 3, 1), False),
        ("1", None, False),
        (None, date(2026, 3, 1), False),
        (None, None, False),
    ],
)
def test_relation_was_top_on_the_days_of_its_spells_and_before_them_as_it_is_now(
    relation_id, day, expected
):
    assert was_top((relation_id, day)) == [expected]


def test_rows_keep_their_order_when_their_days_do_not_follow_each_other():
    given = [
        ("1", date(2026, 5, 1)),
        ("2", date(2026, 4, 1)),
        ("1", None),
        ("2", date(2026, 3, 1)),
        ("1", date(2026, 4, 1)),
    ]

    assert was_top(*given) == [True, False, False, True, False]


def test_present_membership_stands_in_for_all_days_before_it_when_there_was_no_review():
    unreviewed = OwnHistory(memberships=HISTORY.memberships)

    assert was_top(
        ("1", date(2026, 1, 1)), ("2", date(2026, 1, 1)), ("1", None), history=unreviewed
    ) == [True, False, False]


def test_day_ends_what_is_no_longer_held_and_begins_what_is_new_in_the_order_of_ids():
    held = rows(
        MEMBERSHIPS,
        {"relation_id": "10", "from_on": date(2026, 1, 1), "basis": "rule"},
        {"relation_id": "9", "from_on": date(2026, 1, 1), "basis": "rule"},
        {
            "relation_id": "8",
            "from_on": date(2026, 1, 1),
            "until_on": date(2026, 2, 1),
            "basis": "rule",
        },
        {"relation_id": "11", "from_on": date(2026, 1, 1), "basis": "rule"},
    )
    members = pl.DataFrame(
        [("9", "rule"), ("10", "manual"), ("8", "rule")],
        schema=["relation_id", "basis"],
        orient="row",
    )

    spells = advance(held, members, date(2026, 6, 1))

    assert spells.select("relation_id", "from_on", "until_on", "basis").rows() == [
        ("8", date(2026, 1, 1), date(2026, 2, 1), "rule"),
        ("8", date(2026, 6, 1), None, "rule"),
        ("9", date(2026, 1, 1), None, "rule"),
        ("10", date(2026, 1, 1), date(2026, 6, 1), "rule"),
        ("10", date(2026, 6, 1), None, "manual"),
        ("11", date(2026, 1, 1), date(2026, 6, 1), "rule"),
    ]
