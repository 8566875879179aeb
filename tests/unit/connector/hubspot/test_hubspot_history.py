"""Past values: order, who set them, and what cannot be read; and the splits of deals."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.ports import TransientCrmError
from kpis.records import Split, ValueChange
from mappings.fields import CompanyFields, Fields

DEALS = "/crm/objects/2026-09/deals/batch/read"
SPLITS = "/deal-splits/2026-09/batch/read"


def version(value: str | None, at: str | None, source: str = "CRM_UI", source_id: object = None):
    return {"value": value, "timestamp": at, "sourceType": source, "sourceId": source_id}


def lay(replay, *versions: dict[str, Any], name: str = "dealstage") -> None:
    result = {"id": "1", "properties": {}, "propertiesWithHistory": {name: list(versions)}}
    replay.lay("POST", DEALS, {"results": [result]})


def test_history_comes_oldest_first_under_our_own_names(replay, adapter):
    lay(
        replay,
        version("closedwon", "2026-03-01T08:00:00.250Z"),
        version("contractsent", "2026-02-01T08:00:00Z"),
        version("", "2026-01-01T08:00:00Z"),
    )

    (page,) = adapter().history("deals", ["stage", "owner"], ["1"])

    assert page.changes == (
        ValueChange("1", "stage", None, datetime(2026, 1, 1, 8, tzinfo=UTC)),
        ValueChange("1", "stage", "contractsent", datetime(2026, 2, 1, 8, tzinfo=UTC)),
        ValueChange("1", "stage", "closedwon", datetime(2026, 3, 1, 8, 0, 0, 250_000, tzinfo=UTC)),
    )
    assert replay.bodies(DEALS) == [
        {
            "inputs": [{"id": "1"}],
            "properties": [],
            "propertiesWithHistory": ["dealstage", "hubspot_owner_id"],
        }
    ]


def test_history_keeps_the_order_of_versions_of_one_instant(replay, adapter):
    """The CRM names the newest first."""
    at = "2026-03-01T08:00:00Z"
    lay(replay, version("b", at), version("a", at))

    (page,) = adapter().history("deals", ["stage"], ["1"])

    assert [change.value for change in page.changes] == ["a", "b"]


@pytest.mark.parametrize(
    ("by", "is_by_person"),
    [
        (("CRM_UI", "userId:5", None), True),
        (("IMPORT", "12", None), True),
        (("WORKFLOWS", "enrollmentId:9", None), False),
        (("AUTOMATION_PLATFORM", "9", None), False),
        (("CALCULATED", None, None), False),
        (("INTEGRATION", "1185", "1185"), False),
        (("API", "1185", "1185"), False),
        (("INTEGRATION", "1186", "1185"), True),
        (("INTEGRATION", "1185", None), True),
        (("CRM_UI", "1185", "1185"), True),
        ((None, None, "1185"), True),
    ],
)
def test_history_tells_who_set_a_value(replay, adapter, by, is_by_person):
    source, source_id, app_id = by
    lay(replay, version("a", "2026-03-01T08:00:00Z", source, source_id))

    (page,) = adapter(app_id=app_id).history("deals", ["stage"], ["1"])

    assert [change.is_by_person for change in page.changes] == [is_by_person]


@pytest.mark.parametrize("at", [None, "", "once"])
def test_history_leaves_out_a_version_that_cannot_be_dated(replay, adapter, at):
    lay(replay, version("b", at), version("a", "2026-03-01T08:00:00Z"))

    (page,) = adapter().history("deals", ["stage"], ["1"])

    assert [change.value for change in page.changes] == ["a"]


def test_history_asks_nothing_for_fields_that_are_not_mapped(replay, adapter):
    fields = Fields(company=CompanyFields(phase_declared=None))

    pages = list(adapter(fields=fields).history("companies", ["phase_declared"], ["1"]))

    assert [page.external_ids for page in pages] == [("1",)]
    assert [page.changes for page in pages] == [()]
    assert replay.asked == []


@pytest.mark.parametrize(("count", "calls"), [(50, 1), (51, 2)])
def test_history_is_read_for_fifty_records_a_call(replay, adapter, count, calls):
    replay.lay("POST", DEALS, {"results": []})
    ids = [str(one) for one in range(count)]

    pages = list(adapter().history("deals", ["stage"], ids))

    assert len(replay.asked) == calls
    assert [one for page in pages for one in page.external_ids] == ids


@pytest.mark.parametrize("path", [DEALS, SPLITS])
def test_part_that_the_crm_could_not_tell_stops_the_reading(replay, adapter, path):
    """Read as none, it would be taken for a record without a past, or without splits."""
    replay.lay("POST", path, {"results": [], "errors": [{"status": "error"}]}, status=207)
    crm = adapter()

    with pytest.raises(TransientCrmError, match="207 a part could not be read"):
        list(crm.history("deals", ["stage"], ["1"]) if path == DEALS else crm.splits(["1"]))


def test_record_that_is_gone_has_no_past_and_is_no_fault(replay, adapter):
    errors = [{"category": "OBJECT_NOT_FOUND", "context": {"ids": ["1"]}}]
    replay.lay("POST", DEALS, {"results": [], "errors": errors}, status=207)

    (page,) = adapter().history("deals", ["stage"], ["1"])

    assert (page.external_ids, page.changes) == (("1",), ())


def test_splits_are_shares_of_one(replay, adapter):
    splits = [
        {"id": "8", "properties": {"hubspot_owner_id": "51", "hs_deal_split_percentage": "0.6"}},
        {"id": "9", "properties": {"hubspot_owner_id": "52", "hs_deal_split_percentage": "0.4"}},
    ]
    replay.lay("POST", SPLITS, {"results": [{"id": "1", "splits": splits}]})

    assert list(adapter().splits(["1", "2"])) == [
        Split("1", "51", Decimal("0.6")),
        Split("1", "52", Decimal("0.4")),
    ]
    assert replay.bodies(SPLITS) == [{"inputs": [{"id": "1"}, {"id": "2"}]}]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"hubspot_owner_id": "51", "hs_deal_split_percentage": "half"},
        {"hubspot_owner_id": "51", "hs_deal_split_percentage": "NaN"},
        {"hubspot_owner_id": None, "hs_deal_split_percentage": "0.5"},
    ],
)
def test_split_that_cannot_be_read_is_left_out(replay, adapter, values):
    replay.lay("POST", SPLITS, {"results": [{"id": "1", "splits": [{"properties": values}]}]})

    assert list(adapter().splits(["1"])) == []
