from typing import Any

import pytest

PROPERTIES = "/crm/properties/2026-09/companies"
SCORE = {
    "name": "csk_new",
    "label": "New",
    "type": "number",
    "fieldType": "number",
    "groupName": "companyinformation",
}


def names(body: Any) -> list[str]:
    return [one["name"] for one in body["results"]]


def test_properties_come_all_at_once_without_archived_ones(call):
    call("DELETE", f"{PROPERTIES}/csk_day")

    _, live = call("GET", PROPERTIES)
    _, archived = call("GET", PROPERTIES, archived="true")

    assert {"name", "csk_score"} <= set(names(live))
    assert names(archived) == ["csk_day"]
    assert archived["results"][0]["archivedAt"] == "2026-11-25T12:00:00Z"


def test_property_is_created_with_all_it_was_given(call):
    options = [{"label": "A", "value": "a"}, {"label": "B", "value": "b", "hidden": True}]
    status, body = call(
        "POST",
        PROPERTIES,
        SCORE
        | {
            "type": "enumeration",
            "fieldType": "select",
            "options": options,
            "description": "Why",
            "displayOrder": 3,
        },
    )

    assert status == 201
    assert (body["description"], body["displayOrder"]) == ("Why", 3)
    assert body["hubspotDefined"] is False
    assert body["createdAt"] == "2026-11-25T12:00:00Z"
    assert [(one["value"], one["displayOrder"], one["hidden"]) for one in body["options"]] == [
        ("a", 0, False),
        ("b", 1, True),
    ]
    assert call("GET", f"{PROPERTIES}/csk_new")[1] == body


def test_bool_property_gets_its_two_options(call):
    _, body = call("POST", PROPERTIES, SCORE | {"type": "bool", "fieldType": "booleancheckbox"})

    assert [one["value"] for one in body["options"]] == ["true", "false"]


@pytest.mark.parametrize(
    "change",
    [
        {"label": ""},
        {"groupName": "nowhere"},
        {"name": "Csk New"},
        {"name": "n" * 101},
        {"name": "1st"},
        {"type": "money"},
        {"fieldType": "text"},
        {"type": "enumeration", "fieldType": "select", "options": [{"label": "no value"}]},
        {
            "type": "enumeration",
            "fieldType": "select",
            "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "a"}],
        },
    ],
)
def test_property_is_refused_when_its_definition_is_unsound(call, change):
    status, body = call("POST", PROPERTIES, SCORE | change)

    assert status == 400
    assert body["category"] == "VALIDATION_ERROR"


def test_name_of_100_characters_is_taken(call):
    assert call("POST", PROPERTIES, SCORE | {"name": "n" * 100})[0] == 201


def test_missing_fields_are_named(call):
    _, body = call("POST", PROPERTIES, {"name": "csk_new", "type": "number"})

    assert [one["in"] for one in body["errors"]] == ["label", "fieldType", "groupName"]


def test_property_that_exists_is_a_conflict(call):
    status, body = call("POST", PROPERTIES, SCORE | {"name": "csk_score"})

    assert status == 409
    assert body["category"] == "OBJECT_ALREADY_EXISTS"
    assert body["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"


def test_archived_property_comes_back_as_it_was(call, portal):
    portal.set_values("companies", "11", {"csk_score": "5"}, at=call.now)
    call("DELETE", f"{PROPERTIES}/csk_score")
    assert (
        "csk_score"
        not in call("GET", "/crm/objects/2026-09/companies", properties="csk_score")[1]["results"][
            0
        ]["properties"]
    )

    status, body = call("POST", PROPERTIES, SCORE | {"name": "csk_score", "label": "Other"})

    assert status == 201
    assert body["label"] == "Score"
    assert body["createdAt"] == "2024-01-01T00:00:00Z"
    assert "archivedAt" not in body
    assert portal.values("companies", "11")["csk_score"] == "5"


def test_room_for_own_properties_is_bounded(call, portal):
    portal.property_limit = 4

    assert call("POST", PROPERTIES, SCORE)[0] == 201
    assert call("POST", PROPERTIES, SCORE | {"name": "csk_newer"})[0] == 400
    call("DELETE", f"{PROPERTIES}/csk_new")
    assert call("POST", PROPERTIES, SCORE | {"name": "csk_newer"})[0] == 201


def test_limits_tell_the_room_per_type(call):
    _, body = call("GET", "/crm/limits/2026-09/custom-properties")

    of_type = {one["objectTypeId"]: one for one in body["byObjectType"]}
    assert (of_type["0-2"]["limit"], of_type["0-2"]["usage"]) == (1000, 3)
    assert of_type["0-1"]["usage"] == 0
    assert (body["overallLimit"], body["overallUsage"]) == (11_000, 3)


def test_batch_create_makes_what_it_can(call):
    body = {"inputs": [SCORE, SCORE | {"name": "csk_score"}, SCORE | {"name": "No"}]}

    status, answer = call("POST", f"{PROPERTIES}/batch/create", body)

    assert status == 207
    assert names(answer) == ["csk_new"]
    assert [(one["category"], one["context"]["name"]) for one in answer["errors"]] == [
        ("OBJECT_ALREADY_EXISTS", ["csk_score"]),
        ("VALIDATION_ERROR", ["No"]),
    ]
    assert answer["errors"][0]["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"


def test_batch_create_is_a_201_when_all_are_made(call):
    assert call("POST", f"{PROPERTIES}/batch/create", {"inputs": [SCORE]})[0] == 201


def test_batch_read_tells_what_is_missing(call):
    body = {"archived": False, "inputs": [{"name": "csk_score"}, {"name": "nonsense"}]}

    status, answer = call("POST", f"{PROPERTIES}/batch/read", body)

    assert status == 207
    assert names(answer) == ["csk_score"]
    assert answer["errors"][0]["context"] == {"name": ["nonsense"]}


def test_batch_read_finds_archived_ones_when_asked_to(call):
    call("DELETE", f"{PROPERTIES}/csk_score")
    body = {"archived": True, "inputs": [{"name": "csk_score"}]}

    status, answer = call("POST", f"{PROPERTIES}/batch/read", body)

    assert (status, names(answer)) == (200, ["csk_score"])


def test_batch_archive_is_a_204_whatever_the_state(call, portal):
    body = {"inputs": [{"name": "csk_score"}, {"name": "nonsense"}, {"name": "name"}]}

    assert call("POST", f"{PROPERTIES}/batch/archive", body)[0] == 204
    assert portal.properties["companies"]["csk_score"]["archived"] is True
    assert not portal.properties["companies"]["name"].get("archived")


def test_change_of_options_replaces_the_whole_list(call, portal):
    status, body = call(
        "PATCH", f"{PROPERTIES}/csk_pains", {"options": [{"label": "New", "value": "new"}]}
    )

    assert status == 200
    assert [one["value"] for one in body["options"]] == ["new"]
    assert body["updatedAt"] == "2026-11-25T12:00:00Z"


def test_change_of_label_and_group_is_taken(call):
    call("POST", f"{PROPERTIES}/groups", {"name": "csk", "label": "KPIs"})

    status, body = call("PATCH", f"{PROPERTIES}/csk_score", {"label": "S", "groupName": "csk"})

    assert (status, body["label"], body["groupName"]) == (200, "S", "csk")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("csk_score", {"name": "other"}),
        ("csk_score", {"hasUniqueValue": True}),
        ("csk_score", {"groupName": "nowhere"}),
        ("name", {"label": "Other"}),
    ],
)
def test_change_is_refused(call, name, change):
    assert call("PATCH", f"{PROPERTIES}/{name}", change)[0] == 400


def test_options_of_hubspots_own_property_can_be_changed(call):
    change = {"options": [{"label": "New", "value": "NEW"}]}

    assert call("PATCH", f"{PROPERTIES}/hs_lead_status", change)[0] == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_property_is_not_found(call, method):
    status, body = call(method, f"{PROPERTIES}/nonsense", {})

    assert (status, body["category"]) == (404, "OBJECT_NOT_FOUND")


def test_hubspots_own_property_cannot_be_archived(call):
    assert call("DELETE", f"{PROPERTIES}/name")[0] == 400


def test_group_is_created_changed_and_read(call):
    path = f"{PROPERTIES}/groups"
    status, body = call("POST", path, {"name": "csk", "label": "KPIs"})

    assert status == 201
    assert body == {"name": "csk", "label": "KPIs", "displayOrder": -1, "archived": False}
    assert call("PATCH", f"{path}/csk", {"label": "Scores"})[1]["label"] == "Scores"
    assert call("GET", f"{path}/csk")[1]["label"] == "Scores"
    assert names(call("GET", path)[1]) == ["companyinformation", "csk"]


@pytest.mark.parametrize("body", [{"name": "csk"}, {"label": "KPIs"}])
def test_group_needs_name_and_label(call, body):
    assert call("POST", f"{PROPERTIES}/groups", body)[0] == 400


def test_group_that_exists_is_a_conflict(call):
    body = {"name": "companyinformation", "label": "Again"}

    status, answer = call("POST", f"{PROPERTIES}/groups", body)

    assert (status, answer["category"]) == (409, "OBJECT_ALREADY_EXISTS")


def test_group_is_archived_when_no_property_is_left_in_it(call):
    path = f"{PROPERTIES}/groups"
    call("POST", path, {"name": "csk", "label": "KPIs"})
    call("POST", PROPERTIES, SCORE | {"groupName": "csk"})

    assert call("DELETE", f"{path}/csk")[0] == 400
    call("DELETE", f"{PROPERTIES}/csk_new")
    assert call("DELETE", f"{path}/csk")[0] == 204
    assert call("GET", f"{path}/csk")[0] == 404
    assert call("POST", PROPERTIES, SCORE | {"name": "csk_x", "groupName": "csk"})[0] == 400
    assert call("POST", path, {"name": "csk", "label": "Again"})[0] == 201


def test_group_is_made_with_the_first_property_in_it(call, portal):
    portal.add_group("companies", "known", "Known")
    for name, group in (("csk_a", "known"), ("csk_b", "fresh"), ("csk_c", "fresh")):
        portal.add_property("companies", name, "A", "string", "text", group=group)

    _, body = call("GET", f"{PROPERTIES}/groups")

    labels = [(one["name"], one["label"]) for one in body["results"]]
    assert labels[1:] == [("known", "Known"), ("fresh", "fresh")]


def test_account_has_no_rules_on_values(call):
    assert call("GET", "/crm/property-validations/2026-09/0-2")[1] == {"results": []}


def test_property_in_use_is_not_archived_and_the_refusal_says_so(call, portal):
    portal.in_use["companies", "csk_score"] = "a calculation"

    status, body = call("DELETE", f"{PROPERTIES}/csk_score")
    batch = call("POST", f"{PROPERTIES}/batch/archive", {"inputs": [{"name": "csk_score"}]})

    assert (status, body["subCategory"]) == (400, "CANNOT_DELETE_PROPERTY_IN_USE")
    assert batch[0] == 204
    assert call("GET", f"{PROPERTIES}/csk_score")[0] == 200
    portal.in_use.clear()
    assert call("DELETE", f"{PROPERTIES}/csk_score")[0] == 204


@pytest.mark.parametrize("change", [{"label": " "}, {"type": "bool"}, {"fieldType": "select"}])
def test_definition_is_not_changed_into_one_that_could_not_be_created(call, change):
    before = call("GET", f"{PROPERTIES}/csk_score")[1]

    assert call("PATCH", f"{PROPERTIES}/csk_score", change)[0] == 400
    assert call("GET", f"{PROPERTIES}/csk_score")[1] == before
