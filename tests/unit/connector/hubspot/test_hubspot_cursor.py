"""Positions survive the store; what cannot be read means a pull of everything."""

import json

import pytest

from connector.hubspot.cursor import Full, Since, Waiting, Window, load_position


@pytest.mark.parametrize(
    "position",
    [
        Full(started=1_790_000_000_123),
        Full(started=1_790_000_000_123, after="NTI1Cg=="),
        Since(started=1_790_000_000_123, last_id=9_007_199_254_740_993),
        Window(opens=1, until=2, last_id=3),
        Waiting(until=1_790_000_000_123),
    ],
)
def test_position_comes_back_as_it_was_kept(position):
    assert load_position(position.dump()) == position


def test_position_of_a_window_is_json_that_names_both_ends_and_the_last_id():
    assert json.loads(Window(opens=1, until=2, last_id=3).dump()) == {
        "mode": "incremental",
        "from": 1,
        "until": 2,
        "last_id": 3,
    }


@pytest.mark.parametrize(
    "cursor",
    [
        None,
        "",
        "not json",
        '{"mode": "newer"}',
        '{"mode": "full"}',
        '{"mode": "waiting", "until": 5, "more": 1}',
        "[]",
    ],
)
def test_position_is_none_when_the_cursor_cannot_be_read(cursor):
    assert load_position(cursor) is None
