"""What changed since the week before the last one ended: local weeks, and what counts as change."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jobs.seller.week import (
    Past,
    changed_relations,
    past_of,
    read_past,
    sunday_before_last_week,
    week_of,
)
from store.store import Store
from tests.unit.jobs.digest_phrases import day_of, history, relation, relations

MONDAY = date(2026, 11, 23)
SUNDAY_BEFORE = date(2026, 11, 15)
FLAGS = ("entered", "left", "moved", "pains_gains_changed", "score_changed")


def past(*days: Mapping[str, object]) -> Past:
    found = past_of(history(*days), MONDAY, fiscal_year_start=1)
    assert found is not None
    return found


def changes(now: Mapping[str, object], **then: object) -> list[str]:
    """Flags of one relation, of which other values than those of now stood then."""
    found = changed_relations(relations(now), past(day_of("1", SUNDAY_BEFORE, **then)))
    return [flag for row in found.to_dicts() for flag in FLAGS if row[flag]]


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 11, 22), "2026-W47"),
        (date(2026, 11, 23), "2026-W48"),
        (date(2026, 11, 29), "2026-W48"),
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), "2025-W01"),
    ],
)
def test_week_is_that_of_iso_and_later_weeks_sort_behind_earlier_ones(day, week):
    assert week_of(day) == week


@pytest.mark.parametrize(
    ("today", "sunday"),
    [
        (date(2026, 11, 22), date(2026, 11, 8)),
        (date(2026, 11, 23), date(2026, 11, 15)),
        (date(2026, 11, 29), date(2026, 11, 15)),
        (date(2027, 1, 4), date(2026, 12, 27)),
    ],
)
def test_digest_looks_back_to_the_sunday_before_the_week_that_ended(today, sunday):
    assert sunday_before_last_week(today) == sunday


def test_what_stood_is_the_last_snapshot_of_that_sunday_or_before():
    found = past(
        day_of("1", date(2026, 11, 2), relation_score=10),
        day_of("1", date(2026, 11, 15), relation_score=20),
        day_of("1", date(2026, 11, 16), relation_score=30),
        day_of("2", date(2026, 11, 2), relation_score=40),
    )

    assert found.day == date(2026, 11, 15)
    assert found.relations.select("relation_id", "relation_score").rows() == [("1", 20), ("2", 40)]


def test_account_that_is_younger_is_measured_against_its_first_day():
    found = past(day_of("1", date(2026, 11, 18)), day_of("1", date(2026, 11, 19)))

    assert found.day == date(2026, 11, 18)
    assert found.relations["from_on"].to_list() == [date(2026, 11, 18)]


@pytest.mark.parametrize(("first", "is_known"), [(22, True), (23, False)])
def test_nothing_is_known_when_all_snapshots_are_of_this_week(first, is_known):
    found = past_of(history(day_of("1", date(2026, 11, first))), MONDAY, fiscal_year_start=1)

    assert (found is not None) == is_known


def test_nothing_is_known_without_any_snapshot():
    assert past_of(history(), MONDAY, fiscal_year_start=1) is None


@pytest.mark.parametrize(("start", "kept"), [(1, Decimal(5)), (11, Decimal(5)), (12, None)])
def test_figures_of_the_year_are_blank_when_a_fiscal_year_began_in_between(start, kept):
    today = date(2026, 12, 7)
    seller = {"seller_id": "51", "from_on": date(2026, 11, 20), "revenue_ytd": 5, "pace": 5}
    days = history(day_of("1", date(2026, 11, 20)), of_sellers=({**seller, "kpi1": 2},))

    found = past_of(days, today, fiscal_year_start=start)

    assert found is not None
    assert found.sellers.select("revenue_ytd", "pace", "kpi1").rows() == [(kept, kept, 2)]


@pytest.mark.parametrize("today", [date(2026, 12, 1), date(2026, 12, 6), date(2026, 11, 30)])
def test_store_gives_what_stood_though_a_month_began_in_between(tmp_path, today):
    """A run reads of months before its own the last row alone; a digest needs an earlier one."""
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", account="acme")
    for day, score in ((20, 10), (22, 20), (23, 30), (29, 40)):
        on = date(2026, 11, day)
        store.save_own_history(history(day_of("1", on, relation_score=score)), today=on)

    found = read_past(store, today, fiscal_year_start=1)
    store.close()

    assert found is not None
    assert found.day == date(2026, 11, 22)
    assert found.relations["relation_score"].to_list() == [20]


def test_relation_of_which_nothing_changed_is_not_told():
    assert changes(relation("1")) == []


@pytest.mark.parametrize(
    ("now", "then", "told"),
    [
        ({}, {"is_top_relation": False}, ["entered"]),
        ({}, {"is_top_relation": None}, ["entered"]),
        ({"is_top_relation": False}, {}, ["left"]),
        ({"is_top_relation": False, "buying_phase": "quote"}, {}, ["left"]),
        ({"is_top_relation": False}, {"is_top_relation": False, "buying_phase": "quote"}, []),
        ({"buying_phase": "quote"}, {}, ["moved"]),
        ({"buying_phase": "unknown"}, {}, ["moved"]),
        ({}, {"buying_phase": None}, []),
        ({"pains_gains_complete": True}, {}, ["pains_gains_changed"]),
        ({}, {"pains_gains_complete": True}, ["pains_gains_changed"]),
        ({}, {"pains_gains_complete": None}, []),
        ({"relation_score": 60}, {}, ["score_changed"]),
        ({"relation_score": 59}, {}, []),
        ({"relation_score": 40}, {}, ["score_changed"]),
        ({"relation_score": 41}, {}, []),
        ({"relation_score": None}, {}, []),
        ({"buying_phase": "quote", "relation_score": 70}, {}, ["moved", "score_changed"]),
    ],
)
def test_what_counts_as_a_change(now, then, told):
    assert changes(relation("1", **now), **then) == told


def test_relation_that_nobody_saw_before_is_new_when_it_is_top():
    now = relations(relation("2"), relation("3", is_top_relation=False))

    found = changed_relations(now, past(day_of("1", SUNDAY_BEFORE)))

    assert found.select("relation_id", *FLAGS).rows() == [("2", True, False, False, False, False)]


def test_changes_stand_by_weight_then_potential_then_id():
    moved: dict[str, Any] = {"buying_phase": "quote"}
    now = relations(
        relation("1", relation_score=90, potential_index=Decimal(9)),
        relation("2", pains_gains_complete=True),
        relation("10", **moved, potential_index=Decimal(2)),
        relation("9", **moved, potential_index=Decimal(2)),
        relation("3", **moved, potential_index=Decimal(3), relation_score=90),
        relation("4", **moved, potential_index=None),
        relation("5", is_top_relation=False),
        relation("6"),
    )
    days = [day_of(one, SUNDAY_BEFORE) for one in ("1", "2", "3", "4", "5", "9", "10")]

    found = changed_relations(now, past(*days))

    assert found["relation_id"].to_list() == ["6", "5", "3", "9", "10", "4", "2", "1"]


def test_relation_of_nobody_is_left_out():
    found = changed_relations(
        relations(relation("1", None, buying_phase="quote"), relation("2", buying_phase="quote")),
        past(day_of("1", SUNDAY_BEFORE), day_of("2", SUNDAY_BEFORE)),
    )

    assert found["relation_id"].to_list() == ["2"]
