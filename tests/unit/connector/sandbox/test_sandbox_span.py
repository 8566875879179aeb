"""Searches that are cut out of a sorted list find what a look at every record finds."""

import random
from datetime import timedelta
from typing import Any

import pytest

from connector.sandbox import Portal
from connector.sandbox.filters import filter_groups
from connector.sandbox.instants import to_ms
from connector.sandbox.kinds import KINDS
from connector.sandbox.shelf import FEW, Ordered
from connector.sandbox.span import Wanted, is_spanned

SEARCH = "/crm/objects/2026-09/{}/search"
RANGES = ("GT", "GTE", "LT", "LTE", "EQ", "BETWEEN")
TYPES = ("companies", "contacts")


def a_portal(chance: random.Random, now: Any) -> Portal:
    """Records with few different instants, so that many are equal, and a life behind them."""
    portal = Portal()
    portal.add_property("companies", "csk_score", "Score", "number", "number")
    ids = [str(one) for one in chance.sample(range(1, 400), 40)]
    for object_type in TYPES:
        for one in ids:
            at = now - timedelta(minutes=chance.randrange(30))
            portal.add_record(object_type, one, {}, at=at, created_at=at - timedelta(days=1))
        for one in chance.sample(ids, 25):
            at = now - timedelta(minutes=chance.randrange(12))
            portal.set_values(object_type, one, {"phone": str(chance.randrange(3))}, at=at)
        for one in chance.sample(ids, 8):
            portal.archive(object_type, one, at=now)
        for one in ids[:12]:
            portal.restore(object_type, one)
        first, second, third, gone = chance.sample(ids, 4)
        portal.merge(object_type, first, second, at=now)
        portal.merge(object_type, first, third, at=now, new_id="500")
        portal.purge(object_type, gone)
    return portal


def a_filter(chance: random.Random, modified: str, now: Any) -> dict[str, Any]:
    name = chance.choice(["hs_object_id", "hs_object_id", modified, modified, "phone"])
    operator = chance.choice(RANGES)
    if name == "phone" or chance.random() < 0.15:
        wanted = chance.choice(["HAS_PROPERTY", "NOT_HAS_PROPERTY", "EQ", "NEQ"])
        return {"propertyName": name, "operator": wanted, "value": "1"}
    values = sorted(chance.choices(range(-1, 510), k=2))
    if name == modified:
        values = [to_ms(now) - one for one in sorted(chance.choices(range(-9, 2_000_000), k=2))]
        values = sorted(one - one % 60_000 if chance.random() < 0.6 else one for one in values)
    value, high = (str(one) for one in values)
    return {"propertyName": name, "operator": operator, "value": value, "highValue": high}


def a_search(chance: random.Random, modified: str, now: Any) -> dict[str, Any]:
    order = chance.choice(["hs_object_id", modified, None])
    direction = chance.choice(["ASCENDING", "DESCENDING"])
    sorts = [{"propertyName": order, "direction": direction}] if order else []
    filters = [a_filter(chance, modified, now) for _ in range(chance.randrange(4))]
    return {
        "filterGroups": [{"filters": filters}],
        "sorts": sorts,
        "limit": chance.choice([1, 3, 50]),
        "after": chance.choice([0, 0, 2, 60]),
        "properties": ["phone"],
    }


@pytest.mark.parametrize("lag_s", [0, 60, 300])
@pytest.mark.parametrize("seed", range(6))
def test_search_finds_the_same_with_and_without_the_shelf(caller, seed, lag_s):
    chance = random.Random(seed)  # noqa: S311 - the same portals on every run
    call = caller(Portal(), search_lag_s=lag_s)
    call.portal = call.api.portal = a_portal(chance, call.now)
    for _ in range(60):
        object_type = chance.choice(TYPES)
        body = a_search(chance, KINDS[object_type].modified, call.now)
        # Two groups that ask for the same are one search, but never cut out of a list.
        twice = body | {"filterGroups": body["filterGroups"] * 2}

        found = call("POST", SEARCH.format(object_type), body)

        assert found == call("POST", SEARCH.format(object_type), twice), (object_type, body)
        if chance.random() < 0.2:
            known = [str(one) for one in call.portal.shelves[object_type].live.in_order()]
            at = call.now - timedelta(minutes=chance.randrange(5))
            values = {"phone": str(chance.randrange(9))}
            call.portal.set_values(object_type, chance.choice(known), values, at=at)


@pytest.mark.parametrize(
    ("body", "order", "expected"),
    [
        ({}, "", True),
        ({"filterGroups": [{"filters": []}]}, "hs_object_id", True),
        ({}, "hs_lastmodifieddate", True),
        ({}, "name", False),
        ({"filterGroups": [{"filters": []}] * 2}, "", False),
    ],
)
def test_one_group_in_an_order_of_the_shelf_is_cut_out_of_it(portal, body, order, expected):
    kind = KINDS["companies"]
    groups = filter_groups(portal, kind, body)

    wanted = Wanted(order, is_descending=False, start=0, stop=10)

    assert is_spanned(kind, groups, wanted) is expected


def test_record_that_is_touched_past_the_portal_is_found_at_its_new_place(call, portal):
    record = portal.objects["companies"]["12"]
    record.touch(to_ms(call.now), "hs_lastmodifieddate")

    sorts = [{"propertyName": "hs_lastmodifieddate", "direction": "DESCENDING"}]
    _, body = call("POST", SEARCH.format("companies"), {"sorts": sorts})

    assert [one["id"] for one in body["results"]] == ["12", "13", "11"]


@pytest.mark.parametrize("seed", range(4))
def test_ordered_keys_are_those_of_a_sorted_set(seed):
    chance = random.Random(seed)  # noqa: S311 - the same portals on every run
    ordered: Ordered[int] = Ordered()
    known: set[int] = set()
    for round_size in (5, FEW - 1, FEW, FEW + 1, 4 * FEW, 3):
        for key in chance.sample(range(5_000), round_size):
            if key in known:
                ordered.remove(key)
            else:
                ordered.add(key)
            known ^= {key}

        assert ordered.in_order() == sorted(known)


def test_ordered_key_that_leaves_and_comes_back_stands_once():
    ordered: Ordered[int] = Ordered()
    for key in (1, 2, 3):
        ordered.add(key)
    ordered.remove(2)
    ordered.add(2)
    ordered.add(4)
    ordered.remove(4)

    assert ordered.in_order() == [1, 2, 3]


LATEST = {"sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "DESCENDING"}]}


def latest(call: Any) -> tuple[int, list[str]]:
    _, body = call("POST", SEARCH.format("companies"), LATEST)
    return body["total"], [one["id"] for one in body["results"]]


def listed(call: Any, *, archived: bool) -> list[str]:
    query = {"archived": str(archived).lower()}
    _, body = call("GET", "/crm/objects/2026-09/companies", **query)
    return [one["id"] for one in body["results"]]


def test_record_that_is_archived_twice_leaves_once(call, portal):
    portal.archive("companies", "12", at=call.now)
    portal.archive("companies", "12", at=call.now + timedelta(days=1))

    assert latest(call) == (2, ["13", "11"])
    assert (listed(call, archived=False), listed(call, archived=True)) == (["11", "13"], ["12"])


def test_record_that_changed_in_the_bin_comes_back_at_its_new_place(call, portal):
    portal.archive("companies", "12", at=call.now)
    portal.set_values("companies", "12", {"name": "New"}, at=call.now)
    portal.restore("companies", "12")
    portal.restore("companies", "11")

    assert latest(call) == (3, ["12", "13", "11"])
    assert (listed(call, archived=False), listed(call, archived=True)) == (["11", "12", "13"], [])


def test_record_that_is_purged_from_the_bin_is_nowhere(call, portal):
    portal.archive("companies", "12", at=call.now)
    portal.purge("companies", "12")

    assert portal.ids("companies") == [11, 13]
    assert (listed(call, archived=False), listed(call, archived=True)) == (["11", "13"], [])


def test_merged_record_stands_under_its_survivor_alone(call, portal):
    portal.merge("companies", "11", "12", at=call.now)
    assert latest(call) == (2, ["11", "13"])

    portal.merge("companies", "11", "13", at=call.now, new_id="99")
    assert latest(call) == (1, ["99"])
    assert call("GET", "/crm/objects/2026-09/companies/12")[1]["id"] == "99"


def test_id_of_a_new_record_is_over_all_that_stand(call, portal):
    portal.archive("companies", "13", at=call.now)

    assert portal.next_id("companies") == "14"
    assert Portal().next_id("companies") == "1"


def test_id_is_the_records_own_whatever_its_values_say(call, portal):
    portal.add_record("companies", "40", {"hs_object_id": "7"}, at=call.now)

    assert portal.values("companies", "40")["hs_object_id"] == "40"


def test_records_in_a_window_are_looked_up_again_when_one_took_the_place_of_another(call, portal):
    since = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "0"}
    body = {"filterGroups": [{"filters": [since]}], "sorts": ["hs_object_id"]}
    before = call("POST", SEARCH.format("companies"), body)[1]["results"]

    portal.archive("companies", "12", at=call.now)
    portal.add_record("companies", "10", {}, at=call.now)

    after = call("POST", SEARCH.format("companies"), body)[1]["results"]
    assert [one["id"] for one in before] == ["11", "12", "13"]
    assert [one["id"] for one in after] == ["10", "11", "13"]
