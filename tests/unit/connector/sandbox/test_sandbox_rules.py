from typing import Any

import pytest

COMPANY = "/crm/objects/2026-09/companies/11"


def write(call: Any, **properties: Any) -> tuple[int, Any]:
    status, body = call("PATCH", COMPANY, {"properties": properties})
    return status, body


def codes(body: Any) -> list[str]:
    return [error["code"] for error in body["errors"]]


@pytest.mark.parametrize(
    ("given", "standing"),
    [
        ("0.50", "0.5"),
        ("7", "7"),
        ("100", "100"),
        ("100.00", "100"),
        ("-0", "0"),
        ("-1.250", "-1.25"),
        (3, "3"),
        (2.5, "2.5"),
        ("1E+2", "100"),
        ("123456789012345678.5", "123456789012345678.5"),
    ],
)
def test_number_is_written_plainly(call, given, standing):
    assert write(call, csk_score=given)[1]["properties"]["csk_score"] == standing


@pytest.mark.parametrize("given", ["1,5", "x", "NaN", "Infinity", "1_000", " 1"])
def test_number_is_refused_when_it_is_none(call, given):
    status, body = write(call, csk_score=given)

    assert (status, codes(body)) == (400, ["INVALID_NUMBER"])


def test_unknown_property_is_refused(call):
    status, body = write(call, nonsense="1", name="A")

    assert (status, codes(body)) == (400, ["PROPERTY_DOESNT_EXIST"])


def test_archived_property_is_refused(call, portal):
    portal.properties["companies"]["csk_score"]["archived"] = True

    assert codes(write(call, csk_score="1")[1]) == ["PROPERTY_DOESNT_EXIST"]


@pytest.mark.parametrize("name", ["hs_lastmodifieddate", "hs_object_id", "notes_last_contacted"])
def test_read_only_property_is_refused(call, name):
    assert codes(write(call, **{name: "1"})[1]) == ["READ_ONLY_VALUE"]


@pytest.mark.parametrize("name", ["hs_is_closed", "hs_is_closed_won"])
def test_what_the_stage_decides_is_read_only(call, name):
    _, body = call("PATCH", "/crm/objects/2026-09/deals/31", {"properties": {name: "true"}})

    assert codes(body) == ["READ_ONLY_VALUE"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hs_lead_status", "New"),
        ("hs_lead_status", "NEW;OPEN"),
        ("csk_pains", "late;nonsense"),
        ("csk_pains", "Late"),
        ("hs_is_target_account", "yes"),
    ],
)
def test_wrong_option_is_refused(call, name, value):
    assert codes(write(call, **{name: value})[1]) == ["INVALID_OPTION"]


@pytest.mark.parametrize(
    ("name", "value", "standing"),
    [
        ("hs_lead_status", "NEW", "NEW"),
        ("csk_pains", "price;late;price", "price;late"),
        ("hs_is_target_account", "TRUE", "true"),
        ("hs_is_target_account", True, "true"),
        ("industry", "SPACE_TOURISM", "SPACE_TOURISM"),
        ("name", None, ""),
    ],
)
def test_option_is_taken(call, name, value, standing):
    assert write(call, **{name: value})[1]["properties"][name] == standing


def test_own_enumeration_without_options_takes_no_value(call, portal):
    portal.add_property("companies", "csk_empty", "Empty", "enumeration", "select")

    assert codes(write(call, csk_empty="a")[1]) == ["INVALID_OPTION"]


def test_stage_is_taken_although_it_is_no_option(call, portal):
    path = "/crm/objects/2026-09/deals/31"

    assert call("PATCH", path, {"properties": {"dealstage": "closedwon"}})[0] == 200
    assert portal.values("deals", "31")["hs_is_closed_won"] == "true"


@pytest.mark.parametrize(
    ("owner", "status"), [("101", 200), ("103", 200), ("9001", 400), ("", 200)]
)
def test_owner_is_taken_by_its_own_id_alone(call, owner, status):
    assert write(call, hubspot_owner_id=owner)[0] == status


@pytest.mark.parametrize("given", ["2026-06-10", "1781049600000", "2026-06-10T00:00:00Z"])
def test_date_at_midnight_is_taken(call, given):
    assert write(call, csk_day=given)[1]["properties"]["csk_day"] == "2026-06-10"


@pytest.mark.parametrize("given", ["1781049600001", "2026-06-10T08:00:00Z", "10-06-2026", "soon"])
def test_date_is_refused_when_it_is_no_midnight_or_no_date(call, given):
    assert codes(write(call, csk_day=given)[1]) == ["INVALID_DATE"]


def test_date_is_moved_to_midnight_with_a_warning_when_that_is_allowed(caller, portal):
    call = caller(portal, tolerates_dates=True)

    status, body = write(call, csk_day="2026-06-10T08:00:00Z")

    assert status == 200
    assert body["properties"]["csk_day"] == "2026-06-10"
    assert body["warnings"] == [
        {
            "category": "PROPERTY_VALUE_NORMALIZED",
            "message": "The value of csk_day was normalized",
            "context": {
                "propertyName": ["csk_day"],
                "rawValue": ["2026-06-10T08:00:00Z"],
                "normalizedValue": ["2026-06-10"],
            },
        }
    ]


def test_date_gives_no_warning_when_it_is_midnight_or_empty(caller, portal):
    call = caller(portal, tolerates_dates=True)

    assert "warnings" not in write(call, csk_day="1781049600000")[1]
    assert "warnings" not in write(call, csk_day="")[1]


def test_batch_update_carries_the_warnings(caller, portal):
    call = caller(portal, tolerates_dates=True)
    body = {"inputs": [{"id": "11", "properties": {"csk_day": "2026-06-10T08:00:00Z"}}]}

    _, answer = call("POST", "/crm/objects/2026-09/companies/batch/update", body)

    assert answer["warnings"][0]["category"] == "PROPERTY_VALUE_NORMALIZED"


@pytest.mark.parametrize(
    ("given", "standing"),
    [
        ("1781049600123", "2026-06-10T00:00:00.123Z"),
        ("2026-06-10T10:00:00+02:00", "2026-06-10T08:00:00Z"),
        ("2026-06-10T08:00:00", "2026-06-10T08:00:00Z"),
    ],
)
def test_datetime_is_written_in_utc(call, given, standing):
    _, body = call("PATCH", "/crm/objects/2026-09/deals/31", {"properties": {"closedate": given}})

    assert body["properties"]["closedate"] == standing


def test_datetime_is_refused_when_it_is_none(call):
    _, body = call("PATCH", "/crm/objects/2026-09/deals/31", {"properties": {"closedate": "soon"}})

    assert codes(body) == ["INVALID_DATE"]


@pytest.mark.parametrize(("length", "status"), [(65_536, 200), (65_537, 400)])
def test_text_has_a_longest_length(call, length, status):
    assert write(call, description="x" * length)[0] == status


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({"hs_lead_status": "UNQUALIFIED"}, 400),
        ({"hs_lead_status": "UNQUALIFIED", "description": ""}, 400),
        ({"hs_lead_status": "UNQUALIFIED", "description": "why"}, 200),
        ({"hs_lead_status": "NEW"}, 200),
        ({"csk_score": "1"}, 200),
    ],
)
def test_rule_of_the_admin_makes_a_property_required(call, portal, properties, status):
    portal.required_when["companies", "hs_lead_status", "UNQUALIFIED"] = "description"

    found, body = write(call, **properties)

    assert found == status
    if status == 400:
        assert body["errors"][0]["code"] == "MISSING_CONDITIONAL_REQUIRED_PROPERTY"
        assert body["errors"][0]["context"] == {"propertyName": ["description"]}


BATCH = "/crm/objects/2026-09/companies/batch/update"
LACKING = "MISSING_CONDITIONAL_REQUIRED_PROPERTY"


@pytest.fixture
def ruled(portal):
    portal.require("companies", "phone", when_property="csk_score", when_value="7")
    return portal


def scores(*ids: str, traced: bool) -> dict[str, Any]:
    trace = {one: {"objectWriteTraceId": f"t{one}"} if traced else {} for one in ids}
    return {"inputs": [{"id": one, "properties": {"csk_score": "7"}, **trace[one]} for one in ids]}


def test_rule_looks_at_the_record_as_the_write_would_leave_it(call, ruled):
    assert codes(write(call, csk_score="7.0")[1]) == [LACKING]
    assert write(call, phone="1")[0] == 200
    assert write(call, csk_score="7")[0] == 200
    assert codes(write(call, phone="")[1]) == [LACKING]
    assert write(call, phone="", csk_score="8")[0] == 200


def test_rule_refuses_any_write_that_leaves_a_record_lacking(call, ruled):
    ruled.set_values("companies", "11", {"csk_score": "7"}, at=call.now)

    assert codes(write(call, name="New")[1]) == [LACKING]
    assert write(call, name="New", phone="1")[0] == 200


def test_rule_costs_its_record_alone_in_a_batch_with_trace_ids(call, ruled):
    ruled.set_values("companies", "12", {"phone": "1"}, at=call.now)

    status, body = call("POST", BATCH, scores("11", "12", "13", traced=True))

    assert status == 207
    assert [one["id"] for one in body["results"]] == ["12"]
    assert [
        (one["context"]["objectWriteTraceId"], one["errors"][0]["code"]) for one in body["errors"]
    ] == [(["t11"], LACKING), (["t13"], LACKING)]
    assert body["errors"][0]["errors"][0]["context"] == {"propertyName": ["phone"]}
    assert "csk_score" not in ruled.values("companies", "11")


def test_rule_refuses_a_whole_batch_without_trace_ids(call, ruled):
    ruled.set_values("companies", "12", {"phone": "1"}, at=call.now)

    status, body = call("POST", BATCH, scores("11", "12", traced=False))

    assert (status, codes(body)) == (400, [LACKING])
    assert "csk_score" not in ruled.values("companies", "12")


def test_rules_of_one_value_add_up(call, ruled):
    for name in ("domain", "phone"):
        ruled.require("companies", name, when_property="csk_score", when_value="7")

    _, body = write(call, csk_score="7")

    found = [one["context"]["propertyName"] for one in body["errors"]]
    assert found == [["phone"], ["domain"]]


def test_rule_holds_for_a_new_record_whatever_its_input_is_called(call, ruled):
    ruled.set_values("companies", "11", {"phone": "1"}, at=call.now)
    path = "/crm/objects/2026-09/companies"

    alone, _ = call("POST", path, {"properties": {"csk_score": "7"}})
    many, _ = call("POST", f"{path}/batch/create", scores("11", traced=False))

    assert (alone, many) == (400, 400)


def test_rule_on_another_type_does_not_matter(call, ruled):
    path = "/crm/objects/2026-09/contacts/21"

    assert call("PATCH", path, {"properties": {"phone": ""}})[0] == 200


@pytest.mark.parametrize(("name", "when"), [("nope", "csk_score"), ("phone", "nope")])
def test_rule_on_what_is_not_defined_is_refused(portal, name, when):
    with pytest.raises(ValueError, match="companies: not defined: nope: add_property first"):
        portal.require("companies", name, when_property=when, when_value="7")
