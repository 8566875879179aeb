from collections.abc import Iterable
from typing import Any

import pytest

BATCH = "/crm/objects/2026-09/companies/batch"


def inputs(ids: Iterable[str], **properties: str) -> dict[str, Any]:
    return {"inputs": [{"id": one, "properties": properties} for one in ids]}


def traced(*pairs: tuple[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "inputs": [
            {"id": one, "properties": properties, "objectWriteTraceId": f"t{one}"}
            for one, properties in pairs
        ]
    }


def test_read_names_all_missing_ids_in_one_error(call, portal):
    portal.archive("companies", "13", at=call.now)

    status, body = call(
        "POST", f"{BATCH}/read", {"inputs": [{"id": i} for i in ["11", "13", "98"]]}
    )

    assert status == 207
    assert [record["id"] for record in body["results"]] == ["11"]
    assert body["numErrors"] == 1
    assert body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert body["errors"][0]["context"]["ids"] == ["13", "98"]


def test_read_is_a_200_when_all_are_found(call):
    status, body = call(
        "POST", f"{BATCH}/read", {"properties": ["name"], "inputs": [{"id": "12"}, {"id": "12"}]}
    )

    assert status == 200
    assert body["status"] == "COMPLETE"
    assert "errors" not in body
    assert [record["properties"]["name"] for record in body["results"]] == ["Beta"]


def test_read_finds_archived_records_when_asked_to(call, portal):
    portal.archive("companies", "13", at=call.now)

    status, body = call("POST", f"{BATCH}/read", {"inputs": [{"id": "13"}]}, archived="true")

    assert (status, body["results"][0]["id"]) == (200, "13")


def test_read_finds_records_by_another_property(call):
    body = {"idProperty": "email", "inputs": [{"id": "x@example.com"}, {"id": "no@example.com"}]}

    status, answer = call("POST", "/crm/objects/2026-09/contacts/batch/read", body)

    assert status == 207
    assert answer["results"][0]["id"] == "21"


@pytest.mark.parametrize(("count", "status"), [(100, 207), (101, 400)])
def test_read_takes_100_inputs(call, count, status):
    assert call("POST", f"{BATCH}/read", inputs(map(str, range(count))))[0] == status


@pytest.mark.parametrize(("count", "status"), [(50, 207), (51, 400)])
def test_read_takes_50_inputs_with_histories(call, count, status):
    body = inputs(map(str, range(count))) | {"propertiesWithHistory": ["name"]}

    found, answer = call("POST", f"{BATCH}/read", body)

    assert found == status
    if status == 400:
        assert answer["message"].startswith(
            "The maximum number of inputs supported in a batch request for property histories is 50"
        )


def test_read_gives_histories(call):
    body = {"propertiesWithHistory": ["name"], "inputs": [{"id": "11"}]}

    _, answer = call("POST", f"{BATCH}/read", body)

    assert answer["results"][0]["propertiesWithHistory"]["name"][0]["value"] == "Alfa"


@pytest.mark.parametrize("body", [{}, {"inputs": "11"}, {"inputs": ["11"]}])
def test_batch_refuses_inputs_that_are_none(call, body):
    assert call("POST", f"{BATCH}/read", body)[0] == 400


def test_update_writes_all_when_all_are_good(call, portal):
    status, body = call("POST", f"{BATCH}/update", inputs(["11", "12"], csk_score="0.50"))

    assert status == 200
    assert [record["properties"]["csk_score"] for record in body["results"]] == ["0.5", "0.5"]
    assert portal.values("companies", "12")["csk_score"] == "0.5"


@pytest.mark.parametrize(("count", "status"), [(100, 207), (101, 400)])
def test_update_takes_100_inputs(call, count, status):
    ids = [str(number) for number in range(1000, 1000 + count)]

    assert call("POST", f"{BATCH}/update", inputs(ids, name="x"))[0] == status


def test_update_writes_nothing_when_one_input_is_bad_and_none_is_traced(call, portal):
    body = {
        "inputs": [
            {"id": "11", "properties": {"csk_score": "1"}},
            {"id": "12", "properties": {"nonsense": "1"}},
        ]
    }

    status, answer = call("POST", f"{BATCH}/update", body)

    assert status == 400
    assert answer["category"] == "VALIDATION_ERROR"
    assert answer["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert answer["errors"][0]["context"] == {"propertyName": ["nonsense"]}
    assert "csk_score" not in portal.values("companies", "11")


def test_update_writes_the_good_inputs_when_all_are_traced(call, portal):
    status, answer = call(
        "POST",
        f"{BATCH}/update",
        traced(("11", {"csk_score": "1"}), ("12", {"csk_score": "x"}), ("13", {"csk_score": "3"})),
    )

    assert status == 207
    assert [one["id"] for one in answer["results"]] == ["11", "13"]
    assert [one["objectWriteTraceId"] for one in answer["results"]] == ["t11", "t13"]
    assert answer["errors"][0]["context"] == {"objectWriteTraceId": ["t12"]}
    assert answer["errors"][0]["category"] == "VALIDATION_ERROR"
    assert answer["errors"][0]["errors"][0]["code"] == "INVALID_NUMBER"
    assert portal.values("companies", "13")["csk_score"] == "3"


@pytest.mark.parametrize("second", [None, "t"])
def test_update_writes_nothing_when_a_trace_id_is_missing_or_repeated(call, portal, second):
    body = {
        "inputs": [
            {"id": "11", "properties": {"csk_score": "1"}, "objectWriteTraceId": "t"},
            {"id": "12", "properties": {"csk_score": "x"}},
        ]
    }
    if second:
        body["inputs"][1]["objectWriteTraceId"] = second

    assert call("POST", f"{BATCH}/update", body)[0] == 400
    assert "csk_score" not in portal.values("companies", "11")


def test_update_refuses_an_id_that_comes_twice_even_when_traced(call, portal):
    body = traced(("11", {"name": "A"}), ("11", {"name": "B"}), ("12", {"name": "C"}))

    status, answer = call("POST", f"{BATCH}/update", body)

    assert status == 400
    assert answer["message"] == "Duplicate IDs found in batch input: [11]. IDs must be unique"
    assert answer["context"] == {"ids": ["11"]}
    assert portal.values("companies", "12")["name"] == "Beta"


def test_update_leaves_out_an_id_that_was_merged_away(call, portal):
    portal.merge("companies", "11", "12", at=call.now)

    status, answer = call("POST", f"{BATCH}/update", inputs(["12", "13"], csk_score="4"))

    assert status == 200
    assert [one["id"] for one in answer["results"]] == ["13"]
    assert "errors" not in answer


def test_update_tells_unknown_and_archived_ids_and_writes_the_others(call, portal):
    portal.archive("companies", "12", at=call.now)

    status, answer = call("POST", f"{BATCH}/update", inputs(["11", "12", "99"], csk_score="4"))

    assert status == 207
    assert [one["id"] for one in answer["results"]] == ["11"]
    assert answer["numErrors"] == 1
    assert answer["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer["errors"][0]["context"] == {"ids": ["12", "99"]}


def test_update_names_the_trace_of_an_unknown_id(call):
    status, answer = call("POST", f"{BATCH}/update", traced(("99", {"csk_score": "4"})))

    assert status == 207
    assert answer["errors"][0]["context"] == {"ids": ["99"], "objectWriteTraceId": ["t99"]}


def test_create_makes_many_records(call, portal):
    body = {"inputs": [{"properties": {"name": "New"}}, {"properties": {"name": "Newer"}}]}

    status, answer = call("POST", f"{BATCH}/create", body)

    assert status == 201
    assert [one["id"] for one in answer["results"]] == ["14", "15"]
    assert portal.values("companies", "15")["name"] == "Newer"


def test_create_tells_the_bad_inputs_apart_when_traced(call):
    body = {
        "inputs": [
            {"properties": {"name": "New"}, "objectWriteTraceId": "a"},
            {"properties": {"nonsense": "1"}, "objectWriteTraceId": "b"},
        ]
    }

    status, answer = call("POST", f"{BATCH}/create", body)

    assert status == 207
    assert len(answer["results"]) == 1
    assert answer["errors"][0]["context"] == {"objectWriteTraceId": ["b"]}


def test_archive_puts_many_away_and_passes_over_the_rest(call, portal):
    assert call("POST", f"{BATCH}/archive", {"inputs": [{"id": "11"}, {"id": "99"}]})[0] == 204
    assert portal.objects["companies"]["11"].archived_ms is not None
    assert portal.objects["companies"]["12"].archived_ms is None
