"""Targets of sellers: whose they are, of which days, and which are none."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connector.goal import is_by_user, seller_of, to_goal, zone_of
from connector.values import RecordError
from kpis.records import Goal

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
YEAR = {
    "hs_target_amount": "500000.00",
    "hs_start_datetime": "2026-01-01T00:00:00Z",
    "hs_end_datetime": "2027-01-01T00:00:00Z",
    "hs_goal_type": "sales_quota",
}


def goal(zone: ZoneInfo | None = AMSTERDAM, **values: str | None) -> Goal | None:
    return to_goal("7", YEAR | values, seller="51", zone=zone)


def period(values: dict[str, str], zone: ZoneInfo | None = AMSTERDAM) -> tuple[str, str]:
    found = goal(zone, **values)
    assert found is not None
    return found.starts_at.isoformat(), found.ends_at.isoformat()


def test_goal_holds_seller_amount_period_and_type():
    assert goal(zone=None) == Goal(
        "7",
        "51",
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        Decimal(500000),
        "sales_quota",
    )


def test_goal_without_a_type_has_none():
    found = goal(hs_goal_type="")

    assert found is not None
    assert found.goal_type is None


@pytest.mark.parametrize("name", ["hs_target_amount", "hs_start_datetime", "hs_end_datetime"])
@pytest.mark.parametrize("empty", ["", None])
def test_goal_that_lacks_amount_or_date_is_none(name, empty):
    assert goal(**{name: empty}) is None


def test_goal_of_nobody_is_none():
    assert to_goal("7", YEAR, seller=None, zone=None) is None


@pytest.mark.parametrize(
    ("name", "text"), [("hs_target_amount", "5.000,-"), ("hs_end_datetime", "soon")]
)
def test_goal_that_cannot_be_read_names_the_property_and_not_the_value(name, text):
    with pytest.raises(RecordError, match=name) as caught:
        goal(**{name: text})

    assert text not in str(caught.value)


def test_period_that_starts_at_midnight_utc_is_one_of_local_days():
    assert period({}) == ("2025-12-31T23:00:00+00:00", "2026-12-31T23:00:00+00:00")


def test_period_of_local_days_follows_the_clock_into_summer_time():
    spring = {
        "hs_start_datetime": "2026-01-01T00:00:00Z",
        "hs_end_datetime": "2026-04-01T00:00:00Z",
    }

    assert period(spring) == ("2025-12-31T23:00:00+00:00", "2026-03-31T22:00:00+00:00")


def test_period_that_ends_within_its_last_day_keeps_that_day():
    last = {"hs_end_datetime": "2026-12-31T23:59:59.999Z"}

    assert period(last)[1] == "2026-12-31T22:59:59.999000+00:00"


def test_period_that_starts_at_another_moment_stands_as_it_is():
    local = {
        "hs_start_datetime": "2025-12-31T23:00:00Z",
        "hs_end_datetime": "2026-12-31T23:00:00Z",
    }

    assert period(local) == ("2025-12-31T23:00:00+00:00", "2026-12-31T23:00:00+00:00")


def test_period_stands_as_it_is_when_the_zone_is_not_known():
    assert period({}, zone=None)[0] == "2026-01-01T00:00:00+00:00"


OWNERS = {"51", "52"}
BY_USER = {"901": "51"}


@pytest.mark.parametrize(
    ("values", "seller", "takes_users"),
    [
        ({"hubspot_owner_id": "52"}, "52", False),
        ({"hubspot_owner_id": "52", "hs_assignee_user_id": "901"}, "52", False),
        ({"hubspot_owner_id": "901"}, "51", True),
        ({"hubspot_owner_id": "77"}, "77", True),
        ({"hubspot_owner_id": "", "hs_assignee_user_id": "901"}, "51", True),
        ({"hubspot_owner_id": None, "hs_assignee_user_id": "902"}, None, True),
        ({"hs_assignee_user_id": ""}, None, False),
        ({}, None, False),
    ],
)
def test_seller_is_named_as_owner_or_as_user(values, seller, takes_users):
    assert seller_of(values, OWNERS, BY_USER) == seller
    assert is_by_user(values, OWNERS) is takes_users


@pytest.mark.parametrize("name", [None, "", "Mars/Base", "../etc"])
def test_zone_that_does_not_exist_is_none(name):
    assert zone_of(name) is None


def test_zone_is_found_by_its_name():
    assert zone_of("Europe/Amsterdam") == AMSTERDAM
