from datetime import UTC, datetime

import pytest

from connector.sandbox import Limits, Portal

V = "2026-09"


def test_details_name_currency_zone_and_offset(call):
    _, body = call("GET", f"/account-info/{V}/details")

    assert body["portalId"] == 1234567
    assert (body["companyCurrency"], body["timeZone"]) == ("EUR", "Europe/Amsterdam")
    assert (body["utcOffset"], body["utcOffsetMilliseconds"]) == ("+01:00", 3_600_000)


@pytest.mark.parametrize(
    ("timezone", "offset", "offset_ms"),
    [("US/Eastern", "-05:00", -18_000_000), ("Asia/Kolkata", "+05:30", 19_800_000)],
)
def test_offset_has_its_sign_and_its_minutes(caller, timezone, offset, offset_ms):
    _, body = caller(Portal(timezone=timezone))("GET", "/account-info/v3/details")

    assert (body["utcOffset"], body["utcOffsetMilliseconds"]) == (offset, offset_ms)


def test_owners_come_live_or_archived(call):
    _, live = call("GET", f"/crm/owners/{V}")
    _, archived = call("GET", f"/crm/owners/{V}", archived="true")

    assert [(one["id"], one["userId"]) for one in live["results"]] == [("101", 9001), ("102", 102)]
    assert [(one["id"], one["userId"]) for one in archived["results"]] == [("103", None)]
    assert archived["results"][0]["userIdIncludingInactive"] == 103


def test_owners_come_in_pages_and_by_mail(call):
    _, first = call("GET", "/crm/v3/owners/", limit=1)
    _, second = call("GET", "/crm/v3/owners/", limit=1, after=first["paging"]["next"]["after"])

    assert [one["id"] for one in second["results"]] == ["102"]
    assert "paging" not in second
    _, by_mail = call("GET", "/crm/v3/owners/", email="bob@example.com")
    assert [one["id"] for one in by_mail["results"]] == ["102"]


def test_owner_is_found_by_own_id_or_by_user(call):
    assert call("GET", f"/crm/owners/{V}/101")[1]["firstName"] == "Ann"
    assert call("GET", f"/crm/owners/{V}/9001", idProperty="userId")[1]["id"] == "101"
    assert call("GET", f"/crm/owners/{V}/9001")[0] == 404
    assert call("GET", f"/crm/owners/{V}/103")[0] == 404
    assert call("GET", f"/crm/owners/{V}/103", archived="true")[0] == 200


def test_pipelines_come_with_stages_whose_metadata_is_text(call):
    _, body = call("GET", f"/crm/pipelines/{V}/deals")

    assert [one["id"] for one in body["results"]] == ["default"]
    assert body["results"][0]["stages"][1]["metadata"] == {"isClosed": "true", "probability": "1.0"}
    assert call("GET", f"/crm/pipelines/{V}/deals/default")[1]["label"] == "Sales"
    assert call("GET", f"/crm/pipelines/{V}/deals/other")[0] == 404
    _, stages = call("GET", f"/crm/pipelines/{V}/deals/default/stages")
    assert [one["id"] for one in stages["results"]] == ["new", "closedwon", "closedlost"]


def test_type_without_pipelines_has_none(call):
    assert call("GET", f"/crm/pipelines/{V}/companies")[1] == {"results": []}


def test_dispositions_are_a_bare_list(call):
    _, body = call("GET", "/calling/v1/dispositions")

    assert {
        "id": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
        "label": "Connected",
        "deleted": False,
    } in body


def test_rates_are_dated_and_the_current_one_is_the_latest_that_began(call, portal):
    portal.add_rate("USD", datetime(2026, 1, 1, tzinfo=UTC), "0.9")
    portal.add_rate("USD", datetime(2027, 1, 1, tzinfo=UTC), "0.8")
    portal.add_rate("USD", "2026-07-01T00:00:00Z", "0.85")

    _, dated = call("GET", f"/settings/currencies/{V}/exchange-rates")
    _, current = call("GET", "/settings/v3/currencies/exchange-rates/current")

    assert [one["conversionRate"] for one in dated["results"]] == [0.9, 0.8, 0.85]
    assert dated["results"][0]["effectiveAt"] == "2026-01-01T00:00:00Z"
    assert [one["conversionRate"] for one in current["results"]] == [0.85]


def test_company_currency_is_the_accounts_own(call):
    _, body = call("GET", f"/settings/currencies/{V}/company-currency")

    assert body["currencyCode"] == "EUR"


@pytest.mark.parametrize(
    "path", [f"/deal-splits/{V}/batch/read", "/crm/objects/v3/deals/splits/batch/read"]
)
def test_splits_come_for_deals_that_have_them(call, portal, path):
    portal.add_record("deals", "32", {}, at=call.now)
    portal.add_split("31", "101", "0.6")
    portal.add_split("31", "102", "0.4")

    status, body = call("POST", path, {"inputs": [{"id": "31"}, {"id": "32"}]})

    assert status == 200
    assert [one["id"] for one in body["results"]] == ["31"]
    assert [one["properties"] for one in body["results"][0]["splits"]] == [
        {"hs_deal_split_percentage": "0.6", "hubspot_owner_id": "101"},
        {"hs_deal_split_percentage": "0.4", "hubspot_owner_id": "102"},
    ]


def test_splits_of_an_unknown_deal_are_an_error(call):
    status, body = call("POST", f"/deal-splits/{V}/batch/read", {"inputs": [{"id": "99"}]})

    assert (status, body["errors"][0]["context"]) == (207, {"ids": ["99"]})


def test_usage_counts_the_calls_of_the_local_day(caller, portal):
    call = caller(portal, limits=Limits(daily=1_000, daily_used=7))
    call("GET", "/crm/owners/2026-09")

    _, body = call("GET", f"/account-info/{V}/api-usage/daily/private-apps")

    assert body["results"][0]["usageLimit"] == 1_000
    assert body["results"][0]["currentUsage"] == 9
    assert body["results"][0]["resetsAt"] == "2026-11-25T23:00:00Z"


def test_usage_counts_without_limits_too(call):
    _, body = call("GET", f"/account-info/{V}/api-usage/daily/private-apps")

    assert body["results"][0]["currentUsage"] == 1
    assert body["results"][0]["usageLimit"] == 625_000
    assert call("POST", f"/account-info/{V}/api-usage/daily/private-apps")[0] == 404
