"""Targets of sellers out of goals.csv."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connector.ports import ConfigError
from kpis.records import Goal

HEADER = "id,hubspot_owner_id,hs_assignee_user_id,hs_target_amount,hs_start_datetime,"
PERIOD = "2026-01-01,2026-04-01"


def write(export, *lines: str) -> None:
    text = "\n".join((HEADER + "hs_end_datetime,hs_goal_type", *lines))
    (export / "goals.csv").write_text(f"{text}\n")


def test_account_without_the_file_has_no_goals(adapter):
    crm = adapter()

    assert not crm.describe().capabilities.has_goals
    assert list(crm.goals()) == []


def test_days_of_a_goal_are_those_of_the_account(adapter, export):
    (export / "account.csv").write_text("key,value\ntimezone,Europe/Amsterdam\n")
    write(export, f"7,51,,1000.50,{PERIOD},sales_quota")
    crm = adapter()

    assert crm.describe().capabilities.has_goals
    assert list(crm.goals()) == [
        Goal(
            "7",
            "51",
            datetime(2025, 12, 31, 23, tzinfo=UTC),
            datetime(2026, 3, 31, 22, tzinfo=UTC),
            Decimal("1000.5"),
            "sales_quota",
        )
    ]


def test_day_begins_at_midnight_utc_when_the_account_tells_no_zone(adapter, export):
    write(export, f"7,51,,1000,{PERIOD},")

    (goal,) = adapter().goals()

    assert goal.starts_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_seller_may_be_named_by_the_user_of_the_owners_file(adapter, export):
    (export / "owners.csv").write_text("id,user_id\n51,901\n52,\n")
    write(export, f"1,,901,5,{PERIOD},", f"2,901,,6,{PERIOD},", f"3,52,901,7,{PERIOD},")

    assert [one.owner for one in adapter().goals()] == ["51", "51", "52"]


def test_line_without_seller_amount_or_period_is_left_out(adapter, export):
    write(export, f"1,,,5,{PERIOD},", f"2,51,,,{PERIOD},", "3,51,,5,2026-01-01,,", "4,51,,5,,,")

    assert list(adapter().goals()) == []


def test_cell_that_cannot_be_read_is_named_with_its_place_and_not_its_value(adapter, export):
    write(export, f"1,51,,5,{PERIOD},", f"2,51,,vijf,{PERIOD},")

    with pytest.raises(ConfigError, match=r"goals\.csv line 3: hs_target_amount is not") as caught:
        list(adapter().goals())

    assert "vijf" not in str(caught.value)
