"""Pulls of activities from a day on: by search, since the list has no filter."""

import json
from datetime import UTC, date, datetime

import pytest

from tests.unit.connector.hubspot.answers import NOW_MS, changed, found, waiting


def test_activities_from_a_day_on_are_searched_for_by_their_time(replay, adapter):
    path = "/crm/objects/2026-09/calls"
    replay.lay("POST", f"{path}/search", changed(8, total=2, after="1"))
    replay.lay("POST", f"{path}/search", changed(9))

    first, last = adapter(activities_since=date(2025, 1, 1)).changes("calls", None)

    filters = replay.bodies(f"{path}/search")[0]["filterGroups"][0]["filters"]
    assert filters[0] == {
        "propertyName": "hs_timestamp",
        "operator": "GTE",
        "value": "1735689600000",  # 2025-01-01T00:00:00Z
    }
    assert json.loads(first.cursor) == {"mode": "since", "started": NOW_MS, "last_id": 8}
    assert json.loads(last.cursor) == {"mode": "waiting", "until": NOW_MS}
    assert first.total == 2
    assert (first.sweep_before, last.sweep_before) == (
        None,
        datetime(2026, 6, 15, 10, tzinfo=UTC),
    )


def test_activities_from_a_day_on_go_on_where_they_were_left(replay, adapter):
    path = "/crm/objects/2026-09/calls"
    cursor = json.dumps({"mode": "since", "started": NOW_MS, "last_id": 8})
    replay.lay("POST", f"{path}/search", found())

    list(adapter(activities_since=date(2025, 1, 1)).changes("calls", cursor))

    filters = replay.bodies(f"{path}/search")[0]["filterGroups"][0]["filters"]
    assert filters[1]["value"] == "8"


@pytest.mark.parametrize(
    ("since", "cursor", "asked"),
    [
        (None, {"mode": "since", "started": 1, "last_id": 8}, "GET"),
        (date(2025, 1, 1), {"mode": "full", "started": 1, "after": "x"}, "POST"),
    ],
)
def test_activities_begin_anew_when_the_setting_was_changed_half_way(
    replay, adapter, since, cursor, asked
):
    path = "/crm/objects/2026-09/calls"
    replay.lay("GET", path, {"results": []})
    replay.lay("POST", f"{path}/search", found())

    (page,) = adapter(activities_since=since).changes("calls", json.dumps(cursor))

    assert [(one.method, one.query.get("after")) for one in replay.asked][-1] == (asked, None)
    assert page.sweep_before == datetime(2026, 6, 15, 10, tzinfo=UTC)


def test_changes_of_activities_from_a_day_on_are_limited_to_it_too(replay, adapter):
    path = "/crm/objects/2026-09/calls"
    replay.lay("POST", f"{path}/search", changed(8))
    crm = adapter(activities_since=date(2025, 1, 1))

    list(crm.changes("calls", waiting()))
    crm.count("calls")

    of_changes, of_count = (
        one["filterGroups"][0]["filters"] for one in replay.bodies(f"{path}/search")
    )
    assert [one["propertyName"] for one in of_changes] == ["hs_lastmodifieddate", "hs_timestamp"]
    assert [one["propertyName"] for one in of_count] == ["hs_timestamp"]
