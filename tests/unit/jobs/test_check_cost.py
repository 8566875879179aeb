"""What runs cost: calls by kind, and minutes at the limits."""

import pytest

from connector.probe import CallLimit
from jobs.check.cost import check_quota, idle_run, minutes_of
from jobs.check.finding import Section

LIMITS = (
    CallLimit("calls", 10, 100, asked=100),
    CallLimit("associations", 10, 100, asked=100, kinds=frozenset({"links"})),
    CallLimit("search", 1, 5, asked=5, kinds=frozenset({"search"})),
    CallLimit("day", None, 1000),
)


@pytest.mark.parametrize(
    ("calls", "minutes"),
    [
        ({"list": 600}, 1),
        ({"list": 300, "history": 300}, 1),
        ({"links": 600}, 1),
        ({"search": 600}, 2),
        ({"list": 600, "links": 600, "search": 300}, 1),
        ({}, 0),
    ],
)
def test_minutes_are_those_of_the_limit_that_takes_longest(calls, minutes):
    assert minutes_of(calls, LIMITS) == pytest.approx(minutes)


def test_minutes_count_the_reserve_that_is_left_to_others():
    limit = CallLimit("calls", 10, 190, asked=100, reserve_share=0.5)

    assert minutes_of({"list": 600}, (limit,)) == pytest.approx(2)


def test_minutes_are_unknown_when_nothing_limits():
    assert minutes_of({"list": 600}, (CallLimit("calls", 10, 190, asked=None),)) is None
    assert minutes_of({"list": 600}, ()) is None


def test_run_at_rest_searches_each_type_once_and_counts_the_objects():
    assert idle_run({"companies": 5000, "calls": 90_000}) == {"search": 3}


@pytest.mark.parametrize(("calls", "levels"), [(500, []), (501, ["warning"])])
def test_first_sync_that_does_not_fit_the_day_is_a_warning(calls, levels):
    section = Section("cost")
    day = CallLimit("day", None, 1000, left=600, reserve_share=0.1)

    check_quota((*LIMITS[:3], day), calls, section)

    assert [one.level for one in section.findings] == levels


def test_first_sync_fits_a_day_of_which_nothing_is_told():
    section = Section("cost")

    check_quota((CallLimit("day", None, None, left=None),), 1_000_000, section)

    assert section.findings == []
