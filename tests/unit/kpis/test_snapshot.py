"""Daily snapshots: a row only where something changed, and the state on a day (spec 0, 6.1)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from kpis.frames import RELATION_DAYS, SELLER_DAYS
from kpis.snapshot import (
    last_day_of_previous_month,
    relation_days,
    seller_days,
    state_before,
)
from tests.unit.kpis.builders import rows
from tests.unit.kpis.phase.world import AS_OF
from tests.unit.kpis.scene import Scene

TODAY = date(2026, 6, 30)
YESTERDAY = date(2026, 6, 29)


def relation(relation_id: str, day: date, score: int | None = 50, **more: Any) -> dict[str, Any]:
    return {
        "relation_id": relation_id,
        "from_on": day,
        "is_top_relation": True,
        "relation_score": score,
        **more,
    }


def changed(now: list[dict[str, Any]], known: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Id, top and score of the rows of today."""
    frame = relation_days(rows(RELATION_DAYS, *now), rows(RELATION_DAYS, *known), TODAY)
    assert set(frame["from_on"]) <= {TODAY}
    assert frame.schema == pl.Schema(RELATION_DAYS)
    return frame.select("relation_id", "is_top_relation", "relation_score").rows()


def test_relation_gets_a_row_when_it_is_new_or_a_value_differs():
    known = [relation("1", YESTERDAY), relation("2", YESTERDAY), relation("3", YESTERDAY, None)]
    now = [
        relation("1", TODAY),
        relation("2", TODAY, 51),
        relation("3", TODAY, 1),
        relation("4", TODAY),
    ]

    assert changed(now, known) == [("2", True, 51), ("3", True, 1), ("4", True, 50)]


def test_value_that_became_blank_differs_and_two_blanks_do_not():
    known = [relation("1", YESTERDAY), relation("2", YESTERDAY, None)]
    now = [relation("1", TODAY, None), relation("2", TODAY, None)]

    assert changed(now, known) == [("1", True, None)]


def test_every_column_counts():
    values: dict[str, Any] = {
        "is_top_relation": False,
        "top_relation_basis": "rule",
        "buying_phase": "quote",
        "phase_status": "stalled",
        "relation_score": 3,
        "profile_completeness": Decimal("0.5"),
        "contact_status": "ok",
        "pains_gains_complete": True,
        "next_best_action": "maintain",
    }
    assert {"relation_id", "from_on", *values} == set(RELATION_DAYS)

    for name, value in values.items():
        now = [relation("1", TODAY, **{name: value})]
        assert len(changed(now, [relation("1", YESTERDAY)])) == 1, name


def test_row_is_held_against_the_last_one_before_today():
    known = [
        relation("1", date(2026, 5, 1), 40),
        relation("1", YESTERDAY, 50),
        relation("1", TODAY, 60),
    ]

    assert changed([relation("1", TODAY, 50)], known) == []
    assert changed([relation("1", TODAY, 60)], known) == [("1", True, 60)]


def test_relation_that_left_gets_one_row_that_says_so():
    known = [relation("1", YESTERDAY)]
    assert changed([], known) == [("1", False, None)]

    left = relation("1", YESTERDAY, None, is_top_relation=False)
    assert changed([], [left]) == []


def test_rows_stand_in_the_order_of_their_ids():
    now = [relation("10", TODAY), relation("9", TODAY)]

    assert [row[0] for row in changed(now, [])] == ["9", "10"]


def test_seller_gets_a_row_when_a_value_differs_and_none_when_gone():
    known = rows(
        SELLER_DAYS,
        {"seller_id": "S1", "from_on": YESTERDAY, "kpi1": 1},
        {"seller_id": "S2", "from_on": YESTERDAY, "kpi1": 1},
    )
    now = rows(SELLER_DAYS, {"seller_id": "S1", "kpi1": 2}, {"seller_id": "S3", "kpi1": 1})

    found = seller_days(now, known, TODAY)

    assert found.select("seller_id", "from_on", "kpi1").rows() == [
        ("S1", TODAY, 2),
        ("S3", TODAY, 1),
    ]
    assert seller_days(known, known, TODAY).is_empty()


def test_state_before_a_day_is_the_last_row_before_it():
    known = rows(
        RELATION_DAYS,
        relation("1", date(2026, 6, 1), 1),
        relation("1", date(2026, 5, 31), 2),
        relation("1", date(2026, 5, 30), 3),
        relation("2", date(2026, 6, 1), 4),
    )

    found = state_before(known, date(2026, 6, 1)).select("relation_id", "relation_score").rows()

    assert found == [("1", 2)]


def test_previous_month_ends_on_its_last_day():
    assert last_day_of_previous_month(date(2026, 3, 1)) == date(2026, 2, 28)
    assert last_day_of_previous_month(date(2026, 3, 31)) == date(2026, 2, 28)
    assert last_day_of_previous_month(date(2026, 1, 15)) == date(2025, 12, 31)


def test_results_hold_the_rows_of_today_and_none_when_run_again():
    scene = Scene(top=("1",)).company("1").company("2").mail("2026-06-20")
    first = scene.results()
    days = first.history.relation_days.with_columns(from_on=pl.lit(YESTERDAY))
    sellers = first.history.seller_days.with_columns(from_on=pl.lit(YESTERDAY))
    assert (days.height, sellers.height) == (2, 1)

    history = replace(scene.history(), relation_days=days, seller_days=sellers)
    again = scene.results(AS_OF, history).history

    assert again.relation_days.is_empty()
    assert again.seller_days.is_empty()
