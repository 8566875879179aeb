"""Targets: whose they are, which goal counts and how small one may be (spec 5.4)."""

from datetime import date
from decimal import Decimal

import polars as pl

from kpis.frames import EXACT, GOALS, TEXT, Mirror
from kpis.parameters import Parameters
from kpis.target import TARGETS, seller_targets, with_attainment
from tests.unit.kpis.builders import at, rows


def attained(*targets: str) -> list[tuple[Decimal | None, Decimal | None]]:
    """Target and attainment of sellers 0, 1, ... who each realised 1 in the year."""
    sellers = [str(number) for number in range(len(targets))]
    periods = pl.DataFrame(
        [(one, "ytd", Decimal(1)) for one in sellers],
        schema={"seller_id": TEXT, "period": TEXT, "revenue": EXACT},
        orient="row",
    )
    known = pl.DataFrame(
        [(one, "ytd", Decimal(text), 1, 1) for one, text in zip(sellers, targets, strict=True)],
        schema=TARGETS,
        orient="row",
    )
    return with_attainment(periods, known).select("target", "attainment").rows()


def test_each_seller_is_held_against_their_own_target_and_only_a_positive_one():
    assert attained("0.5", "-0.5", "0") == [
        (Decimal("0.5"), Decimal(2)),
        (Decimal("-0.5"), None),
        (Decimal(0), None),
    ]


def test_goal_with_the_lowest_id_counts_when_two_hold_one_period():
    year = {"starts_at": at("2025-12-31T23:00"), "ends_at": at("2026-12-31T23:00")}
    goals = rows(
        GOALS,
        {"goal_id": "10", "seller_id": "S1", "amount": Decimal(100), **year},
        {"goal_id": "9", "seller_id": "S1", "amount": Decimal(90), **year},
    )

    found = seller_targets(Mirror(goals=goals), Parameters(), date(2026, 6, 30))

    assert found.select("period", "target").rows() == [("ytd", Decimal(90))]
