import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.sandbox import Portal

SEARCH = "/crm/objects/2026-09/companies/search"
JUNE = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
JUNE_MS = "1780302600000"


@pytest.fixture
def portal(portal):
    portal.set_values(
        "companies",
        "11",
        {"hs_lead_status": "NEW", "csk_score": "9", "phone": "A-1"},
        at=JUNE + timedelta(hours=1),
    )
    portal.set_values(
        "companies",
        "12",
        {"hs_lead_status": "OPEN", "csk_score": "10", "csk_day": "2026-06-10"},
        at=JUNE + timedelta(hours=2),
    )
    return portal


def found(call: Any, *filters: Any, path: str = SEARCH, **more: Any) -> list[str]:
    status, body = call("POST", path, {"filterGroups": [{"filters": list(filters)}], **more})
    assert status == 200, body
    return [record["id"] for record in body["results"]]


def rule(name: str, operator: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator} | (
        more if value is None else {"value": value, **more}
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (rule("csk_score", "LT", "10"), ["11"]),
        (rule("csk_score", "LTE", "10"), ["11", "12"]),
        (rule("csk_score", "GT", "9"), ["12"]),
        (rule("csk_score", "GTE", "9.0"), ["11", "12"]),
        (rule("csk_score", "EQ", "9.00"), ["11"]),
        (rule("csk_score", "NEQ", "9"), ["12"]),
        (rule("csk_score", "BETWEEN", "9", highValue="10"), ["11", "12"]),
        (rule("csk_score", "BETWEEN", "9.5", highValue="10"), ["12"]),
        (rule("csk_score", "IN", values=["9", "8"]), ["11"]),
        (rule("csk_score", "NOT_IN", values=["9", "8"]), ["12"]),
        (rule("csk_score", "HAS_PROPERTY"), ["11", "12"]),
        (rule("csk_score", "NOT_HAS_PROPERTY"), ["13"]),
        (rule("hs_lead_status", "EQ", "NEW"), ["11"]),
        (rule("hs_lead_status", "EQ", "new"), []),
        (rule("hs_lead_status", "IN", values=["NEW", "OPEN"]), ["11", "12"]),
        (rule("name", "EQ", "ALFA"), ["11"]),
        (rule("name", "IN", values=["alfa"]), ["11"]),
        (rule("name", "IN", values=["Alfa"]), []),
        (rule("name", "NOT_IN", values=["alfa"]), ["12", "13"]),
        (rule("name", "CONTAINS_TOKEN", "alf*"), ["11"]),
        (rule("name", "CONTAINS_TOKEN", "alf"), []),
        (rule("name", "NOT_CONTAINS_TOKEN", "*a*"), []),
        (rule("phone", "CONTAINS_TOKEN", "1"), ["11"]),
        (rule("phone", "NOT_CONTAINS_TOKEN", "2"), ["11"]),
        (rule("csk_day", "GTE", "1781049600000"), ["12"]),
        (rule("csk_day", "GT", "1781049600000"), []),
        (rule("hs_lastmodifieddate", "GT", JUNE_MS), ["11", "12"]),
        (rule("hs_lastmodifieddate", "LTE", JUNE_MS), ["13"]),
        (rule("hs_lastmodifieddate", "GTE", "2026-06-01T09:30:00Z"), ["11", "12"]),
        (rule("createdate", "EQ", JUNE_MS), ["11", "12", "13"]),
        (rule("hs_object_id", "GT", "11"), ["12", "13"]),
        (rule("nonsense", "EQ", "1"), []),
        (rule("nonsense", "NOT_HAS_PROPERTY"), ["11", "12", "13"]),
    ],
)
def test_operator_finds(call, one, expected):
    assert found(call, one) == expected


def test_filters_of_a_group_must_all_hold_and_one_group_is_enough(call):
    groups = [
        {"filters": [rule("csk_score", "GT", "1"), rule("hs_lead_status", "EQ", "OPEN")]},
        {"filters": [rule("name", "EQ", "gamma")]},
    ]

    _, body = call("POST", SEARCH, {"filterGroups": groups})

    assert [record["id"] for record in body["results"]] == ["12", "13"]
    assert body["total"] == 2


def test_search_without_filters_finds_all_oldest_first(call, portal):
    portal.add_record("companies", "5", {}, at=call.now)

    _, body = call("POST", SEARCH, {})

    assert [record["id"] for record in body["results"]] == ["11", "12", "13", "5"]


def test_wrong_name_of_the_modified_date_finds_nothing_and_says_nothing(call):
    contacts = "/crm/objects/2026-09/contacts/search"

    assert found(call, rule("hs_lastmodifieddate", "GT", "0"), path=contacts) == []
    assert found(call, rule("lastmodifieddate", "GT", "0"), path=contacts) == ["21"]


def test_archived_records_are_never_found(call, portal):
    portal.archive("companies", "11", at=call.now)

    assert found(call, rule("csk_score", "HAS_PROPERTY")) == ["12"]


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        ([{"propertyName": "csk_score", "direction": "DESCENDING"}], ["12", "11", "13"]),
        ([{"propertyName": "csk_score", "direction": "ASCENDING"}], ["11", "12", "13"]),
        (["csk_score"], ["11", "12", "13"]),
        (["-csk_score"], ["12", "11", "13"]),
        (["-hs_lastmodifieddate"], ["12", "11", "13"]),
        (["-name"], ["13", "12", "11"]),
        (["hs_object_id"], ["11", "12", "13"]),
    ],
)
def test_sort_compares_by_type_and_puts_empty_values_last(call, sorts, expected):
    assert found(call, sorts=sorts) == expected


def test_pages_follow_an_integer_offset(call):
    _, first = call("POST", SEARCH, {"limit": 2})
    _, second = call("POST", SEARCH, {"limit": 2, "after": first["paging"]["next"]["after"]})

    assert (first["total"], first["paging"]["next"]["after"]) == (3, "2")
    assert [record["id"] for record in second["results"]] == ["13"]
    assert "paging" not in second


def test_search_gives_the_properties_asked_for(call):
    _, body = call("POST", SEARCH, {"properties": ["csk_score"], "limit": 1})

    assert body["results"][0]["properties"]["csk_score"] == "9"
    assert "name" not in body["results"][0]["properties"]


def test_query_looks_into_the_shown_texts(call, portal):
    portal.set_values("companies", "13", {"domain": "gamma.example"}, at=call.now)

    _, body = call("POST", SEARCH, {"query": "EXAMPLE"})

    assert [record["id"] for record in body["results"]] == ["13"]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (rule("associations.contact", "EQ", "21"), ["12"]),
        (rule("associations.contact", "IN", values=["21", "22"]), ["12"]),
        (rule("associations.contact", "HAS_PROPERTY"), ["12"]),
        (rule("associations.contact", "NOT_HAS_PROPERTY"), ["11", "13"]),
    ],
)
def test_associations_are_a_property_of_their_own(call, portal, one, expected):
    portal.associate("contacts", "21", "companies", "12", "Primary")

    assert found(call, one) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": -1},
        {"after": "abc"},
        {"sorts": ["name", "hs_object_id"]},
        {"filterGroups": [{"filters": [rule("name", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [rule("name", "EQ")]}]},
        {"filterGroups": [{"filters": [rule("name", "IN", "x")]}]},
        {"filterGroups": [{"filters": [rule("csk_score", "BETWEEN", "1")]}]},
        {"filterGroups": [{"filters": [rule("csk_score", "GT", "many")]}]},
        {"filterGroups": [{"filters": [rule("csk_day", "GT", "soon")]}]},
        {"filterGroups": [{"filters": [rule("associations.planet", "EQ", "1")]}]},
        {"filterGroups": [{"filters": [rule("associations.contact", "GT", "1")]}]},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [rule("name", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [rule("name", "HAS_PROPERTY")] * 5}] * 4},
    ],
)
def test_search_refuses(call, body):
    status, answer = call("POST", SEARCH, body)

    assert status == 400
    assert answer["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "groups",
    [
        [{"filters": []}] * 5,
        [{"filters": [rule("name", "HAS_PROPERTY")] * 6}] * 3,
    ],
)
def test_search_takes_as_many_filters_as_are_allowed(call, groups):
    assert call("POST", SEARCH, {"filterGroups": groups})[0] == 200


@pytest.mark.parametrize(("after", "status"), [(9_800, 200), (9_801, 400)])
def test_search_gives_10000_results_and_no_more(call, after, status):
    assert call("POST", SEARCH, {"limit": 200, "after": str(after)})[0] == status


@pytest.mark.parametrize(("length", "status"), [(3_000, 200), (3_001, 400)])
def test_search_refuses_a_body_over_3000_characters(call, length, status):
    body = {"query": "x"}
    body["query"] = "x" * (length - len(json.dumps(body)) + 1)

    assert len(json.dumps(body)) == length
    assert call("POST", SEARCH, body)[0] == status


def test_lagging_search_sees_the_state_of_then(caller):
    portal = Portal()
    call = caller(portal, search_lag_s=60)
    portal.add_record("companies", "1", {"name": "Old"}, at=call.now - timedelta(days=1))
    portal.set_values("companies", "1", {"name": "New"}, at=call.now - timedelta(seconds=59))
    portal.add_record("companies", "2", {"name": "Late"}, at=call.now - timedelta(seconds=59))
    portal.add_record("companies", "3", {"name": "Seen"}, at=call.now - timedelta(seconds=60))

    _, body = call("POST", SEARCH, {"properties": ["name"], "sorts": ["hs_object_id"]})

    assert [record["properties"]["name"] for record in body["results"]] == ["Old", "Seen"]
    assert body["results"][0]["updatedAt"] == "2026-11-24T12:00:00Z"
    assert found(call, rule("name", "EQ", "new")) == []
    assert found(call, rule("hs_lastmodifieddate", "GT", "1795521600001")) == ["3"]


def test_lagging_search_catches_up(caller):
    portal = Portal()
    call = caller(portal, search_lag_s=60)
    portal.add_record("companies", "1", {"name": "Old"}, at=call.now)

    assert found(call) == []
    call.now += timedelta(seconds=60)
    assert found(call) == ["1"]
