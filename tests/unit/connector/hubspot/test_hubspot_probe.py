"""What HubSpot answers to calls that change nothing: scopes to write, limits, counts."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.http.dialect import LimitReading
from connector.hubspot.probe import tier_of
from connector.probe import CallLimit
from connector.sandbox import DEFAULT_SCOPES, Portal, Sandbox
from connector.sandbox.limits import Limits
from tests.acceptance.small_account import small_account
from tests.acceptance.workplace import TOKEN
from tests.contract.crm_bench import hubspot

WRITING = [
    *((f"crm.objects.{one}.write", f"write {one}") for one in ("companies", "contacts", "deals")),
    *(
        (f"crm.schemas.{one}.write", f"create {one} properties")
        for one in ("companies", "contacts", "deals")
    ),
]


def sandbox(portal: Portal, **extra: Any) -> Sandbox:
    return Sandbox(portal, token=TOKEN, routes=(), **{"limits": None, **extra})


@pytest.fixture(autouse=True)
def token(monkeypatch):
    monkeypatch.setattr("tests.contract.crm_bench.TOKEN", TOKEN)


@pytest.mark.parametrize(("scope", "what"), WRITING)
def test_probe_names_what_a_key_may_not_write_and_nothing_else(scope, what):
    with sandbox(small_account(), scopes=DEFAULT_SCOPES - {scope}) as crm:
        found = hubspot(crm.base_url).probe()

    assert found.refused == {what: f"scope {scope} is missing"}


def test_probe_of_a_key_with_every_scope_refuses_nothing():
    with sandbox(small_account()) as crm:
        found = hubspot(crm.base_url).probe()

    assert found.refused == {}


def test_probe_takes_a_refused_body_for_leave_to_write(replay, adapter):
    for one in ("companies", "contacts", "deals"):
        path = f"/crm/objects/2026-09/{one}/batch/update"
        replay.lay("POST", path, {"category": "VALIDATION_ERROR"}, status=400)

    found = adapter().probe()

    assert found.refused == {}


def test_probe_sends_no_input_anywhere(replay, adapter):
    adapter().probe()

    sent = {one.path: one.body for one in replay.asked}
    links = sent.pop("/crm/associations/2026-09/deals/companies/batch/read")
    assert links == {"inputs": [{"id": "1"}]}
    assert set(sent) == {
        *(f"/crm/objects/2026-09/{one}/batch/update" for one in ("companies", "contacts", "deals")),
        *(
            f"/crm/properties/2026-09/{one}/batch/create"
            for one in ("companies", "contacts", "deals")
        ),
    }
    assert all(body == {"inputs": []} for body in sent.values())


def test_probe_changes_nothing_in_the_account():
    portal = small_account()
    before = copy.deepcopy((portal.properties, portal.groups, values(portal)))
    with sandbox(portal) as crm:
        hubspot(crm.base_url).probe()

    assert (portal.properties, portal.groups, values(portal)) == before


def values(portal: Portal) -> dict[tuple[str, str], object]:
    return {
        (kind, one): (dict(record.values), list(record.moves))
        for kind, records in portal.objects.items()
        for one, record in records.items()
    }


def test_probe_tells_the_limits_that_the_headers_tell():
    limits = Limits(ten_secondly=190, associations=150, daily=625_000, daily_used=1_000)
    with sandbox(small_account(), limits=limits) as crm:
        found = hubspot(crm.base_url).probe()

    by_name = {one.name: one for one in found.limits}
    assert [by_name[one].allowed for one in ("calls", "associations", "search", "day")] == [
        190,
        150,
        5,
        625_000,
    ]
    assert by_name["search"].is_documented
    assert by_name["day"].left in range(625_000 - 1_000 - 7, 625_000 - 1_000)
    assert found.tier == "Professional"


def test_probe_tells_no_limit_when_no_header_does():
    with sandbox(small_account()) as crm:
        found = hubspot(crm.base_url).probe()

    by_name = {one.name: one for one in found.limits}
    assert by_name["calls"].allowed is None
    assert by_name["day"].left is None
    assert found.tier is None


def test_probe_tells_the_clock_of_the_crm():
    at = datetime(2026, 6, 15, 8, tzinfo=UTC)
    with sandbox(small_account(), clock=lambda: at) as crm:
        assert hubspot(crm.base_url).probe().server_time == at


@pytest.mark.parametrize(
    ("a_day", "in_ten_s", "tier"),
    [
        (None, 190, None),
        (250_000, 100, "Free or Starter"),
        (624_999, 100, "Free or Starter"),
        (625_000, 190, "Professional"),
        (650_000, 190, "Professional"),
        (999_999, 249, "Professional"),
        (1_000_000, 190, "Enterprise"),
        (1_625_000, 250, "with the API limit increase"),
        (625_000, None, "Professional"),
    ],
)
def test_tier_is_told_by_the_limits(a_day, in_ten_s, tier):
    assert tier_of(LimitReading(calls_max=in_ten_s, daily_max=a_day)) == tier


@pytest.mark.parametrize(
    ("limit", "a_second"),
    [
        (CallLimit("calls", 10, 190, asked=100, reserve_share=0.1), 9),
        (CallLimit("calls", 10, 50, asked=100), 5),
        (CallLimit("calls", 10, None, asked=100), 10),
        (CallLimit("calls", 10, 190, asked=None), None),
        (CallLimit("day", None, 625_000, asked=5), None),
    ],
)
def test_pace_is_the_lower_of_what_is_allowed_and_asked_less_the_reserve(limit, a_second):
    assert limit.a_second == pytest.approx(a_second)


# counts


def test_fill_lists_a_small_type_and_counts_its_values():
    portal = small_account(companies=3)
    portal.set_values("companies", "2", {"industry": "RETAIL"}, at=datetime(2026, 6, 1, tzinfo=UTC))
    with sandbox(portal) as crm:
        found = hubspot(crm.base_url).fill("companies", ["name", "owner", "segment"])
        calls = dict(crm.calls)

    assert (found.total, found.by_field) == (3, {"name": 3, "owner": 3, "segment": 1})
    assert calls == {"POST search": 1, "GET list": 1}


def test_fill_searches_a_large_type_when_that_takes_fewer_calls():
    portal = small_account(companies=101)
    portal.set_values("companies", "2", {"industry": "RETAIL"}, at=datetime(2026, 6, 1, tzinfo=UTC))
    with sandbox(portal) as crm:
        adapter = hubspot(crm.base_url)
        one = adapter.fill("companies", ["segment"])
        searched = dict(crm.calls)
        two = adapter.fill("companies", ["segment", "name"])

    assert (one.total, one.by_field) == (101, {"segment": 1})
    assert searched == {"POST search": 2}
    assert (two.total, two.by_field) == (101, {"segment": 1, "name": 101})
    assert crm.calls["GET list"] == 2


def test_fill_leaves_out_a_field_that_is_not_mapped():
    with sandbox(small_account(companies=2)) as crm:
        found = hubspot(crm.base_url).fill("deals", ["amount", "margin"])

    assert found.by_field == {"amount": 2}


def test_fill_of_a_type_without_records_asks_once():
    with sandbox(Portal()) as crm:
        found = hubspot(crm.base_url).fill("deals", ["amount"])

    assert (found.total, found.by_field) == (0, {"amount": 0})
    assert dict(crm.calls) == {"POST search": 1}


@pytest.mark.parametrize(
    ("stage", "deals"), [("contractsent", 3), ("closedwon", 2), ("qualifiedtobuy", 0)]
)
def test_deals_of_a_stage_are_counted_by_one_search(stage, deals):
    with sandbox(small_account(companies=5)) as crm:
        assert hubspot(crm.base_url).count_deals_in("default", stage) == deals
    assert dict(crm.calls) == {"POST search": 1}


def test_deals_of_the_same_stage_in_another_pipeline_do_not_count():
    with sandbox(small_account(companies=5)) as crm:
        assert hubspot(crm.base_url).count_deals_in("other", "contractsent") == 0
