"""Writing: every input is accounted for, whatever the CRM's answer leaves out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.ports import Change, PermanentCrmError, WriteOutcome

COMPANIES = "/crm/objects/2026-09/companies"
UPDATE = f"{COMPANIES}/batch/update"
AT = "2026-06-15T10:00:00.123Z"


def written(external_id: str, **values: str | None) -> dict[str, Any]:
    return {"id": external_id, "properties": values, "updatedAt": AT}


def refused(
    *external_ids: str, category: str = "VALIDATION_ERROR", **context: list[str]
) -> dict[str, Any]:
    return {
        "status": "error",
        "category": category,
        "message": "Jansen is not one of the options",
        "context": {"objectWriteTraceId": list(external_ids), **context},
    }


def changes(*external_ids: str) -> list[Change]:
    return [Change(one, {"relation_score": "80"}) for one in external_ids]


def test_write_puts_the_prefix_before_names_and_a_trace_id_on_every_input(replay, adapter):
    replay.lay("POST", UPDATE, {"results": [written("1", csk_relation_score="80")]})

    list(adapter().write("companies", changes("1")))

    assert replay.bodies(UPDATE) == [
        {
            "inputs": [
                {
                    "id": "1",
                    "objectWriteTraceId": "1",
                    "properties": {"csk_relation_score": "80"},
                }
            ]
        }
    ]


def test_outcome_holds_what_the_crm_says_stands_there_now(replay, adapter):
    """It may normalise a value; null and "" mean empty; what it is silent about is as sent."""
    replay.lay(
        "POST",
        UPDATE,
        {
            "results": [
                written("1", csk_a="80.0", csk_b=None, csk_c="", csk_d="9", name="Jansen Bouw")
            ]
        },
    )

    outcomes = list(
        adapter().write(
            "companies", [Change("1", {"a": "80", "b": "7", "c": "", "e": "1", "f": ""})]
        )
    )

    assert outcomes == [
        WriteOutcome(
            "1",
            "written",
            values={"a": "80.0", "e": "1"},
            modified_at=datetime(2026, 6, 15, 10, 0, 0, 123_000, tzinfo=UTC),
        )
    ]


def test_changes_of_one_record_are_merged_before_they_are_sent(replay, adapter):
    """HubSpot refuses a whole batch in which an id stands twice."""
    replay.lay("POST", UPDATE, {"results": [written("1", csk_a="2", csk_b="3")]})

    outcomes = list(
        adapter().write("companies", [Change("1", {"a": "1"}), Change("1", {"a": "2", "b": "3"})])
    )

    assert [one["properties"] for one in replay.bodies(UPDATE)[0]["inputs"]] == [
        {"csk_a": "2", "csk_b": "3"}
    ]
    assert [(one.external_id, one.values) for one in outcomes] == [("1", {"a": "2", "b": "3"})] * 2


def test_bad_record_of_a_batch_is_refused_with_a_reason_and_the_rest_is_written(replay, adapter):
    error = refused("2")
    error["errors"] = [{"code": "INVALID_OPTION", "context": {"propertyName": ["csk_phase"]}}]
    replay.lay("POST", UPDATE, {"results": [written("1")], "errors": [error]}, status=207)

    one, two = adapter().write("companies", changes("1", "2"))

    assert (one.status, two.status) == ("written", "refused")
    assert two.reason == "VALIDATION_ERROR, INVALID_OPTION, property csk_phase"


def test_refusal_without_any_words_still_has_a_reason(replay, adapter):
    error = {"context": {"objectWriteTraceId": "1"}}
    replay.lay("POST", UPDATE, {"results": [], "errors": [error]}, status=207)

    (outcome,) = adapter().write("companies", changes("1"))

    assert (outcome.status, outcome.reason) == ("refused", "refused without a reason")


@pytest.mark.parametrize("context", [{"objectWriteTraceId": ["1", "2"]}, {"ids": ["1", "2"]}])
def test_record_that_does_not_exist_is_gone(replay, adapter, context):
    error = {"category": "OBJECT_NOT_FOUND", "context": context}
    replay.lay("POST", UPDATE, {"results": [written("3")], "errors": [error]}, status=207)

    outcomes = list(adapter().write("companies", changes("1", "2", "3")))

    assert [one.status for one in outcomes] == ["gone", "gone", "written"]


def test_record_left_out_of_a_good_answer_is_looked_up(replay, adapter):
    """1 was merged into 9, 2 was deleted, 3 stands and was not written."""
    replay.lay("POST", UPDATE, {"results": [written("4")]})
    replay.lay("GET", f"{COMPANIES}/1", written("9"))
    replay.lay("GET", f"{COMPANIES}/3", written("3"))

    outcomes = list(adapter().write("companies", changes("1", "2", "3", "4")))

    assert [one.status for one in outcomes] == ["gone", "gone", "refused", "written"]
    assert outcomes[2].reason == "left out of the CRM's answer"


def test_refused_batch_is_halved_until_the_bad_record_stands_alone(replay, adapter):
    refusal = {
        "category": "VALIDATION_ERROR",
        "correlationId": "c-1",
        "errors": [{"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["csk_x"]}}],
    }
    for status, payload in [
        (400, refusal),  # 1 2 3 4
        (200, {"results": [written("1"), written("2")]}),  # 1 2
        (400, refusal),  # 3 4
        (400, {**refusal, "correlationId": "c-2"}),  # 3
        (200, {"results": [written("4")]}),  # 4
    ]:
        replay.lay("POST", UPDATE, payload, status=status)

    outcomes = list(adapter().write("companies", changes("1", "2", "3", "4")))

    assert [(one.external_id, one.status) for one in outcomes] == [
        ("1", "written"),
        ("2", "written"),
        ("3", "refused"),
        ("4", "written"),
    ]
    sizes = [len(body["inputs"]) for body in replay.bodies(UPDATE)]
    assert sizes == [4, 2, 2, 1, 1]
    reason = outcomes[2].reason or ""
    assert "400 VALIDATION_ERROR, PROPERTY_DOESNT_EXIST, property csk_x" in reason
    assert "c-2" not in reason


def test_write_without_the_scope_stops_and_is_not_halved(replay, adapter):
    replay.lay("POST", UPDATE, {"category": "MISSING_SCOPES"}, status=403)

    with pytest.raises(PermanentCrmError, match=r"crm\.objects\.companies\.write"):
        list(adapter().write("companies", changes("1", "2")))

    assert len(replay.asked) == 1


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (100, 1), (101, 2)])
def test_write_sends_a_hundred_records_a_call(replay, adapter, count, calls):
    ids = [str(one) for one in range(1, count + 1)]
    replay.lay("POST", UPDATE, {"results": [written(one) for one in ids]})

    outcomes = list(adapter().write("companies", changes(*ids)))

    assert len(replay.asked) == calls
    assert [one.external_id for one in outcomes] == ids
