"""Pulls of activities from a day on: by search, since the list has no filter."""

import json
from datetime import UTC, date, datetime

import pytest

from tests.unit.connector.hubspot.answers import NOW_MS, found


def test_activities_from_a_day_on_are_searched_for_by_their_time(replay, adapter):
    path = "/crm/objects/2026-09/calls"
    replay.lay("POST", f"{path}/search", found(8, 9))
    times = {"hs_lastmodifieddate": "2026-06-15T09:00:00Z", "hs_timestamp": "2026-06-15T08:00:00Z"}
    calls = [{"id": one, "properties": times} for one in ("8", "9")]
    replay.lay("POST", f"{path}/batch/read", {"results": calls[:1]})
    replay.lay("POST", f"{path}/batch/read", {"results": calls[1:]})

    first, last = adapter(activities_since=date(2025, 1, 1), page_size=1).changes("calls", None)

    filters = replay.bodies(f"{path}/search")[0]["filterGroups"][0]["filters"]
    assert filters[0] == {
        "propertyName": "hs_timestamp",
        "operator": "GTE",
        "value": "1735689600000",  # 2025-01-01T00:00:00Z
    }
    assert json.loads(first.cursor) == {"mode": "since", "started": NOW_MS, "last_id": 8}
    assert json.loads(last.cursor) == {"mode": "waiting", "until": NOW_MS}
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

    assert [(one.method, one.query.get("after")) for one in replay.asked] == [(asked, None)]
    assert page.sweep_before == datetime(2026, 6, 15, 10, tzinfo=UTC)
