from typing import Any

import pytest

COMPANIES = "/crm/objects/2026-09/companies"


def ids(body: Any) -> list[str]:
    return [record["id"] for record in body["results"]]


def test_list_gives_records_by_id_in_pages(call, portal):
    portal.add_record("companies", "5", {"name": "First"}, at=call.now)

    _, first = call("GET", COMPANIES, limit=3)
    _, second = call("GET", COMPANIES, limit=3, after=first["paging"]["next"]["after"])

    assert ids(first) == ["5", "11", "12"]
    assert ids(second) == ["13"]
    assert "paging" not in second


def test_list_has_no_next_page_when_the_rest_is_archived(call, portal):
    portal.archive("companies", "13", at=call.now)

    _, page = call("GET", COMPANIES, limit=2)

    assert "paging" not in page


def test_list_gives_ten_records_when_no_limit_is_named(call, portal):
    for number in range(100, 110):
        portal.add_record("companies", str(number), {}, at=call.now)

    _, page = call("GET", COMPANIES)

    assert len(page["results"]) == 10


@pytest.mark.parametrize(("limit", "status"), [("100", 200), ("101", 400), ("0", 400), ("x", 400)])
def test_list_takes_a_limit_from_1_to_100(call, limit, status):
    assert call("GET", COMPANIES, limit=limit)[0] == status


@pytest.mark.parametrize(("limit", "status"), [(50, 200), (51, 400)])
def test_list_takes_50_at_most_when_histories_are_asked_for(call, limit, status):
    assert call("GET", COMPANIES, limit=limit, propertiesWithHistory="name")[0] == status


def test_list_refuses_a_cursor_that_is_none(call):
    assert call("GET", COMPANIES, after="next")[0] == 400


def test_list_gives_null_for_what_is_empty_and_ignores_unknown_names(call):
    _, page = call("GET", COMPANIES, properties="name,phone,nonsense")

    assert page["results"][0]["properties"] == {
        "createdate": "2026-06-01T08:30:00Z",
        "hs_lastmodifieddate": "2026-06-01T08:30:00Z",
        "hs_object_id": "11",
        "name": "Alfa",
        "phone": None,
    }


def test_list_gives_the_default_properties_when_none_is_asked_for(call):
    _, page = call("GET", "/crm/objects/2026-09/contacts")

    assert set(page["results"][0]["properties"]) == {
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }


def test_list_gives_archived_records_alone_when_asked_for_them(call, portal):
    portal.archive("companies", "12", at=call.now)

    _, live = call("GET", COMPANIES)
    _, archived = call("GET", COMPANIES, archived="true")

    assert ids(live) == ["11", "13"]
    assert ids(archived) == ["12"]
    assert archived["results"][0]["archived"] is True
    assert archived["results"][0]["archivedAt"] == "2026-11-25T12:00:00Z"
    assert archived["results"][0]["updatedAt"] == "2026-06-01T08:30:00Z"


def test_list_gives_histories_newest_first(call, portal):
    portal.set_values("companies", "11", {"name": "Alpha"}, at=call.now, source_id="userId:77")

    _, page = call("GET", COMPANIES, propertiesWithHistory="name,phone,nonsense", limit=1)

    assert page["results"][0]["propertiesWithHistory"] == {
        "name": [
            {
                "value": "Alpha",
                "timestamp": "2026-11-25T12:00:00Z",
                "sourceType": "CRM_UI",
                "sourceId": "userId:77",
                "updatedByUserId": 77,
            },
            {"value": "Alfa", "timestamp": "2026-06-01T08:30:00Z", "sourceType": "CRM_UI"},
        ],
        "phone": [],
    }


def test_list_names_associations_and_leaves_out_types_without(call, portal):
    portal.associate("deals", "31", "companies", "11", "Primary")

    _, page = call("GET", "/crm/objects/2026-09/deals", associations="companies,contacts")

    assert page["results"][0]["associations"] == {
        "companies": {
            "results": [
                {"id": "11", "type": "deal_to_company"},
                {"id": "11", "type": "deal_to_company_unlabeled"},
            ]
        }
    }


def test_list_has_no_associations_when_there_are_none(call):
    _, page = call("GET", "/crm/objects/2026-09/deals", associations="companies")

    assert "associations" not in page["results"][0]


def test_list_refuses_associations_to_an_unknown_type(call):
    status, body = call("GET", COMPANIES, associations="planets")

    assert status == 400
    assert body["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("word", ["companies", "company", "0-2"])
def test_object_type_is_known_by_name_and_by_number(call, word):
    assert call("GET", f"/crm/objects/2026-09/{word}")[0] == 200


def test_unknown_object_type_is_refused(call):
    status, body = call("GET", "/crm/objects/2026-09/planets")

    assert status == 400
    assert body["message"] == "Unable to infer object type from: planets"


def test_get_gives_one_record(call):
    status, body = call("GET", f"{COMPANIES}/11", properties="name", propertiesWithHistory="phone")

    assert status == 200
    assert body["id"] == "11"
    assert body["properties"]["name"] == "Alfa"
    assert body["propertiesWithHistory"] == {"phone": []}


def test_get_finds_a_contact_by_mail_when_asked_to(call):
    path = "/crm/objects/2026-09/contacts"

    assert call("GET", f"{path}/x@example.com", idProperty="email")[1]["id"] == "21"
    assert call("GET", f"{path}/y@example.com", idProperty="email")[0] == 404


def test_get_gives_the_survivor_when_the_id_was_merged_away(call, portal):
    portal.merge("companies", "11", "12", at=call.now)

    status, body = call("GET", f"{COMPANIES}/12")

    assert (status, body["id"]) == (200, "11")


def test_get_is_not_found_when_there_is_no_such_record(call):
    status, body = call("GET", f"{COMPANIES}/404")

    assert status == 404
    assert body["message"] == "resource not found"
    assert "category" not in body


def test_get_finds_an_archived_record_when_asked_for_archived_ones_alone(call, portal):
    portal.archive("companies", "11", at=call.now)

    assert call("GET", f"{COMPANIES}/11")[0] == 404
    assert call("GET", f"{COMPANIES}/11", archived="true")[0] == 200


def test_update_writes_as_an_integration(call, portal):
    status, body = call("PATCH", f"{COMPANIES}/11", {"properties": {"csk_score": "7"}})

    assert status == 200
    assert body["properties"]["csk_score"] == "7"
    assert body["updatedAt"] == "2026-11-25T12:00:00Z"
    version = portal.objects["companies"]["11"].versions_of("csk_score")[-1]
    assert (version.source_type, version.source_id) == ("INTEGRATION", portal.app_id)


def test_update_answers_an_empty_text_when_a_value_is_cleared(call, portal):
    portal.set_values("companies", "11", {"csk_score": "7"}, at=call.now)

    _, body = call("PATCH", f"{COMPANIES}/11", {"properties": {"csk_score": ""}})

    assert body["properties"]["csk_score"] == ""
    assert "csk_score" not in portal.values("companies", "11")
    assert (
        call("GET", f"{COMPANIES}/11", properties="csk_score")[1]["properties"]["csk_score"] is None
    )


@pytest.mark.parametrize("body", [{"properties": []}, {}, [1], None])
def test_update_refuses_a_body_that_is_none(call, body):
    assert call("PATCH", f"{COMPANIES}/11", body)[0] == 400


def test_update_is_not_found_when_the_record_is_archived_or_absent(call, portal):
    portal.archive("companies", "11", at=call.now)

    assert call("PATCH", f"{COMPANIES}/11", {"properties": {}})[0] == 404
    assert call("PATCH", f"{COMPANIES}/99", {"properties": {}})[0] == 404


def test_create_gives_the_next_id_and_links_what_came_with_it(call, portal):
    status, body = call(
        "POST",
        "/crm/objects/2026-09/contacts",
        {
            "properties": {"email": "new@example.com"},
            "associations": [
                {
                    "to": {"id": "11"},
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}],
                }
            ],
        },
    )

    assert (status, body["id"]) == (201, "22")
    assert body["properties"]["hs_object_source_id"] == portal.app_id
    assert dict(portal.links.of("contacts", "22", "companies")) == {"11": (1, 279)}


def test_note_is_linked_to_the_company_that_came_with_it(call, portal):
    link = {"to": {"id": "11"}, "types": [{"associationTypeId": 190}]}

    call("POST", "/crm/objects/2026-09/notes", {"properties": {}, "associations": [link]})

    assert dict(portal.links.of("companies", "11", "notes")) == {"1": (189,)}


def test_history_names_the_program_that_wrote(call, portal):
    call("PATCH", f"{COMPANIES}/11", {"properties": {"csk_score": "7"}})

    _, body = call("GET", f"{COMPANIES}/11", propertiesWithHistory="csk_score")

    assert body["propertiesWithHistory"]["csk_score"] == [
        {
            "value": "7",
            "timestamp": "2026-11-25T12:00:00Z",
            "sourceType": "INTEGRATION",
            "sourceId": portal.app_id,
        }
    ]


def test_create_gives_id_1_when_there_is_no_record_yet(call):
    assert call("POST", "/crm/objects/2026-09/notes", {"properties": {}})[1]["id"] == "1"


def test_create_refuses_a_link_of_an_unknown_type(call):
    link = {"to": {"id": "11"}, "types": [{"associationTypeId": 9999}]}

    body = {"properties": {}, "associations": [link]}
    assert call("POST", "/crm/objects/2026-09/contacts", body)[0] == 400


def test_create_is_a_conflict_when_the_mail_address_is_known(call):
    body = {"properties": {"email": "x@example.com"}}

    status, answer = call("POST", "/crm/objects/2026-09/contacts", body)

    assert status == 409
    assert answer["category"] == "CONFLICT"
    assert answer["message"] == "Contact already exists. Existing ID: 21"


def test_delete_archives_and_is_no_error_twice(call, portal):
    assert call("DELETE", f"{COMPANIES}/11") == (204, None)
    first = portal.objects["companies"]["11"].archived_ms
    call.now = call.now.replace(hour=13)
    assert call("DELETE", f"{COMPANIES}/11")[0] == 204
    assert call("DELETE", f"{COMPANIES}/99")[0] == 204
    assert portal.objects["companies"]["11"].archived_ms == first


@pytest.mark.parametrize("path", ["/crm/objects/2026-03/companies", "/crm/v3/objects/companies"])
def test_same_answer_comes_under_other_versions(call, path):
    assert call("GET", path)[1]["results"] == call("GET", COMPANIES)[1]["results"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/crm/nothing"), ("PUT", COMPANIES), ("GET", "/crm/v1/objects/companies")],
)
def test_unknown_path_is_not_found(call, method, path):
    assert call(method, path)[0] == 404


@pytest.mark.parametrize(("length", "status"), [(16_000, 200), (17_000, 414)])
def test_address_that_is_too_long_is_refused(call, length, status):
    assert call("GET", COMPANIES, properties="n" * length)[0] == status
