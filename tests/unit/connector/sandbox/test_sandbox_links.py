from typing import Any

import pytest

from connector.sandbox import Portal

READ = "/crm/associations/2026-09/contacts/companies/batch/read"
LINKS = "/crm/associations/2026-09/companies/contacts"


def read(call: Any, *ids: str, path: str = READ, **more: str) -> tuple[int, Any]:
    status, body = call("POST", path, {"inputs": [{"id": one, **more} for one in ids]})
    return status, body


@pytest.fixture
def linked(portal: Portal) -> Portal:
    portal.add_record("contacts", "22", {}, at=portal.objects["contacts"]["21"].modified_at)
    portal.associate("contacts", "21", "companies", "11", "Primary")
    portal.associate("contacts", "21", "companies", "12")
    return portal


def test_links_come_with_their_types_and_labels(call, linked):
    status, body = read(call, "21")

    assert status == 200
    assert body["results"] == [
        {
            "from": {"id": "21"},
            "to": [
                {
                    "toObjectId": "11",
                    "associationTypes": [
                        {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
                        {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None},
                    ],
                },
                {
                    "toObjectId": "12",
                    "associationTypes": [
                        {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}
                    ],
                },
            ],
        }
    ]


def test_record_without_links_is_an_error_among_the_answers(call, linked):
    status, body = read(call, "21", "22", "99")

    assert status == 207
    assert [result["from"]["id"] for result in body["results"]] == ["21"]
    assert [error["context"] for error in body["errors"]] == [
        {"fromObjectId": ["22"]},
        {"fromObjectId": ["99"]},
    ]
    assert body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert body["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert body["numErrors"] == 2


def test_link_to_an_archived_record_is_not_seen(call, linked):
    linked.archive("companies", "11", at=call.now)
    linked.archive("contacts", "22", at=call.now)

    assert [to["toObjectId"] for to in read(call, "21")[1]["results"][0]["to"]] == ["12"]
    linked.associate("contacts", "22", "companies", "12")
    assert read(call, "22")[0] == 207


@pytest.mark.parametrize(
    ("path", "to_id"), [(READ, "11"), ("/crm/v4/associations/0-1/0-2/batch/read", 11)]
)
def test_linked_id_is_text_in_dated_versions_and_a_number_in_version_4(call, linked, path, to_id):
    assert read(call, "21", path=path)[1]["results"][0]["to"][0]["toObjectId"] == to_id


def test_links_of_one_record_come_in_pages(caller, linked):
    linked.associate("contacts", "21", "companies", "13")
    call = caller(linked, link_page_size=2)

    _, first = read(call, "21")
    after = first["results"][0]["paging"]["next"]["after"]
    _, second = read(call, "21", after=after)

    assert [to["toObjectId"] for to in first["results"][0]["to"]] == ["11", "12"]
    assert [to["toObjectId"] for to in second["results"][0]["to"]] == ["13"]
    assert "paging" not in second["results"][0]


def test_single_record_gives_its_links_in_pages(caller, linked):
    call = caller(linked, link_page_size=1)
    path = "/crm/objects/2026-09/contacts/21/associations/companies"

    _, first = call("GET", path)
    _, second = call("GET", path, after=first["paging"]["next"]["after"])

    assert [to["toObjectId"] for to in first["results"]] == ["11"]
    assert [to["toObjectId"] for to in second["results"]] == ["12"]
    assert "paging" not in second


@pytest.mark.parametrize(("count", "status"), [(1_000, 207), (1_001, 400)])
def test_read_takes_1000_ids(call, count, status):
    assert read(call, *map(str, range(count)))[0] == status


@pytest.mark.parametrize(
    ("from_type", "to_type", "type_ids"),
    [
        ("deals", "companies", (5, 341)),
        ("companies", "deals", (6, 342)),
        ("contacts", "companies", (1, 279)),
        ("companies", "contacts", (2, 280)),
    ],
)
def test_primary_link_has_an_id_per_direction(portal, from_type, to_type, type_ids):
    portal.associate("deals", "31", "companies", "11", "Primary")
    portal.associate("companies", "11", "contacts", "21", "Primary")

    from_id = next(iter(portal.objects[from_type]))
    assert list(portal.links.of(from_type, from_id, to_type).values()) == [type_ids]


@pytest.mark.parametrize(
    ("activity", "type_ids"),
    [
        ("calls", (182, 181, 194, 206)),
        ("emails", (186, 185, 198, 210)),
        ("meetings", (188, 187, 200, 212)),
        ("notes", (190, 189, 202, 214)),
        ("tasks", (192, 191, 204, 216)),
        ("communications", (87, 88, 81, 85)),
    ],
)
def test_activity_has_the_type_ids_of_hubspot(portal, activity, type_ids):
    to_company, from_company, to_contact, to_deal = type_ids
    portal.add_record(activity, "7", {}, at=portal.objects["contacts"]["21"].modified_at)
    for to_type, to_id in (("companies", "11"), ("contacts", "21"), ("deals", "31")):
        portal.associate(activity, "7", to_type, to_id)

    links = portal.links
    assert links.of(activity, "7", "companies")["11"] == (to_company,)
    assert links.of("companies", "11", activity)["7"] == (from_company,)
    assert links.of(activity, "7", "contacts")["21"] == (to_contact,)
    assert links.of(activity, "7", "deals")["31"] == (to_deal,)


def test_record_has_one_primary_company(portal):
    portal.associate("contacts", "21", "companies", "11", "Primary")
    portal.associate("contacts", "21", "companies", "12", "Primary")

    assert dict(portal.links.of("contacts", "21", "companies")) == {"11": (279,), "12": (1, 279)}
    assert dict(portal.links.of("companies", "11", "contacts")) == {"21": (280,)}


def test_company_is_primary_for_many(portal):
    portal.add_record("contacts", "22", {}, at=portal.objects["contacts"]["21"].modified_at)
    portal.associate("companies", "11", "contacts", "21", "Primary")
    portal.associate("companies", "11", "contacts", "22", "Primary")

    assert dict(portal.links.of("companies", "11", "contacts")) == {"21": (2, 280), "22": (2, 280)}


def test_own_label_stands_beside_the_plain_link_in_both_directions(call, portal):
    portal.associate("contacts", "21", "companies", "11", "Decision maker")

    _, labels = call("GET", "/crm/associations/2026-09/contacts/companies/labels")
    own = [one for one in labels["results"] if one["category"] == "USER_DEFINED"]
    types = read(call, "21")[1]["results"][0]["to"][0]["associationTypes"]
    back = read(call, "11", path=f"{LINKS}/batch/read")[1]["results"][0]["to"][0]
    assert [one["label"] for one in labels["results"]] == [None, "Primary", "Decision maker"]
    assert own[0] in types
    assert {"HUBSPOT_DEFINED", "USER_DEFINED"} == {one["category"] for one in types}
    assert "Decision maker" in [one["label"] for one in back["associationTypes"]]


def test_own_label_between_records_of_one_type_has_one_id(portal):
    portal.associate("companies", "11", "companies", "12", "Partner")

    assert (
        portal.links.of("companies", "11", "companies")["12"]
        == portal.links.of("companies", "12", "companies")["11"]
    )


@pytest.mark.parametrize(
    ("from_type", "from_id", "to_type", "to_id"),
    [("deals", "31", "contacts", "21"), ("companies", "11", "companies", "12")],
)
def test_primary_link_is_to_a_company_of_contacts_and_deals(
    portal, from_type, from_id, to_type, to_id
):
    with pytest.raises(ValueError, match="no primary link exists"):
        portal.associate(from_type, from_id, to_type, to_id, "Primary")


def test_link_needs_two_records(portal):
    with pytest.raises(KeyError, match="companies 99: no such record"):
        portal.associate("contacts", "21", "companies", "99")


def test_create_links_with_labels_that_replace_those_before(call, linked):
    linked.associate("companies", "11", "contacts", "21", "Decision maker")
    body = {
        "inputs": [
            {
                "from": {"id": "11"},
                "to": {"id": "21"},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 2}],
            }
        ]
    }

    status, answer = call("POST", f"{LINKS}/batch/create", body)

    assert status == 201
    assert answer["results"][0]["labels"] == ["Primary"]
    assert answer["results"][0]["fromObjectId"] == "11"
    assert dict(linked.links.of("companies", "11", "contacts")) == {"21": (2, 280)}


@pytest.mark.parametrize(("to_id", "type_id"), [("99", 2), ("21", 9_999)])
def test_create_links_refuses_unknown_records_and_types(call, portal, to_id, type_id):
    one = {
        "from": {"id": "11"},
        "to": {"id": to_id},
        "types": [{"associationTypeId": type_id}],
    }

    assert call("POST", f"{LINKS}/batch/create", {"inputs": [one]})[0] == 400


def test_default_link_leaves_labels_alone(call, linked):
    pair = {"from": {"id": "11"}, "to": {"id": "21"}}

    status, answer = call("POST", f"{LINKS}/batch/associate/default", {"inputs": [pair]})

    assert status == 200
    assert answer["results"][0]["associationSpec"]["associationTypeId"] == 280
    assert dict(linked.links.of("companies", "11", "contacts")) == {"21": (2, 280)}


def test_default_link_of_two_records_can_be_made_twice(call, portal):
    path = "/crm/v4/objects/contacts/21/associations/default/companies/11"

    assert call("PUT", path)[0] == 200
    assert call("PUT", path)[0] == 200
    assert dict(portal.links.of("contacts", "21", "companies")) == {"11": (279,)}


def test_archive_takes_a_link_away_with_its_labels(call, linked):
    body = {"inputs": [{"from": {"id": "11"}, "to": [{"id": "21"}]}]}

    assert call("POST", f"{LINKS}/batch/archive", body)[0] == 204
    assert dict(linked.links.of("contacts", "21", "companies")) == {"12": (279,)}
    body = {"inputs": [{"from": {"id": "12"}, "to": {"id": "21"}}]}
    assert call("POST", f"{LINKS}/batch/archive", body)[0] == 204
    assert dict(linked.links.of("contacts", "21", "companies")) == {}


@pytest.mark.parametrize(
    "one",
    [
        {},
        {"from": {"id": "11"}},
        {"from": {"id": "11"}, "to": {"key": "21"}},
        {"from": {"id": "11"}, "to": {"id": "21"}, "types": [{"associationTypeId": "two"}]},
        {"from": {"id": "11"}, "to": {"id": "21"}, "types": [2]},
    ],
)
def test_input_that_is_no_link_is_refused(call, portal, one):
    assert call("POST", f"{LINKS}/batch/create", {"inputs": [one]})[0] == 400
    assert dict(portal.links.of("companies", "11", "contacts")) == {}
