"""Associations: records without, inner pages, labels, and the primary company."""

from typing import Any

import pytest

from connector.ports import LinkPage, PermanentCrmError, TransientCrmError
from kpis.records import Link

DEALS = "/crm/associations/2026-09/deals/companies/batch/read"


def target(to_id: int | str, *types: tuple[str, int, str | None]) -> dict[str, Any]:
    return {
        "toObjectId": to_id,
        "associationTypes": [
            {"category": category, "typeId": type_id, "label": label}
            for category, type_id, label in types
        ],
    }


PLAIN = ("HUBSPOT_DEFINED", 341, None)
PRIMARY = ("HUBSPOT_DEFINED", 5, "Primary")


def none_found(from_id: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "context": {"fromObjectId": [from_id]},
    }


def test_links_tell_the_primary_company_and_take_numbers_for_ids(replay, adapter):
    result = {"from": {"id": "1"}, "to": [target(20, PLAIN), target("21", PRIMARY, PLAIN)]}
    replay.lay("POST", DEALS, {"results": [result]})

    pages = list(adapter().links("deals", "companies", ["1"]))

    assert pages == [
        LinkPage("deals", "companies", ("1",), (Link("1", "20"), Link("1", "21", is_primary=True)))
    ]


@pytest.mark.parametrize(
    ("kind", "is_primary"),
    [
        (("HUBSPOT_DEFINED", 1, None), True),
        (("HUBSPOT_DEFINED", 5, None), True),
        (("HUBSPOT_DEFINED", 279, "Primary"), True),
        (("USER_DEFINED", 5, None), False),
        (("HUBSPOT_DEFINED", 341, None), False),
    ],
)
def test_link_is_primary_by_the_crms_own_type_or_by_its_label(replay, adapter, kind, is_primary):
    replay.lay("POST", DEALS, {"results": [{"from": {"id": "1"}, "to": [target("2", kind)]}]})

    (page,) = adapter().links("deals", "companies", ["1"])

    assert page.links == (Link("1", "2", is_primary=is_primary),)


def test_links_carry_the_accounts_own_labels_sorted(replay, adapter):
    own = [("USER_DEFINED", 9, "Decision maker"), ("USER_DEFINED", 4, "Billing"), PRIMARY, PLAIN]
    replay.lay("POST", DEALS, {"results": [{"from": {"id": "1"}, "to": [target("2", *own)]}]})

    (page,) = adapter().links("deals", "companies", ["1"])

    assert page.links[0].labels == ("Billing", "Decision maker")


def test_record_without_links_is_among_the_ids_and_no_fault(replay, adapter):
    replay.lay("POST", DEALS, {"results": [], "errors": [none_found("1")]}, status=207)

    pages = list(adapter().links("deals", "companies", ["1"]))

    assert pages == [LinkPage("deals", "companies", ("1",), ())]


def test_links_stop_when_the_crm_could_not_tell_those_of_a_record(replay, adapter):
    """Read as none, such an answer would wipe out links that stand."""
    replay.lay("POST", DEALS, {"results": [], "errors": [{"category": "INTERNAL"}]}, status=207)

    with pytest.raises(TransientCrmError, match="INTERNAL"):
        list(adapter().links("deals", "companies", ["1"]))


def test_links_follow_the_inner_pages_of_the_records_that_have_them(replay, adapter):
    replay.lay(
        "POST",
        DEALS,
        {
            "results": [
                {
                    "from": {"id": "1"},
                    "to": [target("7", PLAIN)],
                    "paging": {"next": {"after": "NTA="}},
                },
                {"from": {"id": "2"}, "to": [target("7", PLAIN)]},
            ]
        },
    )
    replay.lay("POST", DEALS, {"results": [{"from": {"id": "1"}, "to": [target("8", PRIMARY)]}]})

    (page,) = adapter().links("deals", "companies", ["1", "2"])

    assert replay.bodies(DEALS) == [
        {"inputs": [{"id": "1"}, {"id": "2"}]},
        {"inputs": [{"id": "1", "after": "NTA="}]},
    ]
    assert page.links == (Link("1", "7"), Link("2", "7"), Link("1", "8", is_primary=True))


def test_links_that_come_twice_are_one_with_all_they_say(replay, adapter):
    first = {
        "from": {"id": "1"},
        "to": [target("7", ("USER_DEFINED", 4, "Billing"))],
        "paging": {"next": {"after": "x"}},
    }
    second = {"from": {"id": "1"}, "to": [target("7", PRIMARY)]}
    replay.lay("POST", DEALS, {"results": [first]})
    replay.lay("POST", DEALS, {"results": [second]})

    (page,) = adapter().links("deals", "companies", ["1"])

    assert page.links == (Link("1", "7", is_primary=True, labels=("Billing",)),)


def test_links_stop_when_an_inner_page_goes_round(replay, adapter):
    result = {"from": {"id": "1"}, "to": [], "paging": {"next": {"after": "x"}}}
    replay.lay("POST", DEALS, {"results": [result]})

    with pytest.raises(PermanentCrmError, match="named twice"):
        list(adapter().links("deals", "companies", ["1"]))


def test_links_stop_when_inner_pages_have_no_end(replay, adapter, monkeypatch):
    monkeypatch.setattr("connector.hubspot.link._MAX_INNER_PAGES", 3)
    for after in ("x", "y", "x"):
        result = {"from": {"id": "1"}, "to": [], "paging": {"next": {"after": after}}}
        replay.lay("POST", DEALS, {"results": [result]})

    with pytest.raises(PermanentCrmError, match="no end of pages"):
        list(adapter().links("deals", "companies", ["1"]))


@pytest.mark.parametrize(
    "result",
    [{"to": [target("1")]}, {"from": {"id": "1"}, "to": [{}]}, {"from": 5, "to": [target("1")]}],
)
def test_links_stop_at_an_association_without_an_id(replay, adapter, result):
    replay.lay("POST", DEALS, {"results": [result]})

    with pytest.raises(PermanentCrmError, match="an answer without"):
        list(adapter().links("deals", "companies", ["1"]))


@pytest.mark.parametrize(("count", "calls"), [(1000, 1), (1001, 2)])
def test_links_are_read_for_a_thousand_records_a_call_each_once(replay, adapter, count, calls):
    replay.lay("POST", DEALS, {"results": []})
    ids = [str(one) for one in range(count)]

    pages = list(adapter().links("deals", "companies", [*ids, "0"]))

    assert len(replay.asked) == calls
    assert [one for page in pages for one in page.from_ids] == ids
