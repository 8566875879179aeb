"""Targets of sellers over the wire: pages, sellers named by user, and what is left out."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.hubspot.goal import goals
from connector.ports import Capabilities, Description, PermanentCrmError
from kpis.records import Goal, Owner

GOALS = "/crm/objects/2026-09/goal_targets"
OWNERS = "/crm/owners/2026-09"


def described(*owners: str, timezone: str | None = None) -> Description:
    return Description(
        account_id="1",
        currency=None,
        timezone=timezone,
        owners=tuple(Owner(one, one) for one in owners),
        stages=(),
        dispositions={},
        rates=(),
        properties={},
        property_room={},
        app_id=None,
        capabilities=Capabilities(
            can_write=True, readable=frozenset(), has_history=True, has_splits=False, missing={}
        ),
    )


def target(external_id: str, **values: str | None) -> dict[str, Any]:
    properties = {
        "hubspot_owner_id": "51",
        "hs_target_amount": "1000",
        "hs_start_datetime": "2026-01-01T00:00:00Z",
        "hs_end_datetime": "2026-04-01T00:00:00Z",
        "hs_goal_type": "sales_quota",
    }
    return {"id": external_id, "properties": properties | values}


def read(adapter, *owners: str, timezone: str | None = None) -> list[Goal]:
    return list(goals(adapter()._calls, described(*owners, timezone=timezone)))


def test_goals_are_read_by_the_hundred_with_what_they_are_built_from(replay, adapter):
    replay.lay("GET", GOALS, {"results": [target("1")], "paging": {"next": {"after": "2"}}})
    replay.lay("GET", GOALS, {"results": [target("2", hs_target_amount="2500.5")]})

    found = read(adapter, "51")

    assert found == [
        Goal(
            one,
            "51",
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 4, 1, tzinfo=UTC),
            Decimal(amount),
            "sales_quota",
        )
        for one, amount in (("1", "1000"), ("2", "2500.5"))
    ]
    assert [(one.query["limit"], one.query.get("after")) for one in replay.asked] == [
        ("100", None),
        ("100", "2"),
    ]
    assert replay.asked[0].query["properties"].split(",") == [
        "hubspot_owner_id",
        "hs_assignee_user_id",
        "hs_target_amount",
        "hs_start_datetime",
        "hs_end_datetime",
        "hs_goal_type",
    ]


def test_goal_without_seller_amount_or_period_is_left_out(replay, adapter):
    targets = [
        target("1", hubspot_owner_id=None),
        target("2", hs_target_amount=""),
        target("3", hs_end_datetime=None),
        target("4", hs_target_amount="veel"),
        target("5", hs_start_datetime="binnenkort"),
        {"id": "6"},
        target("7"),
    ]
    replay.lay("GET", GOALS, {"results": targets})

    assert [one.external_id for one in read(adapter, "51")] == ["7"]


def test_seller_that_is_named_by_user_is_found_among_the_owners(replay, adapter):
    targets = [
        target("1", hubspot_owner_id="901"),
        target("2", hubspot_owner_id=None, hs_assignee_user_id="902"),
        target("3"),
    ]
    replay.lay("GET", GOALS, {"results": targets})
    left = {"id": "52", "userId": None, "userIdIncludingInactive": 902}
    before = {"id": "50", "userId": None, "userIdIncludingInactive": 901}
    replay.lay("GET", OWNERS, {"results": [left, before, {"id": "54", "userId": None}]})
    replay.lay("GET", OWNERS, {"results": [{"id": "51", "userId": 901}]})

    found = read(adapter, "51", "52")

    assert [one.owner for one in found] == ["51", "52", "51"]
    asked = [one.query["archived"] for one in replay.asked if one.path == OWNERS]
    assert asked == ["true", "false"]


@pytest.mark.parametrize("owners", [(), ("51",)])
def test_owners_are_not_asked_for_when_no_goal_names_a_user(replay, adapter, owners):
    """Without the owners' scope there are none, and the id is taken as that of an owner."""
    replay.lay("GET", GOALS, {"results": [target("1")]})

    assert [one.owner for one in read(adapter, *owners)] == ["51"]
    assert [one.path for one in replay.asked] == [GOALS]


def test_days_of_a_goal_are_those_of_the_account(replay, adapter):
    replay.lay("GET", GOALS, {"results": [target("1")]})

    (found,) = read(adapter, "51", timezone="Europe/Amsterdam")

    assert found.starts_at == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 3, 31, 22, tzinfo=UTC)


def test_scope_that_is_missing_is_named(replay, adapter):
    replay.lay("GET", GOALS, {"category": "MISSING_SCOPES"}, status=403)

    with pytest.raises(PermanentCrmError, match=r"crm\.objects\.goals\.read"):
        read(adapter, "51")
