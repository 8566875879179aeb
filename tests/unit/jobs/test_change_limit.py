"""Which changes count against the limit of a run, how many are too many, and what caused them."""

from decimal import Decimal

import pytest

from jobs.change_limit import (
    LEAST_RECORDS,
    MOVED_BY_DAYS,
    SETTLED,
    Excess,
    causes,
    counted,
    excesses,
)
from jobs.difference import Difference
from kpis.properties import PROPERTIES

LIMIT = Decimal("0.30")


def phase(record: int, before: str = "quote", after: str = "orienting") -> Difference:
    return Difference("companies", str(record), "buying_phase", before, after)


def phases(records: int) -> list[Difference]:
    return [phase(one) for one in range(records)]


@pytest.mark.parametrize(
    ("changed", "standing", "over"),
    [
        (30, 100, []),
        (31, 100, [Excess("companies", 31, 100)]),
        (9, 9, []),
        (10, 10, [Excess("companies", 10, 10)]),
        (10, 34, []),
        (10, 33, [Excess("companies", 10, 33)]),
        (80, 100, [Excess("companies", 80, 100)]),
    ],
)
def test_run_is_over_the_limit_beyond_its_share_and_from_ten_records(changed, standing, over):
    assert LEAST_RECORDS == 10
    assert excesses(phases(changed), {"companies": standing}, LIMIT) == over


def test_limit_of_all_lets_everything_through():
    assert excesses(phases(100), {"companies": 100}, Decimal(1)) == []


def test_record_with_many_changed_values_counts_once():
    found = [
        Difference("companies", str(record), name, "quote", "order")
        for record in range(30)
        for name in ("buying_phase", "phase_previous")
    ]

    assert excesses(found, {"companies": 100}, LIMIT) == []


def test_object_types_are_counted_apart():
    deals = [Difference("deals", str(one), "deal_phase", "quote", "order") for one in range(12)]

    over = excesses([*phases(29), *deals], {"companies": 100, "deals": 12}, LIMIT)

    assert over == [Excess("deals", 12, 12)]


def test_value_that_stood_nowhere_counts_never():
    assert counted([phase(1, before="")], under_other_settings=True) == []
    assert counted([phase(1)], under_other_settings=True) == [phase(1)]


@pytest.mark.parametrize(
    ("name", "after", "counts"),
    [
        ("buying_phase", "unknown", True),
        ("deal_phase", "", True),
        ("buying_phase", "orienting", False),
        ("deal_phase", "order", False),
        ("contact_status", "", False),
    ],
)
def test_phase_that_is_lost_counts_under_any_settings(name, after, counts):
    [row] = [row for row in PROPERTIES if row.name == name]
    found = [Difference(row.object_type, "1", name, "quote", after)]

    assert bool(counted(found, under_other_settings=False)) is counts


@pytest.mark.parametrize(
    ("name", "as_before", "under_others"),
    [
        ("buying_phase", False, True),
        ("deal_phase", False, True),
        ("is_top_relation", True, True),
        ("top_relation_basis", True, True),
        ("deal_realised_amount", True, True),
        ("dmu_slot", True, True),
        ("profile_missing", False, True),
        ("revenue_ttm", False, True),
        ("next_best_action", False, True),
        ("contact_status", False, True),
        ("last_two_way_contact", False, True),
        ("relation_score", False, False),
        ("profile_completeness", False, False),
        ("calculated_at", False, False),
    ],
)
def test_what_days_and_work_move_counts_only_under_other_settings(name, as_before, under_others):
    [row] = [row for row in PROPERTIES if row.name == name]
    found = [Difference(row.object_type, "1", name, "1", "2")]

    assert bool(counted(found, under_other_settings=False)) is as_before
    assert bool(counted(found, under_other_settings=True)) is under_others


def test_properties_that_count_less_are_values_that_we_write():
    written = {row.name for row in PROPERTIES if row.direction == "out"}

    assert written >= MOVED_BY_DAYS | SETTLED
    assert MOVED_BY_DAYS.isdisjoint(SETTLED)


def test_causes_stand_by_records_and_name_the_commonest_change_of_an_option():
    found = [
        *(phase(one) for one in range(3)),
        phase(3, "interest", "order"),
        *(Difference("companies", str(one), "revenue_ttm", "10.00", "20.00") for one in range(5)),
        *(Difference("companies", str(one), "phase_since", "2026-01-01", "") for one in range(4)),
    ]

    told = [(one.name, one.records, one.most) for one in causes(found)]

    assert told == [
        ("revenue_ttm", 5, None),
        ("buying_phase", 4, ("quote", "orienting", 3)),
        ("phase_since", 4, None),
    ]
